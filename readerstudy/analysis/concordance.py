"""Kendall's W: do the readers put the cases in the same order?"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import by_jackknife, without_each
from readerstudy.analysis.readings import one_hot

Floats = NDArray[np.float64]


def kendall_w(ratings: ArrayLike, *, categories: int = 5) -> Estimate:
    """Kendall's coefficient of concordance of grades [readers, cases], corrected for ties: 0 none, 1 the same order.

    W = 12 S / (m² (n³ − n) − m Σ T) with S the sum of squares of the rank sums and T = Σ (t³ − t) of each reader's ties
    (Kendall & Babington Smith 1939, doi 10.1214/aoms/1177732186; Siegel & Castellan 1988). Interval by
    jackknife over cases. Cases that not every reader read (NaN) are left out. Not estimable when a reader gave all
    cases one grade: then he has put them in no order.
    """
    method = "Kendall’s W with ties, jackknife over cases"
    matrix = np.asarray(ratings, dtype=float)
    matrix = matrix[:, ~np.isnan(matrix).any(0)]
    m, n = matrix.shape
    if m < 2 or n < 3:
        return not_estimable("fewer than two readers or three cases that all of them read", method=method, n=n)
    hot = one_hot(matrix, categories=categories)
    value = float(_concordance(hot, np.ones((1, n)))[0])
    if math.isnan(value):
        return not_estimable("a reader gave every case the same grade", method=method, n=n)
    return by_jackknife(value, _concordance(hot, without_each(n)), method=method, lowest=0)


def _concordance(hot: Floats, counts: Floats) -> Floats:
    """W [b] for grades [m, n, k] with each case counted `counts` [b, n] times (counted twice: tied with itself)."""
    m, n, k = hot.shape
    flat = hot.transpose(1, 0, 2).reshape(n, m * k)
    given = (counts @ flat).reshape(len(counts), m, k)
    middle = np.cumsum(given, axis=2) - (given - 1) / 2  # the rank that all cases of one grade share
    sums = middle.reshape(len(counts), m * k) @ flat.T
    total = counts.sum(1)
    spread = (counts * (sums - (m * (total + 1) / 2)[:, None]) ** 2).sum(1)
    ties = (given**3 - given).sum(2)
    whole = (total**3 - total)[:, None]
    most = m**2 * whole[:, 0] - m * ties.sum(1)
    ordered = (ties < whole - 1e-9).all(1)
    return np.where(ordered, 12 * spread / np.where(ordered, most, 1), np.nan)
