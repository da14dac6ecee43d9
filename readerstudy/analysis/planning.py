"""How much a study of so many readers and cases will show: interval width and power, by formula.

The study is planned for the analysis that the report makes: Obuchowski–Rockette, one modality, readers and cases both
random. With r readers, MS(R) the expected variance of the readers' figures and Cov₂ the expected covariance of two
readers' figures on the same cases,

    SE² = [MS(R) + r·Cov₂] / r,   df = (r − 1)·[(MS(R) + r·Cov₂) / MS(R)]²

(Obuchowski & Rockette 1995, doi 10.1080/03610919508813243; Hillis 2007, doi 10.1002/sim.2532; Hillis, Obuchowski &
Berbaum 2011, Academic Radiology 18:129–142, for planning with it). For an accuracy MS(R) = σ²_R + σ²_RC/N and Cov₂ =
σ²_C/N, so SE² = σ²_R/r + σ²_C/N + σ²_RC/(rN).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import integrate, special, stats

from readerstudy.analysis.estimate import LEVEL
from readerstudy.analysis.obuchowski_rockette import error_and_freedom

ALPHA = 1 - LEVEL  # two-sided for a difference; each side of an equivalence test, whose interval is then one of 90 %
CHANCE = 0.5
MOST = 5000  # readers or cases: beyond what anybody could plan
NODES = 200  # of the Gauss–Legendre rule over the estimated error: more change nothing in the eighth decimal


class Scatter(Protocol):
    """What a plan must know of readers and cases: `variance_components.Components` or `RatingComponents`."""

    def expected(self, cases: int) -> tuple[float, float]:
        """MS(R) and Cov₂ of a study of so many cases."""
        ...


@dataclass(frozen=True)
class Forecast:
    """What r readers on N cases will show. half_width: expected, of the 95 % interval, and the powers: 0–1.

    outcomes: how many primary ones the powers are for.
    """

    readers: int
    cases: int
    error: float
    freedom: float
    half_width: float
    difference: float
    equivalence: float
    outcomes: int


def forecast(scatter: Scatter, *, readers: int, cases: int, truth: float, margin: float, outcomes: int = 1) -> Forecast:
    """Expected interval and power of a study in which the true figure is `truth` and chance is one half.

    difference: the chance that a two-sided test at 5 % finds the figure different from one half (a false alarm where
    truth is one half). equivalence: the chance that the 90 % interval lies within one half ± margin. Of several primary
    `outcomes` both are tested at 5 % over their number, the first step of Holm's adjustment: the least they can be.
    """
    alpha = ALPHA / outcomes
    error, freedom = standard_error(scatter, readers=readers, cases=cases)
    away = truth - CHANCE
    return Forecast(
        readers,
        cases,
        error,
        freedom,
        half_width=float(stats.t.ppf(1 - ALPHA / 2, freedom)) * error * _mean_of_error(freedom),
        difference=power_of_difference(away, error=error, freedom=freedom, alpha=alpha),
        equivalence=power_of_equivalence(away, margin=margin, error=error, freedom=freedom, alpha=alpha),
        outcomes=outcomes,
    )


def standard_error(scatter: Scatter, *, readers: int, cases: int) -> tuple[float, float]:
    """Standard error of the pooled figure and its degrees of freedom (Hillis 2007), at most a million."""
    error, freedom = error_and_freedom(*scatter.expected(cases), readers=readers)
    return float(error), min(float(freedom), 1e6)  # beyond, t is normal and chi has no room for its digits


def power_of_difference(away: float, *, error: float, freedom: float, alpha: float = ALPHA) -> float:
    """Power of the two-sided t test when the truth lies `away` from the null.

    The noncentral t distribution with away / error, as the mean over the estimated error (see `_mean_over_errors`) of
    the chance that the estimate falls beyond t·error·S: programs of that distribution fail far from 0.
    """
    critical = float(stats.t.ppf(1 - alpha / 2, freedom))
    shift = abs(away) / error

    def chance(s: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(stats.norm.cdf(shift - critical * s) + stats.norm.cdf(-shift - critical * s))

    return _mean_over_errors(chance, freedom=freedom)


def power_of_equivalence(away: float, *, margin: float, error: float, freedom: float, alpha: float = ALPHA) -> float:
    """Power of the two one-sided t tests for a figure within ± margin, when the truth lies `away` from the middle.

    The mean over the estimated error of the chance that the estimate falls between −margin + t·error·S and
    margin − t·error·S (Schuirmann 1987, doi 10.1007/BF01068419; Phillips 1990, doi 10.1007/BF01063556).
    """
    critical = float(stats.t.ppf(1 - alpha, freedom))

    def chance(s: NDArray[np.float64]) -> NDArray[np.float64]:
        reach = margin - critical * error * s
        inside = stats.norm.cdf((reach - away) / error) - stats.norm.cdf((-reach - away) / error)
        return np.asarray(inside)

    # an estimate beyond this error passes neither test
    return _mean_over_errors(chance, freedom=freedom, largest=margin / (critical * error))


def _mean_over_errors(
    chance: Callable[[NDArray[np.float64]], NDArray[np.float64]], *, freedom: float, largest: float = math.inf
) -> float:
    """The mean of a chance over S up to the largest: an estimated standard error is error·S, df·S² chi-square."""
    scale = stats.chi(freedom, scale=1 / math.sqrt(freedom))
    low, high = (float(scale.ppf(q)) for q in (1e-12, 1 - 1e-12))
    if largest <= low:
        return 0.0

    def weighted(s: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(chance(s) * scale.pdf(s))

    return float(np.clip(integrate.fixed_quad(weighted, low, min(largest, high), n=NODES)[0], 0, 1))


def _mean_of_error(freedom: float) -> float:
    """The mean of an estimated standard error in units of the true one: E√(χ²_df / df)."""
    return math.sqrt(2 / freedom) * math.exp(special.gammaln((freedom + 1) / 2) - special.gammaln(freedom / 2))


def fewest_cases(
    scatter: Scatter, *, readers: int, wanted: Callable[[Forecast], float], target: float, **question: Any
) -> int | None:
    """The smallest even number of cases at which the wanted power reaches the target; None: no number below 5,000.

    question: truth, margin and outcomes, see `forecast`.
    """
    return _fewest(
        lambda half: wanted(forecast(scatter, readers=readers, cases=2 * half, **question)) >= target,
        first=2,
        last=MOST // 2,
        times=2,
    )


def fewest_readers(
    scatter: Scatter, *, cases: int, wanted: Callable[[Forecast], float], target: float, **question: Any
) -> int | None:
    """The smallest number of readers at which the wanted power reaches the target; None: no number below 5,000.

    question: truth, margin and outcomes, see `forecast`.
    """
    return _fewest(
        lambda number: wanted(forecast(scatter, readers=number, cases=cases, **question)) >= target,
        first=2,
        last=MOST,
    )


def _fewest(enough: Callable[[int], bool], *, first: int, last: int, times: int = 1) -> int | None:
    """`times` the smallest number from first to last that is enough; None if none is.

    More are taken never to be less, which holds for powers that anybody plans for (not for some below 5 %).
    """
    if not enough(last):
        return None
    while first < last:
        middle = (first + last) // 2
        if enough(middle):
            last = middle
        else:
            first = middle + 1
    return first * times
