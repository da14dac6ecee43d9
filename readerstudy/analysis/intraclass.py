"""Intraclass correlation: how much of the variance of the grades lies between cases."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.intervals import NO_WIDTH

FORMS = {
    "1,1": "each case read by other readers, one reading",
    "2,1": "readers a sample, absolute agreement, one reading",
    "3,1": "these readers, consistency, one reading",
    "1,k": "each case read by other readers, mean of the readings",
    "2,k": "readers a sample, absolute agreement, mean of the readings",
    "3,k": "these readers, consistency, mean of the readings",
}
UPPER = (1 + LEVEL) / 2


@dataclass(frozen=True)
class MeanSquares:
    """Of a crossed table of n cases × k readers: between cases, between readers, within cases, residual."""

    cases: float
    readers: float
    within: float
    residual: float
    n: int
    k: int


def mean_squares(ratings: ArrayLike) -> MeanSquares:
    """Two-way analysis of variance of ratings [readers, cases] without a gap."""
    table = np.asarray(ratings, dtype=float).T
    n, k = table.shape
    centred = table - table.mean()
    of_cases, of_readers = k * (centred.mean(1) ** 2).sum(), n * (centred.mean(0) ** 2).sum()
    total = (centred**2).sum()
    residual = ((centred - centred.mean(1, keepdims=True) - centred.mean(0)) ** 2).sum()
    return MeanSquares(
        cases=of_cases / (n - 1),
        readers=of_readers / (k - 1),
        within=(total - of_cases) / (n * (k - 1)),
        residual=residual / ((n - 1) * (k - 1)),
        n=n,
        k=k,
    )


def intraclass(ratings: ArrayLike, *, form: str = "2,1") -> Estimate:
    """Intraclass correlation of ratings [readers, cases] in one of the six `FORMS` of Shrout & Fleiss.

    Shrout & Fleiss 1979 (doi 10.1037/0033-2909.86.2.420); intervals of McGraw & Wong 1996 (doi
    10.1037/1082-989X.1.1.30), from F distributions.
    Cases with a missing reading (NaN) are left out, since the analysis of variance needs a crossed table.
    """
    if form not in FORMS:
        raise ValueError(f"form is one of {', '.join(FORMS)}, not {form!r}")
    method = f"ICC({form}): {FORMS[form]}; interval by McGraw & Wong (1996)"
    matrix = np.asarray(ratings, dtype=float)
    matrix = matrix[:, ~np.isnan(matrix).any(0)]
    if len(matrix) < 2 or matrix.shape[1] < 2:
        return not_estimable("fewer than two readers or two cases that all of them read", method=method)
    squares = mean_squares(matrix)
    n, k = squares.n, squares.k
    if squares.cases + squares.within < 1e-12:
        return not_estimable("every rating is the same", method=method, n=n)
    noise = squares.within if form[0] == "1" else squares.residual
    if noise < 1e-12 and (form[0] != "2" or squares.readers < 1e-12):
        return Estimate(1.0, method=method, n=n, reason=NO_WIDTH)
    value, low, high = _absolute(squares) if form[0] == "2" else _from_ratio(squares, form)
    if form[2] == "k":
        value, low, high = (_of_mean(one, k) for one in (value, low, high))
    if noise < 1e-12:
        return Estimate(value, method=method, n=n, reason="the readers differ by constants: the interval has no width")
    if not np.isfinite([low, high]).all():
        return Estimate(float(value), method=method, n=n, reason="too few cases for an interval")
    return Estimate(float(value), float(low), float(high), method, n)


def _from_ratio(squares: MeanSquares, form: str) -> tuple[float, float, float]:
    """ICC(1,1) or ICC(3,1): both hang on one ratio F of mean squares alone."""
    n, k = squares.n, squares.k
    noise, freedom = (squares.within, n * (k - 1)) if form[0] == "1" else (squares.residual, (n - 1) * (k - 1))
    ratio = squares.cases / noise
    lower, upper = ratio / stats.f.ppf(UPPER, n - 1, freedom), ratio * stats.f.ppf(UPPER, freedom, n - 1)
    value, low, high = ((one - 1) / (one + k - 1) for one in (ratio, lower, upper))
    return value, low, high


def _absolute(squares: MeanSquares) -> tuple[float, float, float]:
    """ICC(2,1), with the degrees of freedom of Satterthwaite for its interval."""
    n, k = squares.n, squares.k
    between, readers, residual = squares.cases, squares.readers, squares.residual
    value = (between - residual) / (between + (k - 1) * residual + k * (readers - residual) / n)
    a = k * value / (n * (1 - value))
    b = 1 + k * value * (n - 1) / (n * (1 - value))
    freedom = (a * readers + b * residual) ** 2 / (
        (a * readers) ** 2 / (k - 1) + (b * residual) ** 2 / ((n - 1) * (k - 1))
    )
    other = k * readers + (k * n - k - n) * residual
    f = stats.f.ppf(UPPER, n - 1, freedom)
    low = n * (between - f * residual) / (f * other + n * between)
    f = stats.f.ppf(UPPER, freedom, n - 1)
    high = n * (f * between - residual) / (other + n * f * between)
    return value, low, high


def _of_mean(one: float, k: int) -> float:
    """What the correlation of one reading becomes for the mean of k (Spearman & Brown)."""
    return one * k / (1 + one * (k - 1))
