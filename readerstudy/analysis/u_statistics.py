"""Pooled AUCs and proportions from all readings that there are: variances by U- and V-statistics.

The analysis of Gallas (2006, doi 10.1016/j.acra.2005.11.030) and Gallas et al. (2009, doi
10.1080/03610920802610084), which the program iMRMC computes. It needs no crossed design: any reader may have read
any cases. A figure is the mean of a score over readings (was it correct?) or over pairs of a real and a synthetic
case read by one reader (was the synthetic one rated higher?); each reading, or pair, counts once. Cases of several
strata, as real and synthetic ones, are samples of their own: the figure is then the strata's means, weighed by their
cases, and what sets the strata apart is no part of its variance.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.obuchowski_rockette import ROUNDING, PooledFigure, StandardError, figure_of
from readerstudy.analysis.reader_figures import Floats, placements

UNBIASED = "U-statistic variance, random readers and cases (Gallas 2006)"
SMALLEST = 0.1  # of the V-statistic: a smaller U-statistic is so by chance, as that of a few readings may be
BIASED = "V-statistic variance, random readers and cases (Gallas et al. 2009), the U-statistic being too small"

AT_ONCE = 1_000_000  # scores summed together: bounds the memory

Scores = list[Floats]  # of each reader: [cases], or [real, synthetic]; NaN where there is no reading
Shared = frozenset[int]  # which factors two scores have in common: 0 the reader, 1 and 2 the cases


@dataclass(frozen=True)
class Moments:
    """Mean products of two scores that share these factors, how many such products there are, and the V-statistic's.

    In the order of M₁ to M₈ of iMRMC: first those of one reader, then those of two; of each, those that share both
    cases, the synthetic one, the real one, neither.
    """

    shared: list[Shared]
    moments: Floats
    products: Floats
    biased: Floats


@dataclass(frozen=True)
class MomentVariance:
    """unbiased may be negative; biased is the V-statistic, the variance were the sample the population.

    main: for each factor (readers or two groups of them, cases or real and synthetic cases) the variance component of
    its own, by the V-statistic; free: the effective number of its levels, less one.
    """

    unbiased: float
    biased: float
    main: Floats
    free: Floats

    def freedom(self, variance: float) -> float:
        """Degrees of freedom of a variance by Satterthwaite's rule, at least those of the factor with the fewest."""
        parts = float((self.main**2 / self.free**3).sum())
        return max(variance**2 / parts if parts > 0 else math.inf, float(self.free.min()))


@dataclass(frozen=True)
class Part:
    """Scores that enter a figure with a weight: all of the first or second (figure 0, 1), or those of one stratum."""

    scores: Scores
    weight: float
    figure: int
    stratum: int


def pooled_correct(correct: ArrayLike, *, null: float | None = 0.5, strata: ArrayLike | None = None) -> PooledFigure:
    """Share of correct readings: correct [readers, cases] of 1.0 and 0.0, NaN where there is no reading.

    strata [cases], where the cases are several samples: taken as one where a stratum has no two readings that share
    neither reader nor case.
    """
    return _pooled([correct_scores(correct)], null=null, low=0.0, strata=strata)


def pooled_auc(ratings: ArrayLike, truth: ArrayLike, *, null: float = 0.5) -> PooledFigure:
    """AUC of ratings [readers, cases], NaN where there is none; truth [cases], 1 synthetic and 0 real."""
    return _pooled([rating_scores(ratings, truth)], null=null, low=0.0)


def compare_correct(first: ArrayLike, second: ArrayLike, *, strata: ArrayLike | None = None) -> PooledFigure:
    """Share of correct readings in a first less that in a second modality, of the same cases; strata as above."""
    return _pooled([correct_scores(first), correct_scores(second)], null=0.0, low=-1.0, strata=strata)


def compare_auc(first: ArrayLike, second: ArrayLike, truth: ArrayLike) -> PooledFigure:
    """AUC in a first less that in a second modality, of the same readers and cases."""
    return _pooled([rating_scores(first, truth), rating_scores(second, truth)], null=0.0, low=-1.0)


def correct_scores(correct: ArrayLike) -> Scores:
    matrix = np.asarray(correct, dtype=float)
    if matrix.ndim != 2:
        raise ValueError("correct is [readers, cases]")
    return list(matrix)


def rating_scores(ratings: ArrayLike, truth: ArrayLike) -> Scores:
    matrix, positive = np.asarray(ratings, dtype=float), np.asarray(truth).astype(bool)
    if matrix.ndim != 2 or positive.shape != matrix.shape[1:]:
        raise ValueError("ratings are [readers, cases] and truth is [cases]")
    return [placements(row[~positive], row[positive]) for row in matrix]


