"""Figures of grading for each reader and the covariance of their errors."""

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from readerstudy.analysis.grading_figures import (
    equal_to_reference,
    kappa_with_reference,
    mean_error,
    within_one_of_reference,
)

RNG = np.random.default_rng(8)
REFERENCE = np.arange(30) % 5
GRADES = np.clip(REFERENCE + RNG.integers(-1, 3, (4, 30)), 0, 4).astype(float)


def sklearn_kappa(reader: np.ndarray, kept: np.ndarray) -> float:
    return cohen_kappa_score(REFERENCE[kept], GRADES[reader][kept].astype(int), labels=range(5), weights="quadratic")


def test_kappas_and_their_covariance_are_those_of_leaving_out_one_case_after_another() -> None:
    figures = kappa_with_reference(GRADES, REFERENCE)
    every = np.arange(30)
    left_out = np.array([[sklearn_kappa(reader, every != case) for case in every] for reader in range(4)])
    assert figures.values == pytest.approx([sklearn_kappa(reader, every >= 0) for reader in range(4)])
    assert figures.covariance == pytest.approx(np.cov(left_out) * 29 * 29 / 30)


def test_shares_and_mean_error_are_means_over_cases() -> None:
    error = GRADES - REFERENCE
    for figure, scores in (
        (equal_to_reference, error == 0),
        (within_one_of_reference, np.abs(error) <= 1),
        (mean_error, error),
    ):
        figures = figure(GRADES, REFERENCE)
        assert figures.values == pytest.approx(scores.mean(1))
        assert figures.covariance == pytest.approx(np.cov(scores.astype(float)) / 30)


def test_a_reader_with_a_gap_is_left_out_and_a_figure_without_readers_says_why() -> None:
    gaps = GRADES.copy()
    gaps[1, 3] = np.nan
    assert kappa_with_reference(gaps, REFERENCE).rows.tolist() == [0, 2, 3]
    assert "two readers" in kappa_with_reference(GRADES[:1], REFERENCE).reason
    assert "two cases" in mean_error(GRADES[:, :1], REFERENCE[:1]).reason
    assert "too few grades" in kappa_with_reference(np.full((3, 30), 2.0), np.full(30, 2)).reason
