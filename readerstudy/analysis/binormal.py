"""The smooth ROC curve that a reader's ratings would follow if the evidence behind them were normal.

The ratings of real cases are cut from N(0, 1), those of synthetic ones from N(a/b, 1/b²), at cuts of the reader's own,
so that Φ⁻¹(sensitivity) = a + b·Φ⁻¹(share of false positives). Only the order of the ratings counts.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtr, ndtri

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.intervals import by_error
from readerstudy.analysis.reader_figures import LOGIT, ReaderFigures, auc, sampling_covariance

Floats = NDArray[np.float64]
AREA, A, B = "AUC, binormal", "binormal a", "binormal b"
METHOD = "binormal fit by maximum likelihood (Dorfman & Alf 1969)"
STEPS, HALVINGS, CLOSE = 100, 30, 1e-10
STEEPEST = 20.0  # b, or 1/b: beyond, the curve is a corner and the likelihood rises without end
SAME_POINT = 1e-12


@dataclass(frozen=True)
class BinormalFit:
    """a and b of the curve; cuts [k − 1] on the scale of the real cases' evidence.

    counts [2, k]: real and synthetic cases by rating. information: the expected one, of a, b and the cuts.
    """

    a: float
    b: float
    cuts: Floats
    counts: Floats
    information: Floats

    @property
    def area(self) -> float:
        """Φ(a / √(1 + b²)), the area under the curve."""
        return float(ndtr(self.a / math.sqrt(1 + self.b**2)))

    @cached_property
    def gradient(self) -> Floats:
        """Of a / √(1 + b²) by a, b and the cuts."""
        root = math.sqrt(1 + self.b**2)
        return np.concatenate([[1 / root, -self.a * self.b / root**3], np.zeros(self.cuts.size)])

    @property
    def error(self) -> float:
        """Standard error of a / √(1 + b²), by the delta method."""
        return math.sqrt(float(self.gradient @ np.linalg.solve(self.information, self.gradient)))

    @property
    def log_likelihood(self) -> float:
        return _log_likelihood(self.a, self.b, self.cuts, self.counts)

    def sensitivity(self, false_positive: ArrayLike) -> Floats:
        """Height of the curve at each share of false positives."""
        return np.asarray(ndtr(self.a + self.b * ndtri(np.asarray(false_positive, dtype=float))))

    def influence(self) -> Floats:
        """How far a case of each truth and rating [2, k] moves the area: its score by the inverse information."""
        shares, slopes = _cells(self.a, self.b, self.cuts)
        direction = np.linalg.solve(self.information, self.gradient)
        height = float(stats.norm.pdf(ndtri(self.area)))
        return height * (slopes @ direction) / shares


def fit_binormal(ratings: ArrayLike, truth: ArrayLike) -> BinormalFit | str:
    """The curve of one reader's ratings [cases] that rise with truth [cases] 1, or the reason why there is none.

    Fisher scoring for ordinal ratings (Dorfman & Alf 1969, doi 10.1016/0022-2496(69)90019-4); ratings that were
    never given are left out. Degenerate, with no finite fit, are ratings with fewer than two points of the curve off
    the borders of the square, or whose likelihood keeps rising as the curve turns into a corner (Dorfman & Berbaum
    1995). Cases without a rating (NaN) are left out.
    """
    rated, positive = np.asarray(ratings, dtype=float), np.asarray(truth).astype(bool)
    there = ~np.isnan(rated)
    rated, positive = rated[there], positive[there]
    if min(positive.sum(), (~positive).sum()) < 2:
        return "fewer than two real or fewer than two synthetic images"
    levels, place = np.unique(rated, return_inverse=True)
    counts = np.array([np.bincount(place[kind], minlength=levels.size) for kind in (~positive, positive)], dtype=float)
    if _points_inside(counts) < 2:
        return "degenerate: fewer than two points of the ROC curve lie off its borders, and two parameters need two"
    return _maximum(counts) or "degenerate: the likelihood has no maximum at a finite curve"


def binormal_estimates(ratings: ArrayLike, truth: ArrayLike) -> dict[str, Estimate]:
    """`AREA`, `A` and `B` of one reader's curve, by name; see `fit_binormal`.

    The area's p value is that of the test against one half.
    """
    n = int((~np.isnan(np.asarray(ratings, dtype=float))).sum())
    fit = fit_binormal(ratings, truth) if n else "the reader was not asked how sure he or she was"
    if isinstance(fit, str):
        return dict.fromkeys((AREA, A, B), not_estimable(fit, method=METHOD, n=n))
    middle, z = fit.a / math.sqrt(1 + fit.b**2), float(stats.norm.ppf((1 + LEVEL) / 2))
    low, high = (float(ndtr(middle + sign * z * fit.error)) for sign in (-1, 1))
    p_value = float(2 * stats.norm.sf(abs(middle) / fit.error))
    errors = np.sqrt(np.linalg.inv(fit.information).diagonal()[:2])
    return {AREA: Estimate(fit.area, low, high, METHOD, n, p_value)} | {
        name: by_error(value, float(error), method=METHOD, n=n, lowest=-math.inf, highest=math.inf)
        for name, value, error in ((A, fit.a, errors[0]), (B, fit.b, errors[1]))
    }


def binormal_figures(ratings: ArrayLike, truth: ArrayLike) -> tuple[ReaderFigures, list[BinormalFit]]:
    """The area of each reader who rated every case [readers, cases], and the fits; see `reader_figures.ReaderFigures`.

    Two readers' areas covary by what each case moves them (the infinitesimal jackknife: as DeLong's covariance is for
    the empirical area), real and synthetic cases sampled apart. Without values where a reader has no finite curve:
    leaving such readers out, who are often the best or the worst, would bend the mean.
    """
    empirical = auc(ratings, truth)
    matrix, positive = np.asarray(ratings, dtype=float)[empirical.rows], np.asarray(truth).astype(bool)
    found = [fit_binormal(row, positive) for row in matrix] if empirical.values.size else []
    fits = [one for one in found if isinstance(one, BinormalFit)]
    reason = empirical.reason
    if len(fits) < len(found):
        reason = f"{len(found) - len(fits)} of {len(found)} readers have no finite binormal curve"
    if reason:
        none = ReaderFigures(AREA, np.empty(0), np.empty((0, 0)), empirical.rows, "influence", reason=reason)
        return none, fits if len(fits) == len(found) else []
    moved = np.empty_like(matrix)
    for row, rated, fit in zip(moved, matrix, fits, strict=True):
        row[:] = fit.influence()[positive.astype(int), np.unique(rated, return_inverse=True)[1]]
    kinds = [moved[:, kind] * kind.sum() for kind in (positive, ~positive)]
    covariance = sampling_covariance(kinds[0]) + sampling_covariance(kinds[1])
    areas = np.array([fit.area for fit in fits])
    return ReaderFigures(AREA, areas, covariance, empirical.rows, "influence", scale=LOGIT), fits


def _points_inside(counts: Floats) -> int:
    """How many different points (false positives, true positives) lie off the borders of the square."""
    points = np.cumsum(counts, axis=1)[:, :-1] / counts.sum(1, keepdims=True)
    return len({tuple(point) for point in points.T if (point > 0).all() and (point < 1).all()})


def _maximum(counts: Floats) -> BinormalFit | None:
    """None where the steps lead nowhere finite."""
    below = np.cumsum(counts + 0.5, axis=1)[:, :-1] / (counts + 0.5).sum(1, keepdims=True)  # off the borders
    cuts, other = ndtri(below)
    slope = float(np.clip(other.std() / cuts.std(), 0.2, 5)) if cuts.size > 1 else 1.0
    start = np.concatenate([[slope * cuts.mean() - other.mean(), slope], cuts])
    value, totals = _log_likelihood(start[0], start[1], start[2:], counts), counts.sum(1)
    for _ in range(STEPS):
        shares, slopes = _cells(start[0], start[1], start[2:])
        score = np.einsum("tk,tkp->p", counts / shares, slopes)
        information = np.einsum("t,tkp,tkq,tk->pq", totals, slopes, slopes, 1 / shares, optimize=True)
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            return None
        step = np.linalg.solve(information, score)
        if score @ step < CLOSE:
            return BinormalFit(float(start[0]), float(start[1]), start[2:], counts, information)
        for halving in range(HALVINGS):
            tried = start + step / 2**halving
            reached = _log_likelihood(tried[0], tried[1], tried[2:], counts)
            if reached > value:
                break
        else:
            return None
        start, value = tried, reached
        if not 1 / STEEPEST < start[1] < STEEPEST:
            return None
    return None


def _log_likelihood(a: float, b: float, cuts: Floats, counts: Floats) -> float:
    if b <= 0 or (np.diff(cuts) <= 0).any():
        return -math.inf
    shares, _ = _cells(a, b, cuts)
    if (shares[counts > 0] <= 0).any():
        return -math.inf
    return float((counts[counts > 0] * np.log(shares[counts > 0])).sum())


def _cells(a: float, b: float, cuts: Floats) -> tuple[Floats, Floats]:
    """Chance of each rating [2, k] of a real and a synthetic case, and its slopes [2, k, 2 + cuts] by a, b and cuts."""
    at = np.array([cuts, b * cuts - a])
    below = np.pad(ndtr(at), ((0, 0), (1, 1)), constant_values=((0, 0), (0, 1)))
    density = np.exp(-(at**2) / 2) / math.sqrt(2 * math.pi)
    of_cut = np.zeros((2, cuts.size + 2, 2 + cuts.size))  # of each share below a cut, the outermost two being fixed
    place = np.arange(cuts.size)
    of_cut[0, 1 + place, 2 + place] = density[0]
    of_cut[1, 1 + place, 2 + place] = b * density[1]
    of_cut[1, 1:-1, 0], of_cut[1, 1:-1, 1] = -density[1], cuts * density[1]
    return np.maximum(np.diff(below, axis=1), SAME_POINT), np.diff(of_cut, axis=1)
