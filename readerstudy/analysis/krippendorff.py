"""Krippendorff's α: one minus observed over expected disagreement, for any number of readers and missing readings."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import by_jackknife
from readerstudy.analysis.readings import one_hot

Floats = NDArray[np.float64]


def krippendorff_alpha(ratings: ArrayLike, *, metric: str = "ordinal", categories: int = 5) -> Estimate:
    """α of ratings [readers, cases], NaN where missing; metric `nominal`, `ordinal` or `interval`.

    From the coincidences of values within cases (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; Content
    Analysis, ch. 12). The ordinal metric counts the readings between two grades and so depends on how often each was
    given. The interval is the jackknife over the cases with two readings or more: for these readers and new cases.
    """
    method = f"Krippendorff’s α, {metric} metric, jackknife over cases"
    counts = one_hot(np.asarray(ratings, dtype=float), categories=categories).sum(0)
    counts = counts[counts.sum(1) > 1]
    n = len(counts)
    if n < 2:
        return not_estimable("fewer than two cases were rated by two readers", method=method, n=n)
    within = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(categories)
    within /= counts.sum(1)[:, None, None] - 1
    everything = within.sum(0)
    alphas = alpha_of(np.concatenate([everything[None], everything - within]), metric=metric)
    if math.isnan(alphas[0]):
        return not_estimable("every rating is the same grade", method=method, n=n)
    return by_jackknife(float(alphas[0]), alphas[1:], method=method)


def alpha_of(coincidences: Floats, *, metric: str) -> Floats:
    """α of each table of coincidences [b, k, k], as many as readings; NaN where only one grade occurs."""
    totals = coincidences.sum(2)
    n = totals.sum(1)
    distance = _squared_distances(totals, metric=metric)
    observed = (coincidences * distance).sum((1, 2))
    pairs = totals[:, :, None] * totals[:, None, :]
    expected = (pairs * distance).sum((1, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(expected > 1e-12, 1 - (n - 1) * observed / expected, np.nan)


def _squared_distances(totals: Floats, *, metric: str) -> Floats:
    """δ² [b or 1, k, k] between grades, given how often each occurs [b, k]."""
    k = totals.shape[1]
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k)))[None].astype(float)
    if metric == "nominal":
        return (apart > 0).astype(float)
    if metric == "interval":
        return apart**2
    if metric == "ordinal":
        middle = np.cumsum(totals, axis=1) - totals / 2  # of each grade, on the scale of ranks
        return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)
    raise ValueError(f"the metric is nominal, ordinal or interval, not {metric!r}")
