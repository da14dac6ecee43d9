"""Statistics of grading as functions of how often each reader and each case is drawn, for the two-way bootstrap.

Each function takes ratings [readers, cases], NaN where there is none, and gives a `two_way_bootstrap.Statistic`.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from readerstudy.analysis.agreement import agreement_weights
from readerstudy.analysis.readings import one_hot
from readerstudy.analysis.two_way_bootstrap import Floats, Statistic


def mean_score(scores: ArrayLike) -> Statistic:
    """Mean of the scores of all readings, such as 1.0 for a grade equal to the reference, or given − reference."""
    matrix = np.asarray(scores, dtype=float)
    read, filled = (~np.isnan(matrix)).astype(float), np.nan_to_num(matrix)

    def statistic(readers: Floats, cases: Floats) -> Floats:
        return _ratio(((cases @ filled.T) * readers).sum(1), ((cases @ read.T) * readers).sum(1))

    return statistic


def mean_kappa_with_reference(
    ratings: ArrayLike, reference: ArrayLike, *, weights: str = "quadratic", categories: int = 5
) -> Statistic:
    """The readers' mean Cohen's κ with the reference [cases]; readers without a κ are left out of a sample."""
    given = np.asarray(ratings, dtype=float)
    truth = np.broadcast_to(np.asarray(reference, dtype=float), given.shape)
    kappas = _kappas(truth, given, weights=weights, categories=categories)

    def statistic(readers: Floats, cases: Floats) -> Floats:
        return _weighted_mean(kappas(cases), readers)

    return statistic


def mean_pairwise_kappa(ratings: ArrayLike, *, weights: str = "quadratic", categories: int = 5) -> Statistic:
    """The mean of Cohen's κ over pairs of readers (Light 1971); a reader drawn twice is no pair with himself."""
    given = np.asarray(ratings, dtype=float)
    first, second = np.triu_indices(len(given), 1)
    kappas = _kappas(given[first], given[second], weights=weights, categories=categories)

    def statistic(readers: Floats, cases: Floats) -> Floats:
        return _weighted_mean(kappas(cases), readers[:, first] * readers[:, second])

    return statistic


def difference_by(statistic: Statistic, synthetic: ArrayLike) -> Statistic:
    """The statistic on the synthetic cases less that on the real ones; synthetic [cases]."""
    chosen = np.asarray(synthetic, dtype=bool)

    def difference(readers: Floats, cases: Floats) -> Floats:
        return statistic(readers, cases * chosen) - statistic(readers, cases * ~chosen)

    return difference


def _kappas(first: Floats, second: Floats, *, weights: str, categories: int) -> Callable[[Floats], Floats]:
    """Cohen's κ of p pairs of ratings [p, cases]: counts of cases [b, cases] → [b, p], NaN where there is none."""
    disagreement = 1 - agreement_weights(categories, weights=weights)
    read = (~np.isnan(first) & ~np.isnan(second)).astype(float)
    pairs, n = first.shape
    one, two = (one_hot(ratings, categories=categories) * read[..., None] for ratings in (first, second))
    apart = np.einsum("pnk,kl,pnl->np", one, disagreement, two, optimize=True)
    margins = [part.transpose(1, 0, 2).reshape(n, pairs * categories) for part in (one @ disagreement, two)]
    total = read.T

    def kappas(cases: Floats) -> Floats:
        weighted, plain = (cases @ part for part in margins)
        by_chance = np.einsum("bpk,bpk->bp", *(x.reshape(-1, pairs, categories) for x in (weighted, plain)))
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(by_chance > 1e-9, 1 - (cases @ total) * (cases @ apart) / by_chance, np.nan)

    return kappas


def _weighted_mean(values: Floats, weights: Floats) -> Floats:
    there = np.isfinite(values)
    return _ratio(np.where(there, values * weights, 0).sum(1), (there * weights).sum(1))


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)
