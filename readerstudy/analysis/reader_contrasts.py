"""Differences that hold for new readers and new cases: two modalities read by the same readers, two groups of readers.

A modality is any condition of reading: a phase, before and after unblinding, real and synthetic images. The same
readers in both make a difference for each reader, and the Obuchowski–Rockette analysis of two modalities is the
analysis of these differences as one figure. Groups (specialties) have different readers and share the cases.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.obuchowski_rockette import (
    ROUNDING,
    PooledFigure,
    StandardError,
    figure_of,
    mean_between,
    pool_readers,
)
from readerstudy.analysis.reader_figures import Figure, Floats, ReaderFigures

MODALITIES = "Obuchowski–Rockette, two modalities, random readers and cases (Hillis 2007)"
SEPARATE_CASES = "Obuchowski–Rockette, two modalities with their own cases, random readers and cases (Hillis 2014)"
GROUPS = "Obuchowski–Rockette, two groups of readers, random readers and cases (Hillis 2014)"


@dataclass(frozen=True)
class TwoModalities:
    """The components of the two-modality model, as estimated: mean squares, and covariances of the readers' figures.

    covariance_1: same reader, other modality; covariance_2: other reader, same modality; covariance_3: both other.
    """

    mean_square_modality: float
    mean_square_reader: float
    mean_square_interaction: float
    error_variance: float
    covariance_1: float
    covariance_2: float
    covariance_3: float


@dataclass(frozen=True)
class ModalityDifference:
    """pooled: first minus second with interval, t, p and equivalence to no difference; components of the model."""

    pooled: PooledFigure
    components: TwoModalities | None = None


def compare_modalities(figure: Figure, first: ArrayLike, second: ArrayLike, truth: ArrayLike) -> ModalityDifference:
    """A figure of the same readers on the same cases in two modalities: first minus second.

    first and second [readers, cases] as `figure` takes them. Readers with a reading missing in either are left out.

        SE² = 2·[MS(TR) + r·max(Cov₂ − Cov₃, 0)] / r,   df = (r − 1)·[(MS(TR) + r·max(Cov₂ − Cov₃, 0)) / MS(TR)]²

    (Hillis 2007, doi 10.1002/sim.2532). F of the literature is t².
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != two.shape:
        raise ValueError("both modalities must be matrices of the same readers and cases")
    apart = figure(one, truth), figure(two, truth)
    rows = np.intersect1d(apart[0].rows, apart[1].rows)
    both = figure(np.vstack([one[rows], two[rows]]), truth)
    return _difference(both, rows, low=apart[0].low - apart[0].high, method=MODALITIES)


def compare_separate_cases(first: ReaderFigures, second: ReaderFigures) -> ModalityDifference:
    """The same readers' figures on two sets of cases sampled apart, such as real and synthetic: first minus second.

    The covariances across the sets, Cov₁ and Cov₃, are 0 (Hillis 2014, doi 10.1002/sim.5926). Readers without a
    figure in either are left out.
    """
    rows = np.intersect1d(first.rows, second.rows)
    if reason := first.reason or second.reason:
        return ModalityDifference(PooledFigure(not_estimable(reason, method=SEPARATE_CASES, n=rows.size), 0.0))
    kept = [np.isin(figures.rows, rows) for figures in (first, second)]
    r = rows.size
    covariance = np.zeros((2 * r, 2 * r))
    covariance[:r, :r] = first.covariance[np.ix_(kept[0], kept[0])]
    covariance[r:, r:] = second.covariance[np.ix_(kept[1], kept[1])]
    values = np.concatenate([first.values[kept[0]], second.values[kept[1]]])
    error = first.covariance_error + second.covariance_error
    both = ReaderFigures(first.name, values, covariance, np.arange(2 * r), first.method, covariance_error=error)
    return _difference(both, rows, low=min(first.low, second.low) - max(first.high, second.high), method=SEPARATE_CASES)


