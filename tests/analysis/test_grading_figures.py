"""Figures of grading for each reader and the covariance of their errors."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import cohen_kappa_score

from readerstudy.analysis.grading_figures import (
    equal_mix,
    equal_to_reference,
    kappa_with_reference,
    mean_error,
    within_one_of_reference,
)
from readerstudy.analysis.obuchowski_rockette import pool_readers

RNG = np.random.default_rng(8)
REFERENCE = np.arange(30) % 5
GRADES = np.clip(REFERENCE + RNG.integers(-1, 3, (4, 30)), 0, 4).astype(float)


# images that all readers see too high or too low: their errors go together
ALIKE = np.clip(REFERENCE + RNG.integers(-1, 2, 30) + RNG.integers(0, 2, (4, 30)), 0, 4).astype(float)


def sklearn_kappa(reader: int, weights: np.ndarray, grades: np.ndarray = GRADES) -> float:
    given = grades[reader].astype(int)
    return cohen_kappa_score(REFERENCE, given, labels=range(5), weights="quadratic", sample_weight=weights)


def test_kappas_and_their_covariance_are_those_of_leaving_out_one_case_of_a_grade_after_another() -> None:
    figures = kappa_with_reference(GRADES, REFERENCE)
    assert figures.values == pytest.approx([sklearn_kappa(reader, np.ones(30)) for reader in range(4)])
    expected = np.zeros((4, 4))
    for grade in range(5):
        left_out = []
        for case in np.flatnonzero(grade == REFERENCE):
            weights = np.where(grade == REFERENCE, 6 / 5, 1.0)  # the other five stand for all six
            weights[case] = 0
            left_out.append([sklearn_kappa(reader, weights) for reader in range(4)])
        expected += np.cov(np.transpose(left_out)) * 5 * 5 / 6
    assert figures.covariance == pytest.approx(expected)


def test_the_error_of_the_covariance_goes_into_the_degrees_of_freedom_of_kappa() -> None:
    """Each case adds its part to Cov₂; the variance of the sum of n such parts is n times theirs."""
    figures = kappa_with_reference(ALIKE, REFERENCE)
    moved = np.zeros((4, 30))
    for grade in range(5):
        for case in np.flatnonzero(grade == REFERENCE):
            weights = np.where(grade == REFERENCE, 6 / 5, 1.0)
            weights[case] = 0
            moved[:, case] = [sklearn_kappa(reader, weights, ALIKE) for reader in range(4)]
        inside = grade == REFERENCE
        moved[:, inside] -= moved[:, inside].mean(1, keepdims=True)
    parts = [
        np.mean([moved[a, case] * moved[b, case] for a in range(4) for b in range(4) if a != b]) * 5 / 6
        for case in range(30)
    ]
    apart = ~np.eye(4, dtype=bool)
    assert sum(parts) == pytest.approx(figures.covariance[apart].mean())
    assert figures.covariance_error == pytest.approx(30 * np.var(parts, ddof=1))
    pooled = pool_readers(figures)
    square, error = figures.values.var(ddof=1), figures.covariance_error
    assert pooled.components.covariance > 0
    assert pooled.standard_error is not None
    variance = pooled.standard_error.error**2
    expected = variance**2 / ((square / 4) ** 2 / 3 + error / 2)
    assert pooled.standard_error.freedom == pytest.approx(expected)
    low, value, high = (np.arctanh(one) for one in (pooled.estimate.low, pooled.estimate.value, pooled.estimate.high))
    assert high - value == pytest.approx(value - low)  # symmetric on Fisher's scale
    assert high - value == pytest.approx(
        stats.t.ppf(0.975, expected) * np.sqrt(variance) / (1 - pooled.estimate.value**2)
    )


def test_weights_are_a_mix_of_grades_as_if_cases_had_been_shown_so_often() -> None:
    """Twice the weight of a grade is the figure of a study that shows each of its cases twice."""
    weights = np.where(REFERENCE == 2, 2.0, 1.0)
    twice = np.concatenate([np.arange(30), np.flatnonzero(REFERENCE == 2)])
    for figure in (kappa_with_reference, equal_to_reference, mean_error):
        weighed = figure(GRADES, REFERENCE, weights=weights)
        assert weighed.values == pytest.approx(figure(GRADES[:, twice], REFERENCE[twice]).values)
        assert (weighed.null, weighed.low) == (figure(GRADES, REFERENCE).null, figure(GRADES, REFERENCE).low)
    error = (GRADES - REFERENCE)[:, REFERENCE == 2]
    others = sum(np.cov((GRADES - REFERENCE)[:, grade == REFERENCE]) * 6 for grade in (0, 1, 3, 4))
    expected = (4 * 6 * np.cov(error) + others) / 36**2
    assert mean_error(GRADES, REFERENCE, weights=weights).covariance == pytest.approx(expected)


def test_like_mixes_are_left_alone_and_unlike_ones_made_alike() -> None:
    assert equal_mix(REFERENCE, np.arange(30) >= 15) == pytest.approx(np.ones(30))
    reference, synthetic = np.array([0, 0, 0, 1, 0, 1, 1, 1, 2, 2]), np.arange(10) >= 4
    weights = equal_mix(reference, synthetic)
    assert weights[8:] == pytest.approx(0)  # no real image of grade 2
    for kind in (~synthetic, synthetic):
        share = weights[kind & (reference == 0)].sum() / weights[kind].sum()
        assert share == pytest.approx(4 / 8)  # of the eight images of grades 0 and 1
        assert weights[kind].sum() == pytest.approx(kind.sum())


def test_with_a_single_case_of_a_grade_the_cases_are_one_sample() -> None:
    reference, grades = REFERENCE[4:10], GRADES[:, 4:10]
    error = grades - reference
    assert mean_error(grades, reference).covariance == pytest.approx(np.cov(error) / 6)


def test_shares_and_mean_error_are_means_of_samples_within_each_grade() -> None:
    error = GRADES - REFERENCE
    for figure, scores in (
        (equal_to_reference, error == 0),
        (within_one_of_reference, np.abs(error) <= 1),
        (mean_error, error),
    ):
        figures = figure(GRADES, REFERENCE)
        within = [np.cov(scores[:, grade == REFERENCE].astype(float)) / 6 for grade in range(5)]
        assert figures.values == pytest.approx(scores.mean(1))
        assert figures.covariance == pytest.approx(np.mean(within, axis=0) / 5)


def test_a_reader_with_a_gap_is_left_out_and_a_figure_without_readers_says_why() -> None:
    gaps = GRADES.copy()
    gaps[1, 3] = np.nan
    assert kappa_with_reference(gaps, REFERENCE).rows.tolist() == [0, 2, 3]
    assert "two readers" in kappa_with_reference(GRADES[:1], REFERENCE).reason
    assert "two cases" in mean_error(GRADES[:, :1], REFERENCE[:1]).reason
    assert "too few grades" in kappa_with_reference(np.full((3, 30), 2.0), np.full(30, 2)).reason