def moments_of(first: Scores, second: Scores) -> Moments:
    """Moments of products of a score of the first with one of the second list, by what the two have in common.

    A sum over products that share at least the factors A is a sum of products of marginal sums; those that share
    exactly A follow by inclusion and exclusion.
    """
    factors = first[0].ndim + 1
    shared = [
        frozenset(some) for size in range(factors, -1, -1) for some in itertools.combinations(range(factors), size)
    ]
    shared.sort(key=lambda some: (0 not in some, -len(some), sorted(-factor for factor in some)))
    sums = _sums_sharing(first, second, counts=False)
    counts = _sums_sharing(first, second, counts=True)

    def exactly(totals: dict[Shared, float], some: Shared) -> float:
        return sum((-1) ** len(more - some) * total for more, total in totals.items() if more >= some)

    products = np.array([exactly(counts, some) for some in shared])
    found = np.array([exactly(sums, some) for some in shared])
    with np.errstate(invalid="ignore", divide="ignore"):
        moments = np.where(products > 0, found / products, np.nan)
        biased = np.array([sums[some] / counts[some] if counts[some] else np.nan for some in shared])
    return Moments(shared, moments, products, biased)


def covariance_of(moments: Moments) -> tuple[float, float]:
    """The U- and the V-statistic of the covariance of two means of scores: Σ cₖMₖ − M_apart, cₖ the shares of products.

    The U-statistic is NaN where a kind of product that counts does not occur.
    """
    weights = moments.products / moments.products.sum()
    weights[-1] -= 1  # nothing in common
    used = np.abs(weights) > 0
    return float((weights * moments.moments)[used].sum()), float((weights * moments.biased)[used].sum())


def variance_of(figures: Sequence[Scores]) -> MomentVariance:
    """The variance of a mean of scores, or of the difference of two such means over the same cases.

    The two have the same readers, or none in common: the readers are then two factors, each with its own levels.
    """
    parts = parts_of(figures)
    return _variance(parts, [moments_of(part.scores, part.scores) for part in parts])


def parts_of(figures: Sequence[Scores], strata: ArrayLike | None = None) -> list[Part]:
    """A figure, or the first less the second, as a weighted sum of means, by strata [cases] of their cases if given."""
    whole = [Part(scores, 1.0 - 2 * at, at, 0) for at, scores in enumerate(figures)]
    if strata is None:
        return whole
    matrices = [np.array(scores) for scores in figures]
    read = np.any([~np.isnan(matrix).all(0) for matrix in matrices], axis=0)
    of = np.asarray(strata)
    parts = []
    for number, stratum in enumerate(np.unique(of[read])):
        inside = of == stratum
        share = float((inside & read).sum() / read.sum())
        for at, matrix in enumerate(matrices):
            if not _has_readings_apart(~np.isnan(matrix[:, inside])):
                return whole
            parts.append(Part(list(np.where(inside, matrix, np.nan)), share * (1 - 2 * at), at, number))
    return parts


def _has_readings_apart(read: NDArray[np.bool_]) -> bool:
    """Are there two readings that share neither reader nor case? read [readers, cases]."""
    total = int(read.sum())
    return total**2 + total > (read.sum(0) ** 2).sum() + (read.sum(1) ** 2).sum()


def _variance(parts: Sequence[Part], own: Sequence[Moments]) -> MomentVariance:
    """Of the weighted sum; own: the moments of each part with itself."""
    apart = [one.scores for one in parts if one.stratum == parts[0].stratum]
    two_groups = len(apart) == 2 and not _share_a_reader(*apart)
    factors = own[0].products.size.bit_length() - 1
    readers: dict[int, float] = defaultdict(float)
    cases: dict[int, Floats] = defaultdict(lambda: np.zeros(factors - 1))
    unbiased = biased = 0.0
    for (i, one), (j, two) in itertools.combinations_with_replacement(enumerate(parts), 2):
        moments = own[i] if i == j else moments_of(one.scores, two.scores)
        times = one.weight * two.weight * (1 if i == j else 2)  # the covariance, either way round
        found = [times * part for part in covariance_of(moments)]
        unbiased, biased = unbiased + found[0], biased + found[1]
        main = times * _main_components(moments)
        readers[one.figure * two_groups] += main[0]
        if one.stratum == two.stratum:
            cases[one.stratum] += main[1:]
    free = np.array([_free_levels(moments) for moments in own])
    of_readers = [
        free[[at for at, one in enumerate(parts) if one.figure * two_groups == group], 0].min() for group in readers
    ]
    of_cases = [free[[at for at, one in enumerate(parts) if one.stratum == stratum], 1:].min(0) for stratum in cases]
    return MomentVariance(
        unbiased,
        biased,
        np.concatenate([list(readers.values()), *cases.values()]),
        np.concatenate([of_readers, *of_cases]),
    )


def _share_a_reader(first: Scores, second: Scores) -> bool:
    return any(not (np.isnan(one).all() or np.isnan(two).all()) for one, two in zip(first, second, strict=True))


def _main_components(moments: Moments) -> Floats:
    """V-statistic of the covariance of two scores that share one factor, for each factor.

    0 where no two scores share it, as with two groups of readers.
    """
    apart = moments.biased[-1]
    return np.nan_to_num([moments.biased[place] - apart for place in _places_of_one(moments)])


