"""One figure of grading for each reader, and how the readers' errors go together over samples of cases.

Grades [readers, cases] 0–4, NaN where there is no reading; reference [cases]. Like the figures of `reader_figures`,
these keep the readers who graded every case and go into `obuchowski_rockette.pool_readers` and
`reader_contrasts.compare_separate_cases`. Where they are given, weights [cases], equal within each reference grade,
make the mix of grades another one than that of the cases (`equal_mix`). A study has a fixed number of cases of each
reference grade, so the errors are those of samples within each grade. Few cases make most of the covariance of two
readers, which is therefore known poorly: its own error, from what each case adds to it, goes into the degrees of
freedom. Agreement is estimated, not tested: only the mean error has a null.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.agreement import kappa_of_tables
from readerstudy.analysis.reader_figures import FISHER, ReaderFigures, cases_by_stratum, sampling_covariance
from readerstudy.analysis.readings import one_hot

Floats = NDArray[np.float64]


def equal_mix(reference: ArrayLike, synthetic: ArrayLike) -> Floats:
    """Weights [cases] under which real and synthetic cases have one mix of reference grades, that of all together.

    They add up to the number of cases of each source. Of a grade that one source lacks the weights are 0. Where the
    mixes are the same already, every weight is 1.
    """
    grades, made = np.asarray(reference), np.asarray(synthetic, dtype=bool)
    weights = np.zeros(grades.size)
    parts = {grade: [(grades == grade) & kind for kind in (~made, made)] for grade in np.unique(grades)}
    shared = {grade: kinds for grade, kinds in parts.items() if all(kind.any() for kind in kinds)}
    together = sum(int(kind.sum()) for kinds in shared.values() for kind in kinds)
    for kinds in shared.values():
        share = sum(int(kind.sum()) for kind in kinds) / together
        for kind, of_source in zip(kinds, (~made, made), strict=True):
            weights[kind] = share * of_source.sum() / kind.sum()
    return weights


def kappa_with_reference(grades: ArrayLike, reference: ArrayLike, *, weights: ArrayLike | None = None) -> ReaderFigures:
    """Quadratic κ of each reader with the reference; covariances by the jackknife over cases within grades.

    The jackknife serves any figure of merit in the Obuchowski–Rockette model (Hillis, Berbaum & Metz 2008,
    doi 10.1016/j.acra.2007.12.015). κ is bounded and its error shrinks towards 1, hence Fisher's z.
    """
    name = "quadratic κ with the reference"
    given, truth, rows, weighing = _complete(grades, reference, weights)
    if reason := _too_few(given):
        return _figures(name, np.empty(0), np.empty((0, 0)), rows, reason=reason)
    single = weighing[None, :, None, None] * one_hot(truth)[None, :, :, None] * one_hot(given)[:, :, None, :]
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
    return replace(figures, covariance_error=error_of_mean_between(moved), scale=FISHER)


def error_of_mean_between(moved: Floats) -> float:
    """Variance of the mean covariance of two readers, from what each case moves them [readers, cases]."""
    readers, cases = moved.shape
    added = (moved.sum(0) ** 2 - (moved**2).sum(0)) / (readers * (readers - 1))
    return float(cases * added.var(ddof=1))


def equal_to_reference(grades: ArrayLike, reference: ArrayLike, *, weights: ArrayLike | None = None) -> ReaderFigures:
    """Share of cases to which the reader gave the reference grade."""
    return _mean("equal to the reference", lambda given, truth: given == truth, grades, reference, weights)


def within_one_of_reference(
    grades: ArrayLike, reference: ArrayLike, *, weights: ArrayLike | None = None
) -> ReaderFigures:
    """Share of cases that the reader graded at most one grade from the reference."""
    name = "within one grade of the reference"
    return _mean(name, lambda given, truth: np.abs(given - truth) <= 1, grades, reference, weights)


def share_of_grade(
    grades: ArrayLike, reference: ArrayLike, *, grade: int, weights: ArrayLike | None = None
) -> ReaderFigures:
    """Share of cases to which the reader gave this grade, whatever the reference; errors are within its grades."""
    return _mean(f"given grade {grade}", lambda given, _: given == grade, grades, reference, weights)


def mean_error(grades: ArrayLike, reference: ArrayLike, *, weights: ArrayLike | None = None) -> ReaderFigures:
    """Mean of given minus reference grade: above 0 where the reader grades too severely."""
    name = "mean error (given − reference)"
    figures = _mean(name, lambda given, truth: given - truth, grades, reference, weights)
    return replace(figures, null=0.0, low=-4.0, high=4.0)


def _mean(
    name: str,
    score: Callable[[Floats, Floats], NDArray[np.generic]],
    grades: ArrayLike,
    reference: ArrayLike,
    weights: ArrayLike | None,
) -> ReaderFigures:
    given, truth, rows, weighing = _complete(grades, reference, weights)
    if reason := _too_few(given):
        return _figures(name, np.empty(0), np.empty((0, 0)), rows, reason=reason)
    scores = score(given, truth).astype(float)
    n, values = weighing.sum(), scores @ weighing / weighing.sum()
    off = weighing * (scores - values[:, None])  # from the mean: of cases in one stratum, the weights vary as well
    moved = np.zeros(scores.shape)
    for cases in cases_by_stratum(truth):
        part = off[:, cases]
        moved[:, cases] = math.sqrt(cases.size / (cases.size - 1)) / n * (part - part.mean(1, keepdims=True))
    covariance = sampling_covariance(off, truth) * (off.shape[1] / n) ** 2
    figures = _figures(name, values, covariance, rows)
    return replace(figures, covariance_error=error_of_mean_between(moved))


def _complete(
    grades: ArrayLike, reference: ArrayLike, weights: ArrayLike | None
) -> tuple[Floats, Floats, NDArray[np.int_], Floats]:
    """The grades of complete readers, the reference, their rows, and the weights; cases of no weight are left out."""
    matrix, truth = np.asarray(grades, dtype=float), np.asarray(reference, dtype=float)
    weighing = np.ones(truth.size) if weights is None else np.asarray(weights, dtype=float)
    if matrix.ndim != 2 or truth.shape != matrix.shape[1:] or weighing.shape != truth.shape:
        raise ValueError("grades are [readers, cases], the reference and the weights are [cases]")
    matrix, truth, weighing = (of[..., weighing > 0] for of in (matrix, truth, weighing))
    rows = np.flatnonzero(~np.isnan(matrix).any(1))
    return matrix[rows], truth, rows, weighing


def _too_few(given: Floats) -> str:
    if given.shape[1] < 2:
        return "fewer than two cases of this kind whose reference grade the other kind has, too"
    return "fewer than two readers graded every case" if len(given) < 2 else ""


def _figures(
    name: str,
    values: Floats,
    covariance: Floats,
    rows: NDArray[np.int_],
    *,
    low: float = 0.0,
    reason: str = "",
) -> ReaderFigures:
    return ReaderFigures(name, values, covariance, rows, "jackknife", null=None, low=low, reason=reason)
