"""Bland–Altman: by how much do two continuous scores of the same cases differ?"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.intervals import by_error

Z = float(stats.norm.ppf((1 + LEVEL) / 2))


@dataclass(frozen=True)
class LimitsOfAgreement:
    """bias: mean of second − first; between lower and upper lie 95 % of such differences; spread: their deviation."""

    bias: Estimate
    lower: Estimate
    upper: Estimate
    spread: float | None


def limits_of_agreement(first: ArrayLike, second: ArrayLike) -> LimitsOfAgreement:
    """Bias and 95 % limits of agreement of two scores of the same n cases, each with its interval.

    Limits: bias ± 1.96 s; standard errors s / √n of the bias and s · √(1/n + 1.96² / (2 (n − 1))) of a limit, with
    the t distribution (Bland & Altman 1986, doi 10.1016/S0140-6736(86)90837-8; 1999, doi
    10.1177/096228029900800204). Pairs with a missing score (NaN) are left out. Takes the pairs for independent: one
    pair a case. The bias is not tested: where a score is the mean of some readers, the test would be of these alone.
    """
    difference = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    difference = difference[~np.isnan(difference)]
    n = difference.size
    method = "Bland & Altman (1999), t interval"
    if n < 3:
        none = not_estimable("fewer than three cases have both scores", method=method, n=n)
        return LimitsOfAgreement(none, none, none, None)
    bias, spread = float(difference.mean()), float(difference.std(ddof=1))
    of_limit = spread * math.sqrt(1 / n + Z**2 / (2 * (n - 1)))

    def estimate(value: float, error: float) -> Estimate:
        return by_error(value, error, method=method, n=n, freedom=n - 1, lowest=-math.inf, highest=math.inf)

    return LimitsOfAgreement(
        bias=estimate(bias, spread / math.sqrt(n)),
        lower=estimate(bias - Z * spread, of_limit),
        upper=estimate(bias + Z * spread, of_limit),
        spread=spread,
    )
