"""Light's κ: the mean of Cohen's κ over all pairs of readers, for many samples of the cases at once."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.agreement import agreement_weights
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import BOOTSTRAPS, SAMPLES_AT_ONCE, by_bootstrap, drawn_counts
from readerstudy.analysis.readings import one_hot

Floats = NDArray[np.float64]


def light_kappa(
    ratings: ArrayLike, *, weights: str = "quadratic", categories: int = 5, samples: int = BOOTSTRAPS, seed: int = 0
) -> Estimate:
    """Mean of Cohen's κ over all pairs of readers (Light 1971, doi 10.1037/h0031643).

    ratings [readers, cases], NaN where missing. Percentile interval of bootstrap samples of the cases: it holds for
    these readers and new cases. Pairs without an estimable κ are left out.
    """
    matrix = np.asarray(ratings, dtype=float)
    method = f"mean pairwise κ ({weights} weights; Light 1971), bootstrap over cases"
    readers, cases = matrix.shape
    if readers < 2 or cases < 2:
        return not_estimable("fewer than two readers or two cases", method=method, n=readers)
    pairs = PairwiseKappa(matrix, weights=weights, categories=categories)
    value = float(pairs.mean(np.ones((1, cases)))[0])
    if np.isnan(value):
        return not_estimable("no pair of readers has an estimable κ", method=method, n=readers)
    rng = np.random.default_rng(seed)
    return by_bootstrap(value, pairs.mean(drawn_counts(cases, samples=samples, rng=rng)), method=method, n=readers)


class PairwiseKappa:
    """The κ of each pair of readers as a function of how often each case is counted.

    A pair's observed disagreement is linear in the counts, its expected disagreement needs the two readers' shares of
    each grade among the cases that both read: both are matrix products over the cases. Readers with the same gaps
    share these shares, so that complete readings cost readers × categories columns and no more.
    """

    def __init__(self, ratings: Floats, *, weights: str, categories: int = 5) -> None:
        hot = one_hot(ratings, categories=categories)
        readers, cases, _ = hot.shape
        self.first, self.second = np.triu_indices(readers, 1)
        self.cost = 1 - agreement_weights(categories, weights=weights)
        read = hot.sum(2)
        grade = hot.argmax(2)
        self.both = read[self.first] * read[self.second]  # [pairs, cases]
        self.several = self.both.sum(1) > 1
        self.disagreement = self.cost[grade[self.first], grade[self.second]] * self.both
        gaps, gap_of = np.unique(read, axis=0, return_inverse=True)
        self.gap_of = gap_of.ravel()
        self.complete = len(gaps) == 1
        # grades of each reader among the cases that a reader with such gaps has read too: counts, exact in 32 bits
        given = np.einsum("rnk,gn->ngrk", hot.astype(np.float32), gaps.astype(np.float32))
        self.given = np.ascontiguousarray(given).reshape(cases, -1)
        self.shape = (len(gaps), readers, categories)

    def mean(self, counts: Floats, *, readers: Floats | None = None) -> Floats:
        """Mean κ [b] for counts of cases [b, n] and, optionally, of readers [b, r]; NaN where no pair has one.

        A reader drawn twice is not compared with herself.
        """
        means = []
        for start in range(0, len(counts), SAMPLES_AT_ONCE):
            kappas = self.kappas(counts[start : start + SAMPLES_AT_ONCE])
            weight = np.isfinite(kappas).astype(float)
            if readers is not None:
                drawn = readers[start : start + SAMPLES_AT_ONCE]
                weight *= drawn[:, self.first] * drawn[:, self.second]
            with np.errstate(invalid="ignore"):
                means.append((np.nan_to_num(kappas) * weight).sum(1) / weight.sum(1))
        return np.concatenate(means)

    def kappas(self, counts: Floats) -> Floats:
        """κ [b, pairs] for counts of cases [b, n]; NaN where chance agreement is complete or one case shared."""
        observed = counts @ self.disagreement.T
        shared = counts @ self.both.T
        given = (counts.astype(np.float32) @ self.given).astype(float).reshape(len(counts), *self.shape)
        if self.complete:
            by_chance = (given[:, 0] @ self.cost @ given[:, 0].transpose(0, 2, 1))[:, self.first, self.second]
        else:
            one = given[:, self.gap_of[self.second], self.first] @ self.cost
            by_chance = (one * given[:, self.gap_of[self.first], self.second]).sum(2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.several & (by_chance > 1e-12 * shared**2), 1 - observed * shared / by_chance, np.nan)
