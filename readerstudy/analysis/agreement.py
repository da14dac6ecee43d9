"""Agreement of two sets of grades: Cohen's κ and its weights, and the share of equal grades."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.readings import one_hot

Z = float(stats.norm.ppf((1 + LEVEL) / 2))


def agreement_weights(categories: int, *, weights: str) -> NDArray[np.float64]:
    """Agreement weights [k, k], 1 on the diagonal: `none`, `linear`, `quadratic`, `ordinal`.

    Cohen 1968, doi 10.1037/h0026256; ordinal: 1 − C(d + 1, 2) / C(k, 2) at a distance of d grades (Gwet, Handbook of
    Inter-Rater Reliability, 2014), which is not Krippendorff's ordinal metric.
    """
    distance = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories))) / max(categories - 1, 1)
    if weights == "none":
        return (distance == 0).astype(float)
    if weights == "linear":
        return 1 - distance
    if weights == "quadratic":
        return 1 - distance**2
    if weights == "ordinal":
        steps = distance * (categories - 1)
        return 1 - steps * (steps + 1) / max(categories * (categories - 1), 1)
    raise ValueError(f"weights are none, linear, quadratic or ordinal, not {weights!r}")


def kappa_of_tables(tables: NDArray[np.float64], *, weights: str) -> NDArray[np.float64]:
    """Cohen's weighted κ of each table of counts [..., k, k]; NaN where chance agreement is complete or it is empty."""
    w = agreement_weights(tables.shape[-1], weights=weights)
    total = tables.sum((-1, -2), keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = tables / total
        expected = p.sum(-1, keepdims=True) * p.sum(-2, keepdims=True)
        disagreement, by_chance = ((1 - w) * p).sum((-1, -2)), ((1 - w) * expected).sum((-1, -2))
        return np.where(by_chance > 1e-12, 1 - disagreement / by_chance, np.nan)


def cohen_kappa(first: ArrayLike, second: ArrayLike, *, weights: str = "quadratic", categories: int = 5) -> Estimate:
    """Cohen's κ of two sets of ratings 0 … categories − 1 of the same n cases, with its asymptotic interval.

    κ_w = (p_o − p_e) / (1 − p_e), large-sample standard error of Fleiss, Cohen & Everitt (1969,
    doi 10.1037/h0028106). The categories are given, not observed: a grade nobody used still belongs to the scale. Pairs
    with a missing rating (NaN) are left out.

    >>> round(cohen_kappa([0, 1, 2, 3, 4], [0, 1, 2, 3, 3]).value, 3)
    0.944
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    table = one_hot(a, categories=categories).T @ one_hot(b, categories=categories)
    return kappa_of_table(table, weights=weights)


def kappa_of_table(table: ArrayLike, *, weights: str = "quadratic") -> Estimate:
    """Cohen's κ from a table of counts or proportions × n [k, k]; see `cohen_kappa`."""
    counts = np.asarray(table, dtype=float)
    n = counts.sum()
    method = f"Cohen’s κ, {weights} weights, asymptotic interval (Fleiss, Cohen & Everitt 1969)"
    if n < 2:
        return not_estimable("fewer than two cases were rated by both", method=method, n=int(n))
    kappa, error = kappa_with_error(counts, weights=weights)
    if math.isnan(kappa):
        return not_estimable("every case was given the same single grade by both", method=method, n=round(n))
    if not error:
        reason = "the asymptotic interval has no width: the two always agree, or one of them always said the same"
        return Estimate(kappa, method=method, n=round(n), reason=reason)
    return Estimate(kappa, max(kappa - Z * error, -1), min(kappa + Z * error, 1), method, round(n))


def kappa_with_error(table: ArrayLike, *, weights: str) -> tuple[float, float]:
    """κ of a table of counts [k, k] and its asymptotic standard error; NaN where only one grade occurs."""
    counts = np.asarray(table, dtype=float)
    n = counts.sum()
    w = agreement_weights(len(counts), weights=weights)
    p = counts / n
    rows, columns = p.sum(1), p.sum(0)
    observed, expected = (w * p).sum(), (w * np.outer(rows, columns)).sum()
    if 1 - expected < 1e-12:
        return math.nan, math.nan
    kappa = (observed - expected) / (1 - expected)
    row_weight, column_weight = w @ columns, w.T @ rows
    terms = w - (row_weight[:, None] + column_weight[None, :]) * (1 - kappa)
    variance = ((p * terms**2).sum() - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    return float(kappa), math.sqrt(variance) if variance > 1e-12 else 0.0  # less is rounding


def percent_agreement(first: ArrayLike, second: ArrayLike, *, within: int = 0) -> Estimate:
    """Share of cases on which two ratings differ by at most `within`, with the Clopper–Pearson interval."""
    difference = np.abs(np.asarray(first, dtype=float) - np.asarray(second, dtype=float))
    difference = difference[~np.isnan(difference)]
    method = "proportion, exact interval (Clopper & Pearson 1934)"
    if not difference.size:
        return not_estimable("no case was rated by both", method=method)
    result = stats.binomtest(int((difference <= within).sum()), difference.size)
    interval = result.proportion_ci(LEVEL, method="exact")
    return Estimate(result.statistic, interval.low, interval.high, method, difference.size)


def pairwise_tables(
    ratings: NDArray[np.float64], counts: NDArray[np.float64], *, categories: int = 5
) -> NDArray[np.float64]:
    """Tables [r, r, k, k] of every pair of readers; ratings [r, n], each case counted `counts` [n] times."""
    hot = one_hot(ratings, categories=categories)
    readers, cases, k = hot.shape
    flat = hot.transpose(1, 0, 2).reshape(cases, readers * k)
    gram = flat.T @ (flat * counts[:, None])
    return gram.reshape(readers, k, readers, k).transpose(0, 2, 1, 3)
