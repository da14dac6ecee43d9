"""Readers who call most images real, or most synthetic: that one kind is then easier is no scatter of the images."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from readerstudy.analysis import reader_figures
from readerstudy.analysis.obuchowski_rockette import pool_readers
from readerstudy.analysis.reader_contrasts import compare_groups
from readerstudy.analysis.simulated_power import analyse_studies
from readerstudy.analysis.simulation import lasting_evidence
from readerstudy.analysis.u_statistics import PooledFigure, compare_correct, parts_of, pooled_correct
from readerstudy.analysis.variance_components import PUBLISHED, components_of, estimate_components

Floats = NDArray[np.float64]
SYNTHETIC = np.arange(60) % 2 == 1
LEANING = -0.6 * PUBLISHED.spread  # 27 % of synthetic and 73 % of real images rightly called


def calls_of(seed: int, *, readers: int = 15, studies: int = 1, leaning: float = LEANING) -> Floats:
    """Calls [studies, readers, 60] of readers who guess, and call few images synthetic."""
    rng = np.random.default_rng(seed)
    evidence = lasting_evidence(
        rng, rng, trait=PUBLISHED, accuracy=0.5, synthetic=SYNTHETIC, readers=readers, studies=studies
    )
    return (evidence + leaning + rng.standard_normal(evidence.shape) > 0).astype(float)


def holds(pooled: PooledFigure, value: float = 0.5) -> bool:
    low, high = pooled.estimate.low, pooled.estimate.high
    return low is not None and high is not None and low <= value <= high


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_with_as_many_real_as_synthetic_images_accuracy_is_balanced_accuracy(seed: int) -> None:
    calls = calls_of(seed, readers=6)[0]
    one, other = (
        pool_readers(figure(calls, SYNTHETIC)).estimate
        for figure in (reader_figures.accuracy, reader_figures.balanced_accuracy)
    )
    assert [one.value, one.low, one.high, one.p_value] == pytest.approx(
        [other.value, other.low, other.high, other.p_value]
    )


def test_the_covariance_of_accuracies_is_that_within_real_and_within_synthetic_images() -> None:
    truth = np.arange(20) < 5
    calls = calls_of(1, readers=3)[0][:, :20]
    correct = calls == truth
    within = [np.cov(correct[:, kind]) / kind.sum() for kind in (truth, ~truth)]
    expected = (25 * within[0] + 225 * within[1]) / 400
    assert reader_figures.accuracy(calls, truth).covariance == pytest.approx(expected)


def test_a_kind_with_a_single_image_is_taken_together_with_the_other() -> None:
    calls, truth = calls_of(2, readers=3)[0][:, :8], np.arange(8) < 1
    assert reader_figures.accuracy(calls, truth).covariance == pytest.approx(np.cov(calls == truth) / 8)


@pytest.mark.parametrize("leaning", [0.0, LEANING])
def test_intervals_of_guessing_readers_hold_one_half_and_are_as_wide_as_they_need_be(leaning: float) -> None:
    studies = calls_of(3, studies=400, leaning=leaning)
    correct = (studies == SYNTHETIC).astype(float)
    models = [pool_readers(reader_figures.accuracy(calls, SYNTHETIC)) for calls in studies]
    checks = [pooled_correct(one, strata=SYNTHETIC) for one in correct]
    scatter = correct.mean((1, 2)).std()
    for found in (models, checks):
        assert 0.92 < np.mean([holds(one) for one in found]) < 0.98
        errors = [one.standard_error.error for one in found if one.standard_error]
        assert np.mean(errors) == pytest.approx(scatter, rel=0.1)
    drawn = analyse_studies(correct, SYNTHETIC)
    assert drawn.error == pytest.approx([one.standard_error.error for one in models if one.standard_error])


def test_the_u_statistic_of_readers_who_lean_is_right_on_average_with_gaps() -> None:
    """Each image is read by some: the strata weigh as their images, however many readings they have."""
    gaps = np.random.default_rng(4).random((8, 60)) < np.where(SYNTHETIC, 0.5, 0.2)
    correct = np.where(gaps, np.nan, calls_of(5, readers=8, studies=1500) == SYNTHETIC)
    found = [pooled_correct(one, strata=SYNTHETIC) for one in correct]
    values = np.array([one.estimate.value for one in found])
    variances = [one.standard_error.error**2 for one in found if one.standard_error]
    assert values.mean() == pytest.approx(0.5, abs=0.005)
    assert np.mean(variances) == pytest.approx(values.var(), rel=0.1)
    one = correct[0]
    assert values[0] == pytest.approx((np.nanmean(one[:, SYNTHETIC]) + np.nanmean(one[:, ~SYNTHETIC])) / 2)


def test_one_stratum_is_no_stratum_and_sparse_ones_are_taken_together() -> None:
    correct = (calls_of(6, readers=4)[0] == SYNTHETIC).astype(float)
    assert pooled_correct(correct, strata=np.zeros(60)) == pooled_correct(correct)
    sparse = np.where(np.arange(60) < 2, 1, 0) * (np.arange(60) % 2)  # a single image of one stratum
    assert len(parts_of([list(correct)], sparse)) == 1
    assert pooled_correct(correct, strata=sparse) == pooled_correct(correct)


def test_groups_who_lean_apart_differ_as_often_as_the_level_allows_by_both_ways() -> None:
    """One group calls most images real, the other most synthetic; both guess."""
    alarms, squares = np.zeros(2), []
    for seed in range(300):
        evidence = calls_of(2 * seed, readers=6)[0], calls_of(2 * seed, readers=6, leaning=-LEANING)[0]
        calls = np.vstack(evidence)
        apart = [
            np.where(rows[:, None], calls == SYNTHETIC, np.nan) for rows in (np.arange(12) < 6, np.arange(12) >= 6)
        ]
        found = compare_groups(reader_figures.accuracy, *evidence, SYNTHETIC), compare_correct(*apart, strata=SYNTHETIC)
        alarms += [not holds(one, 0.0) for one in found]
        squares.append([one.standard_error.error**2 for one in found if one.standard_error])
    assert (alarms / 300 < 0.1).all()
    assert np.divide(*np.mean(squares, axis=0)) == pytest.approx(1, abs=0.15)


def test_the_components_of_a_pilot_who_leans_are_those_within_real_and_synthetic_images() -> None:
    """Mean square and Cov₂ that a plan takes from the components are those of the analysis."""
    studies = calls_of(8, readers=12, studies=400)
    pilots = [estimate_components(calls == SYNTHETIC, SYNTHETIC) for calls in studies]
    figures = [reader_figures.accuracy(calls, SYNTHETIC) for calls in studies]
    assert np.mean([one.expected(60)[0] for one in pilots]) == pytest.approx(
        np.mean([one.values.var(ddof=1) for one in figures]), rel=0.05
    )
    off = ~np.eye(12, dtype=bool)
    assert np.mean([one.case for one in pilots]) / 60 == pytest.approx(
        np.mean([one.covariance[off].mean() for one in figures]), rel=0.05
    )
    assert np.mean([one.case for one in pilots]) < components_of(PUBLISHED, accuracy=0.5).case
