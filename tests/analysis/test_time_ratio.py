"""Are wrong calls slower? Within readers, with images a sample."""

import numpy as np
import pytest

from readerstudy.analysis.time_ratio import time_ratio


def test_the_ratio_is_taken_within_readers_who_have_two_calls_of_each_kind() -> None:
    correct = np.array([[1.0, 1, 0, 0], [1, 0, 0, 1], [1, 1, 1, 1]])
    slow = np.where(correct == 0, 2.0, 1.0) * np.array([[1.0], [50.0], [9.0]])
    slow[0, 2] = 2.2
    found = time_ratio(slow, correct)
    assert found.n == 2  # the third is never wrong
    assert found.value == pytest.approx(2 * 1.1**0.25)
    assert found.low < 2 < found.high
    assert "fewer than two readers" in time_ratio(slow[1:], correct[1:]).reason


def test_without_any_scatter_there_is_a_ratio_and_a_reason() -> None:
    correct = np.tile([1.0, 1, 0, 0], (3, 1))
    found = time_ratio(np.where(correct == 0, 3.0, 1.0), correct)
    assert found.value == pytest.approx(3)
    assert found.low is None
    assert found.reason


def test_images_that_take_everybody_longer_are_no_sign_of_an_association() -> None:
    """400 studies without one; a t test over readers, which takes images for given, finds it in 12 of 100 (bench)."""
    found = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        odds = rng.normal(0, 0.4, (15, 1)) + rng.normal(0, 1, 60)
        correct = (odds + rng.logistic(size=(15, 60)) > 0).astype(float)
        logs = rng.normal(0, 0.25, 60) + rng.normal(0, 0.3, (15, 1)) + rng.normal(0, 0.4, (15, 60))
        p_value = time_ratio(np.exp(9 + logs), correct).p_value
        found += p_value is not None and p_value < 0.05
    assert found / 400 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 400)


def test_two_readers_who_scatter_wildly_get_a_reason_and_no_overflow() -> None:
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = time_ratio(np.exp(rng.normal(9, 0.5, (2, 20))), rng.integers(0, 2, (2, 20)))
        assert found.value is not None
        assert found.reason if found.high is None else found.high < 1e7
