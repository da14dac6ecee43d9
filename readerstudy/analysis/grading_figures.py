"""One figure of grading for each reader, and how the readers' errors go together over samples of cases.

Grades [readers, cases] 0–4, NaN where there is no reading; reference [cases]. Like the figures of `reader_figures`,
these keep the readers who graded every case and go into `obuchowski_rockette.pool_readers` and
`reader_contrasts.compare_separate_cases`. A study has a fixed number of cases of each reference grade, so the errors
are those of samples within each grade. Few cases make most of the covariance of two readers, which is therefore known
poorly: its own error, from what each case adds to it, goes into the degrees of freedom. Agreement is estimated, not
tested: only the mean error has a null.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.agreement import kappa_of_tables
from readerstudy.analysis.reader_figures import ReaderFigures, cases_by_stratum, sampling_covariance
from readerstudy.analysis.readings import one_hot

Floats = NDArray[np.float64]
GradingFigure = Callable[[ArrayLike, ArrayLike], ReaderFigures]


def kappa_with_reference(grades: ArrayLike, reference: ArrayLike) -> ReaderFigures:
    """Quadratic κ of each reader with the reference; covariances by the jackknife over cases within grades.

    The jackknife serves any figure of merit in the Obuchowski–Rockette model (Hillis, Berbaum & Metz 2008,
    doi 10.1016/j.acra.2007.12.015). κ is bounded and its error shrinks towards 1, hence Fisher's z.
    """
    name = "quadratic κ with the reference"
    given, truth, rows = _complete(grades, reference)
    if reason := _too_few(given):
        return _figures(name, np.empty(0), np.empty((0, 0)), rows, reason=reason)
    single = one_hot(truth)[None, :, :, None] * one_hot(given)[:, :, None, :]
    whole = single.sum(1)
    values = kappa_of_tables(whole, weights="quadratic")
    covariance, moved = np.zeros((len(given), len(given))), np.zeros(given.shape)
    for cases in cases_by_stratum(truth):
        n = cases.size
        part = single[:, cases].sum(1)
        # the others of the stratum stand in for the case that is left out, so that each grade keeps its weight
        left_out = (whole - part)[:, None] + n / (n - 1) * (part[:, None] - single[:, cases])
        kappas = kappa_of_tables(left_out, weights="quadratic")
        covariance += (n - 1) ** 2 / n * np.atleast_2d(np.cov(kappas))
        moved[:, cases] = math.sqrt((n - 1) / n) * (kappas - kappas.mean(1, keepdims=True))
    if not (np.isfinite(values).all() and np.isfinite(covariance).all()):
        reason = "a reader gave all images the reference’s one grade, or the cases have too few grades for κ"
        return _figures(name, np.empty(0), np.empty((0, 0)), rows, reason=reason)
    figures = _figures(name, values, covariance, rows, low=-1.0)
    return replace(figures, covariance_error=_error_of_mean_between(moved), by_fisher=True)


def _error_of_mean_between(moved: Floats) -> float:
    """Variance of the mean covariance of two readers, from what each case moves them [readers, cases]."""
    readers, cases = moved.shape
    added = (moved.sum(0) ** 2 - (moved**2).sum(0)) / (readers * (readers - 1))
    return float(cases * added.var(ddof=1))


def equal_to_reference(grades: ArrayLike, reference: ArrayLike) -> ReaderFigures:
    """Share of cases to which the reader gave the reference grade."""
    return _mean("equal to the reference", lambda error: error == 0, grades, reference)


def within_one_of_reference(grades: ArrayLike, reference: ArrayLike) -> ReaderFigures:
    """Share of cases that the reader graded at most one grade from the reference."""
    return _mean("within one grade of the reference", lambda error: np.abs(error) <= 1, grades, reference)


def share_of_grade(grades: ArrayLike, reference: ArrayLike, *, grade: int) -> ReaderFigures:
    """Share of cases to which the reader gave this grade, whatever the reference; errors are within its grades."""
    given, truth, rows = _complete(grades, reference)
    return _mean_of(f"given grade {grade}", (given == grade).astype(float), truth, rows)


def mean_error(grades: ArrayLike, reference: ArrayLike) -> ReaderFigures:
    """Mean of given minus reference grade: above 0 where the reader grades too severely."""
    return _mean("mean error (given − reference)", lambda error: error, grades, reference, null=0.0, low=-4.0, high=4.0)


def _mean(
    name: str,
    score: Callable[[Floats], NDArray[np.generic]],
    grades: ArrayLike,
    reference: ArrayLike,
    *,
    null: float | None = None,
    low: float = 0.0,
    high: float = 1.0,
) -> ReaderFigures:
    given, truth, rows = _complete(grades, reference)
    return _mean_of(name, score(given - truth).astype(float), truth, rows, null=null, low=low, high=high)


def _mean_of(
    name: str,
    scores: Floats,
    truth: Floats,
    rows: NDArray[np.int_],
    *,
    null: float | None = None,
    low: float = 0.0,
    high: float = 1.0,
) -> ReaderFigures:
    if reason := _too_few(scores):
        return _figures(name, np.empty(0), np.empty((0, 0)), rows, reason=reason)
    figures = _figures(name, scores.mean(1), sampling_covariance(scores, truth), rows, null=null, low=low, high=high)
    n, moved = scores.shape[1], np.zeros(scores.shape)
    for cases in cases_by_stratum(truth):
        part = scores[:, cases]
        moved[:, cases] = math.sqrt(cases.size / (cases.size - 1)) / n * (part - part.mean(1, keepdims=True))
    return replace(figures, covariance_error=_error_of_mean_between(moved))


def _complete(grades: ArrayLike, reference: ArrayLike) -> tuple[Floats, Floats, NDArray[np.int_]]:
    matrix, truth = np.asarray(grades, dtype=float), np.asarray(reference, dtype=float)
    if matrix.ndim != 2 or truth.shape != matrix.shape[1:]:
        raise ValueError("grades are [readers, cases] and the reference is [cases]")
    rows = np.flatnonzero(~np.isnan(matrix).any(1))
    return matrix[rows], truth, rows


def _too_few(given: Floats) -> str:
    if given.shape[1] < 2:
        return "fewer than two cases of this kind"
    return "fewer than two readers graded every case" if len(given) < 2 else ""


def _figures(
    name: str,
    values: Floats,
    covariance: Floats,
    rows: NDArray[np.int_],
    *,
    null: float | None = None,
    low: float = 0.0,
    high: float = 1.0,
    reason: str = "",
) -> ReaderFigures:
    return ReaderFigures(name, values, covariance, rows, "jackknife", null=null, low=low, high=high, reason=reason)
