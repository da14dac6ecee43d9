"""Agreement of several readers with missing readings: Fleiss' κ, Gwet's AC1 and AC2, plain agreement of pairs.

All three are (p_a − p_e) / (1 − p_e) with the same p_a, the weighted agreement of two readings of one case averaged
over the cases, and differ in p_e. Variances for a sample of cases: Gwet (2014), Handbook
of Inter-Rater Reliability, ch. 5.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.agreement import agreement_weights
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import by_error
from readerstudy.analysis.readings import one_hot

Floats = NDArray[np.float64]


def fleiss_kappa(ratings: ArrayLike, *, weights: str = "none", categories: int = 5) -> Estimate:
    """Fleiss' κ (1971, doi 10.1037/h0031619), ratings [readers, cases], NaN where missing.

    Chance agreement of two readings drawn from all: Σ_kl w_kl π_k π_l. With missing ratings and weights in Gwet's
    generalised form, with his variance and the t distribution.
    """
    suffix = "" if weights == "none" else f", {weights} weights"
    method = f"Fleiss’ κ{suffix}, interval for new cases (Gwet 2014)"
    counts = _grades_given(ratings, categories)
    w = agreement_weights(categories, weights=weights)
    prevalence, shares = _prevalence(counts)
    expected = w @ prevalence
    return _corrected(counts, w, float(prevalence @ expected), shares @ expected, method=method)


def gwet_ac(ratings: ArrayLike, *, weights: str = "quadratic", categories: int = 5) -> Estimate:
    """Gwet's AC1 (weights `none`) or AC2 (`linear`, `quadratic`, `ordinal`).

    ratings [readers, cases], NaN where missing. Chance agreement is
    Σ_kl w_kl / (q (q − 1)) · Σ_k π_k (1 − π_k) over the q categories of the scale: it stays low when
    nearly all cases have one grade, where κ collapses (Gwet 2008, doi 10.1348/000711006X126600).
    """
    name = "AC1" if weights == "none" else f"AC2, {weights} weights"
    counts = _grades_given(ratings, categories)
    w = agreement_weights(categories, weights=weights)
    prevalence, shares = _prevalence(counts)
    scale = w.sum() / (categories * (categories - 1))
    by_chance = float(scale * (prevalence * (1 - prevalence)).sum())
    method = f"Gwet’s {name}, interval for new cases (Gwet 2014)"
    return _corrected(counts, w, by_chance, scale * (shares @ (1 - prevalence)), method=method)


def pairwise_agreement(ratings: ArrayLike, *, within: int = 0, categories: int = 5) -> Estimate:
    """Share of pairs of readings of one case that differ by at most `within` grades, averaged over cases."""
    counts = _grades_given(ratings, categories)
    w = (np.abs(np.subtract.outer(np.arange(categories), np.arange(categories))) <= within).astype(float)
    method = "agreement of pairs of readers, interval for new cases (Gwet 2014)"
    return _corrected(counts, w, 0.0, np.zeros(len(counts)), method=method)


def _grades_given(ratings: ArrayLike, categories: int) -> Floats:
    """How many readers gave each case each grade [cases, categories]; cases that nobody read are left out."""
    counts = one_hot(np.asarray(ratings, dtype=float), categories=categories).sum(0)
    return np.asarray(counts[counts.sum(1) > 0])


def _prevalence(counts: Floats) -> tuple[Floats, Floats]:
    shares = counts / counts.sum(1, keepdims=True)
    return shares.mean(0) if len(shares) else np.zeros(counts.shape[1]), shares


def _corrected(counts: Floats, w: Floats, by_chance: float, chance_of_case: Floats, *, method: str) -> Estimate:
    raters = counts.sum(1)
    several = raters > 1
    n = len(counts)
    if n < 2 or several.sum() < 2:
        return not_estimable("fewer than two cases were rated by two readers", method=method, n=n)
    if 1 - by_chance < 1e-12:
        return not_estimable("every rating is the same grade", method=method, n=n)
    agreed = (counts * (counts @ w - 1)).sum(1) / np.where(several, raters * (raters - 1), 1)
    value = float((agreed[several].mean() - by_chance) / (1 - by_chance))
    each = np.where(several, n / several.sum() * (agreed - by_chance) / (1 - by_chance), 0)
    each = each - 2 * (1 - value) * (chance_of_case - by_chance) / (1 - by_chance)
    error = math.sqrt(((each - value) ** 2).sum() / (n * (n - 1)))
    lowest = 0 if by_chance == 0 else -1
    return by_error(value, error, method=method, n=n, freedom=n - 1, lowest=lowest)