def _free_levels(moments: Moments) -> Floats:
    """Effective number of readers and cases, less one: of unequal shares of the scores, 1 / Σ share² − 1."""
    total = moments.products.sum()
    shares = [
        sum(moments.products[i] for i, some in enumerate(moments.shared) if moments.shared[place] <= some) / total
        for place in _places_of_one(moments)
    ]
    return np.array([max(round(1 / share) - 1, 1) for share in shares], dtype=float)


def _places_of_one(moments: Moments) -> list[int]:
    factors = max(len(some) for some in moments.shared)
    return [moments.shared.index(frozenset({factor})) for factor in range(factors)]


def mean_of(scores: Scores) -> float:
    """Mean of all scores that there are; NaN where there are none."""
    total, n = sum(float(np.nansum(one)) for one in scores), sum(int((~np.isnan(one)).sum()) for one in scores)
    return total / n if n else math.nan


def _sums_sharing(first: Scores, second: Scores, *, counts: bool) -> dict[Shared, float]:
    """For each set of factors the sum of all products whose two scores have at least these in common."""
    axes = range(first[0].ndim)
    subsets = [some for size in range(len(axes) + 1) for some in itertools.combinations(axes, size)]
    together: dict[tuple[int, ...], list[Floats]] = {}
    totals: dict[Shared, float] = dict.fromkeys((frozenset({0, *(axis + 1 for axis in some)}) for some in subsets), 0.0)
    at_once = max(AT_ONCE // first[0].size, 1) if first[0].size else 1
    for start in range(0, len(first), at_once):
        pair = [np.array(scores[start : start + at_once]) for scores in (first, second)]
        different = pair[:1] if first is second else pair
        filled = [(~np.isnan(x)).astype(float) if counts else np.nan_to_num(x) for x in different]
        for some in subsets:
            apart = tuple(axis + 1 for axis in axes if axis not in some)
            margins = [np.asarray(x.sum(apart)) if apart else x for x in filled]
            totals[frozenset({0, *(axis + 1 for axis in some)})] += _product(margins[0], margins[-1])
            sums = together.setdefault(some, [np.zeros_like(x[0]) for x in margins])
            for at, margin in enumerate(margins):
                sums[at] += margin.sum(0)
    for some, sums_of_each in together.items():
        totals[frozenset(axis + 1 for axis in some)] = _product(sums_of_each[0], sums_of_each[-1])
    return totals


def _product(one: Floats, two: Floats) -> float:
    return float(np.einsum("i,i->", one.ravel(), two.ravel()))  # without the threads that a dot product would start


def _pooled(
    figures: Sequence[Scores], *, null: float | None, low: float, strata: ArrayLike | None = None
) -> PooledFigure:
    reason = _too_few(figures)
    parts = [] if reason else parts_of(figures, strata)
    own = [moments_of(part.scores, part.scores) for part in parts]
    if any(not moments.products[-1] for moments in own):
        reason = "no two readings share neither reader nor case"
    if reason:
        return PooledFigure(not_estimable(reason, method=UNBIASED, n=len(figures[0])), null)
    value = sum(part.weight * mean_of(part.scores) for part in parts)
    found = _variance(parts, own)
    readers = len(figures[0])
    if found.unbiased > max(ROUNDING, SMALLEST * found.biased):
        variance, method, said = found.unbiased, UNBIASED, ""
    elif found.biased > ROUNDING:
        variance, method = found.biased, BIASED
        said = (
            "the unbiased variance is not positive, or hardly: the interval is by the V-statistic, which is too wide "
            "on average"
        )
    else:
        reason = "neither the U- nor the V-statistic of the variance is positive"
        return PooledFigure(Estimate(value, method=UNBIASED, n=readers, reason=reason), null)
    uncertainty = StandardError(math.sqrt(variance), found.freedom(variance))
    pooled = figure_of(value, uncertainty, method=method, n=readers, scale=(low, 1.0), null=null)
    return replace(pooled, estimate=replace(pooled.estimate, reason=said))


def _too_few(figures: Sequence[Scores]) -> str:
    """The reason why there are too few scores to estimate a variance, or nothing."""
    for scores in figures:
        paired = bool(scores) and scores[0].ndim == 2
        if not scores or math.isnan(mean_of(scores)):
            return "no reader read both a real and a synthetic case" if paired else "there are no readings"
        for factor, name in enumerate(("readers", "real cases", "synthetic cases") if paired else ("readers", "cases")):
            if _levels(scores, factor) < 2:
                where = "under one of the two conditions " if len(figures) > 1 else ""
                return f"{where}fewer than two {name} {'gave readings' if name == 'readers' else 'were read'}"
    return ""


def _levels(scores: Scores, factor: int) -> int:
    """How many readers (factor 0), or cases, have a score."""
    if factor == 0:
        return sum(not np.isnan(one).all() for one in scores)
    others = tuple(axis for axis in range(scores[0].ndim) if axis != factor - 1)
    return int(np.any([(~np.isnan(one)).any(others) for one in scores], axis=0).sum())