def compare_groups(figure: Figure, first: ArrayLike, second: ArrayLike, truth: ArrayLike) -> PooledFigure:
    """A figure of two groups of different readers on the same cases: first minus second.

    With r₁ and r₂ readers, MS the variance of the figures within groups and Cov₂ and Cov₃ the mean covariances of two
    readers of one group and of different groups:

        SE² = MS·(1/r₁ + 1/r₂) + max(Cov₂₍₁₎ + Cov₂₍₂₎ − 2·Cov₃, 0)
        df = (r₁ + r₂ − 2)·[SE² / (MS·(1/r₁ + 1/r₂))]²

    (Hillis 2014, doi 10.1002/sim.5926, readers nested in groups; for groups of one size it is the formula there.)
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    both = figure(np.vstack([one, two]), truth)
    in_first = both.rows < len(one)
    sizes = int(in_first.sum()), int((~in_first).sum())
    n = both.rows.size
    if both.reason or min(sizes) < 2:
        reason = both.reason or "fewer than two readers of one group read every case"
        return PooledFigure(not_estimable(reason, method=GROUPS, n=n), 0.0)
    parts = both.values[in_first], both.values[~in_first]
    value = float(parts[0].mean() - parts[1].mean())
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in parts)
    between_readers = squares / (n - 2) * (1 / sizes[0] + 1 / sizes[1])
    within = mean_between(both.covariance[np.ix_(in_first, in_first)])
    within += mean_between(both.covariance[np.ix_(~in_first, ~in_first)])
    across = float(both.covariance[np.ix_(in_first, ~in_first)].mean())
    total = between_readers + max(within - 2 * across, 0.0)
    if total <= ROUNDING:
        reason = "within each group the readers’ figures are equal: no variance to judge by"
        return PooledFigure(Estimate(value, method=GROUPS, n=n, reason=reason), 0.0)
    freedom = (n - 2) * (total / between_readers) ** 2 if between_readers > ROUNDING else math.inf
    uncertainty = StandardError(math.sqrt(total), freedom)
    widest = both.high - both.low
    return figure_of(value, uncertainty, method=GROUPS, n=n, scale=(-widest, widest), null=0.0)


def _difference(both: ReaderFigures, rows: np.ndarray, *, low: float, method: str) -> ModalityDifference:
    """From the figures of r readers in two modalities, one after the other, [2r] and [2r, 2r]."""
    r = rows.size
    reason = both.reason or ("fewer than two readers read every case in both modalities" if r < 2 else "")
    if reason:
        return ModalityDifference(PooledFigure(not_estimable(reason, method=method, n=r), 0.0))
    values, covariance = both.values.reshape(2, r), both.covariance.reshape(2, r, 2, r)
    differences = ReaderFigures(
        f"difference of {both.name}",
        values[0] - values[1],
        covariance[0, :, 0] + covariance[1, :, 1] - covariance[0, :, 1] - covariance[1, :, 0],
        rows,
        both.method,
        null=0.0,
        low=low,
        high=-low,
        covariance_error=both.covariance_error,
    )
    pooled = pool_readers(differences)
    named = replace(pooled, estimate=replace(pooled.estimate, method=method))
    return ModalityDifference(named, _two_modalities(values, covariance))


def _two_modalities(values: Floats, covariance: Floats) -> TwoModalities:
    r = values.shape[1]
    rest = values - values.mean(1, keepdims=True) - values.mean(0) + values.mean()
    one_modality, across = (covariance[0, :, 0] + covariance[1, :, 1]) / 2, covariance[0, :, 1]
    return TwoModalities(
        mean_square_modality=r * float(values.mean(1).var(ddof=1)),
        mean_square_reader=2 * float(values.mean(0).var(ddof=1)),
        mean_square_interaction=float((rest**2).sum() / (r - 1)),
        error_variance=float(one_modality.diagonal().mean()),
        covariance_1=float(across.diagonal().mean()),
        covariance_2=mean_between(one_modality),
        covariance_3=mean_between(across),
    )
