"""Statistics of grading as functions of how often each reader and each case is drawn, for the two-way bootstrap.

Each function takes ratings [readers, cases], NaN where there is none, and gives a `two_way_bootstrap.Statistic`.
"""

import numpy as np
from numpy.typing import ArrayLike

from readerstudy.analysis.agreement import agreement_weights
from readerstudy.analysis.multireader_kappa import PairwiseKappa
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
    disagreement = 1 - agreement_weights(categories, weights=weights)
    given = one_hot(np.asarray(ratings, dtype=float), categories=categories)
    truth = one_hot(np.asarray(reference, dtype=float), categories=categories)
    number, n, _ = given.shape
    read = given.sum(2) * truth.sum(1)
    costs = truth @ disagreement  # [n, k] of each grade that a reader may give
    apart = (given * costs).sum(2)
    of_both = read[..., None] * costs, truth.sum(1)[:, None] * given
    margins = [part.transpose(1, 0, 2).reshape(n, -1) for part in of_both]

    def statistic(readers: Floats, cases: Floats) -> Floats:
        one, two = ((cases @ part).reshape(-1, number, categories) for part in margins)
        by_chance = np.einsum("brk,brk->br", one, two)
        with np.errstate(invalid="ignore", divide="ignore"):
            kappas = np.where(by_chance > 1e-9, 1 - (cases @ read.T) * (cases @ apart.T) / by_chance, np.nan)
        there = np.isfinite(kappas)
        return _ratio(np.where(there, kappas * readers, 0).sum(1), (there * readers).sum(1))

    return statistic


def mean_pairwise_kappa(ratings: ArrayLike, *, weights: str = "quadratic", categories: int = 5) -> Statistic:
    """The mean of Cohen's κ over pairs of readers (Light 1971); a reader drawn twice is no pair with herself."""
    pairs = PairwiseKappa(np.asarray(ratings, dtype=float), weights=weights, categories=categories)

    def statistic(readers: Floats, cases: Floats) -> Floats:
        return pairs.mean(cases, readers=readers)

    return statistic


def difference_by(statistic: Statistic, synthetic: ArrayLike, *, weights: ArrayLike = 1.0) -> Statistic:
    """The statistic on the synthetic cases less that on the real ones; synthetic and weights, if any, are [cases]."""
    chosen = np.asarray(synthetic, dtype=bool)
    of_real, of_synthetic = np.asarray(weights) * ~chosen, np.asarray(weights) * chosen

    def difference(readers: Floats, cases: Floats) -> Floats:
        return statistic(readers, cases * of_synthetic) - statistic(readers, cases * of_real)

    return difference


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)
