"""Intervals by drawing readers and cases anew, for every statistic that has no formula of its own.

A statistic is a function of how often each reader and each case is drawn: counts [b, readers] and [b, cases] of b
samples at once give b values. `resampled_statistics` has those of grading, `resampled_agreement` coefficients of
agreement that are computed together.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.intervals import NOTHING, SAMPLES_AT_ONCE, by_fisher_error, drawn_counts, without_each

Floats = NDArray[np.float64]
Statistic = Callable[[Floats, Floats], Floats]  # NaN where a sample has no value
SAMPLES = 10_000
NOTHING_LEFT = "most samples of readers and cases leave nothing to compute it from"
INTERVALS = {"percentile": "percentile", "bca": "BCa (Efron 1987)"}


def bootstrap_estimate(
    statistic: Statistic,
    *,
    readers: int,
    strata: ArrayLike,
    rng: Generator,
    samples: int = SAMPLES,
    interval: str = "percentile",
) -> Estimate:
    """A statistic with the 95 % interval from samples of readers and, within each stratum, of cases.

    strata [cases]: the truth, so that every sample has as many real and synthetic cases as the study. interval:
    `percentile`, or `bca`, corrected for bias and skewness (Efron 1987, doi 10.1080/01621459.1987.10478410). Readers
    and cases are drawn independently and each reading weighs the product of the two counts (Owen 2007, doi
    10.1214/07-AOAS122, who shows that the interval is then rather too wide than too narrow). A single reader is kept in
    every sample: the interval then holds for new cases only, and the reason says so. Raises ValueError for another
    interval.
    """
    if interval not in INTERVALS:
        raise ValueError(f"interval is one of {', '.join(INTERVALS)}, not {interval!r}")
    kinds = np.unique(np.asarray(strata), return_inverse=True)[1]
    drawn = "readers and cases" if readers > 1 else "cases"
    method = f"bootstrap over {drawn} ({samples:,} samples, {INTERVALS[interval]})"
    if readers < 1 or kinds.size < 2:
        reason = "there is no reader" if readers < 1 else "fewer than two cases"
        return not_estimable(reason, method=method, n=readers)
    value = float(statistic(np.ones((1, readers)), np.ones((1, kinds.size)))[0])
    if not np.isfinite(value):
        return not_estimable("it cannot be computed from these readings", method=method, n=readers)
    values = resample(statistic, readers=readers, kinds=kinds, rng=rng, samples=samples)
    finite = values[np.isfinite(values)]
    if finite.size < samples / 2:
        return Estimate(value, method=method, n=readers, reason=NOTHING_LEFT)
    ends = np.array([(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    if interval == "bca":
        ends = _corrected(ends, value, finite, statistic, readers=readers, kinds=kinds)
    low, high = (float(end) for end in np.quantile(finite, ends))
    if high - low < NOTHING:
        reason = "every sample of readers and cases gives the same value: no variance to judge by"
        return Estimate(value, method=method, n=readers, reason=reason)
    reason = "not estimable for new readers: there is one reader, and the interval holds for new cases only"
    return Estimate(value, low, high, method, readers, reason="" if readers > 1 else reason)


def coefficient_estimates(
    statistics: Statistic, *, readers: int, strata: ArrayLike, rng: Generator, samples: int = SAMPLES
) -> list[Estimate]:
    """Coefficients up to 1 that are computed together [b, m], of two readers or more: each with its 95 % interval.

    Drawn as in `bootstrap_estimate`. The interval is symmetric on the scale of Fisher's z; its standard error is the
    standard deviation of the samples times √(r/(r − 1)), because r drawn readers scatter like r − 1. Of few readers,
    percentiles miss the truth more often than they should, nearly always above it.
    """
    kinds = np.unique(np.asarray(strata), return_inverse=True)[1]
    method = f"bootstrap over readers and cases ({samples:,} samples), Fisher’s z"
    values = statistics(np.ones((1, readers)), np.ones((1, kinds.size)))[0]
    drawn = resample(statistics, readers=readers, kinds=kinds, rng=rng, samples=samples)
    enough = np.isfinite(drawn).sum(0) >= max(samples / 2, 2)
    errors = [
        math.sqrt(readers / (readers - 1)) * float(np.nanstd(one)) if usable else math.nan
        for one, usable in zip(drawn.T, enough, strict=True)
    ]
    return [
        by_fisher_error(float(value), error, method=method, n=readers)
        if usable or not np.isfinite(value)
        else Estimate(float(value), method=method, n=readers, reason=NOTHING_LEFT)
        for value, error, usable in zip(values, errors, enough, strict=True)
    ]


def resample(
    statistic: Statistic, *, readers: int, kinds: NDArray[np.int_], rng: Generator, samples: int
) -> NDArray[np.float64]:
    """The statistic of so many samples, on the first axis; kinds [cases]: the stratum of each case, counted from 0."""
    values = []
    for start in range(0, samples, SAMPLES_AT_ONCE):
        number = min(SAMPLES_AT_ONCE, samples - start)
        cases = np.zeros((number, kinds.size))
        for kind in range(kinds.max() + 1):
            members = np.flatnonzero(kinds == kind)
            cases[:, members] = drawn_counts(members.size, samples=number, rng=rng)
        values.append(statistic(drawn_counts(readers, samples=number, rng=rng), cases))
    return np.concatenate(values)


def _corrected(
    ends: Floats, value: float, finite: Floats, statistic: Statistic, *, readers: int, kinds: NDArray[np.int_]
) -> Floats:
    """The shares of samples at which the BCa interval ends: bias from the samples, skewness from the jackknife."""
    below = ((finite < value).sum() + (finite == value).sum() / 2) / finite.size
    bias = stats.norm.ppf(np.clip(below, 1 / finite.size, 1 - 1 / finite.size))
    influence = []
    if readers > 1:
        without = statistic(without_each(readers), np.ones((readers, kinds.size)))
        influence.append(_influence(without))
    without = statistic(np.ones((kinds.size, readers)), without_each(kinds.size))
    influence += [_influence(without[kinds == kind]) for kind in range(kinds.max() + 1)]
    together = np.concatenate(influence)
    squares = (together**2).sum()
    skew = (together**3).sum() / (6 * squares**1.5) if squares > 0 else 0.0
    z = bias + stats.norm.ppf(ends)
    return np.asarray(stats.norm.cdf(bias + z / np.maximum(1 - skew * z, 1e-6)))


def _influence(without: Floats) -> Floats:
    """What each unit moves the statistic by, from its values without each of them; nothing where there is no value."""
    n = without.size
    moved = (n - 1) / n * (np.nanmean(without) - without) if np.isfinite(without).any() else np.zeros(n)
    return np.nan_to_num(moved)
