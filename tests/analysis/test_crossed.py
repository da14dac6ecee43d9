"""The crossed part: who lacks most of their readings goes first, reader or image."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from readerstudy.analysis.crossed import crossed_part


def test_a_reader_who_stopped_goes_and_an_image_that_one_reader_skipped() -> None:
    grades = np.zeros((15, 60))
    grades[3, 30:] = np.nan
    grades[7, 11] = np.nan
    part = crossed_part(grades)
    assert 3 not in part.readers
    assert 11 not in part.cases
    assert part.of(grades).shape == (14, 59)


def test_without_gaps_all_are_kept_and_without_readings_none() -> None:
    assert crossed_part(np.zeros((3, 4))).of(np.zeros((3, 4))).shape == (3, 4)
    assert not crossed_part(np.full((3, 4), np.nan)).of(np.zeros((3, 4))).size


@given(seed=st.integers(0, 10_000), missing=st.floats(0, 0.6))
@settings(max_examples=60, deadline=None)
def test_nothing_is_missing_in_what_is_kept_whatever_the_order(seed: int, missing: float) -> None:
    rng = np.random.default_rng(seed)
    matrix = np.where(rng.random((6, 9)) < missing, np.nan, 1.0)
    part = crossed_part(matrix)
    assert not np.isnan(part.of(matrix)).any()
    turned = crossed_part(matrix.T)
    assert part.readers.size * part.cases.size > 0 or missing > 0.2
    assert not np.isnan(turned.of(matrix.T)).any()


@pytest.mark.parametrize("lost", [1, 2])
def test_as_every_reader_lacks_one_image_the_readers_are_kept(lost: int) -> None:
    matrix = np.ones((15, 60))
    for reader in range(15):
        matrix[reader, [reader + 15 * one for one in range(lost)]] = np.nan
    assert crossed_part(matrix).readers.size == 15
    assert crossed_part(matrix).cases.size == 60 - 15 * lost
