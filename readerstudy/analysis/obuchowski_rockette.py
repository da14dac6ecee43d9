"""Pooled figures for new readers and new cases: the Obuchowski–Rockette model with Hillis' degrees of freedom.

`pool_readers` takes the readers' figures (accuracy, sensitivity, AUC … of `reader_figures`, or the differences of
`reader_contrasts`) and treats readers and cases both as samples.
"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.intervals import by_error, by_fisher_error, by_logit_error
from readerstudy.analysis.reader_figures import FISHER, LOGIT, Floats, ReaderFigures, proportion_correct

METHOD = "Obuchowski–Rockette, one modality, random readers and cases (Hillis 2007)"
INTERVALS = {LOGIT: by_logit_error, FISHER: by_fisher_error}  # by the scale they are symmetric on
ROUNDING = 1e-15  # a variance below this is nothing


@dataclass(frozen=True)
class StandardError:
    """Standard error of a figure and the degrees of freedom of its t distribution."""

    error: float
    freedom: float


@dataclass(frozen=True)
class OneModality:
    """Where the scatter of the readers' mean comes from.

    mean_square: MS(R), the variance of the readers' figures. error_variance: of one reader's figure over samples of
    cases. covariance: Cov₂, of two readers' figures over the same cases, as estimated (it may be negative);
    covariance_error: the variance of that estimate, 0 where it counts as known. reader:
    MS(R) − error_variance + max(Cov₂, 0), the variance of the readers' true figures, at least 0.
    """

    mean_square: float
    error_variance: float
    covariance: float
    covariance_error: float = 0.0

    @property
    def reader(self) -> float:
        return max(self.mean_square - self.error_variance + max(self.covariance, 0.0), 0.0)


@dataclass(frozen=True)
class Equivalence:
    """Two one-sided t tests: the figure lies within `margin` of the null where p_value < 0.05.

    low and high: the 90 % interval, which then lies within the margin (Schuirmann 1987, doi 10.1007/BF01068419).
    """

    margin: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class PooledFigure:
    """The readers' mean with its 95 % interval, and what it was computed from; None where that does not exist.

    t: of the test against `null`, whose p value is the estimate's; None where the figure has no null.
    """

    estimate: Estimate
    null: float | None
    components: OneModality | None = None
    standard_error: StandardError | None = None
    t: float | None = None

    def equivalence(self, margin: float) -> Equivalence | None:
        """Is the figure within ± margin of the null? None where it has no null or no standard error.

        Raises ValueError for a margin that is not positive.
        """
        if not margin > 0:
            raise ValueError("the margin must be above 0")
        if self.standard_error is None or self.estimate.value is None or self.null is None:
            return None
        error, freedom = self.standard_error.error, self.standard_error.freedom
        away = self.estimate.value - self.null
        p_value = float(stats.t.sf((margin - abs(away)) / error, freedom))
        reach = float(stats.t.ppf(LEVEL, freedom)) * error
        low, high = self.estimate.value - reach, self.estimate.value + reach
        if self.estimate.low is not None and self.estimate.high is not None:  # which ends where the scale does
            low, high = max(low, self.estimate.low), min(high, self.estimate.high)
        return Equivalence(margin, low, high, p_value)


def pool_readers(figures: ReaderFigures, *, null: float | None = None) -> PooledFigure:
    """The mean of the readers' figures, for new readers and new cases.

    With r readers, MS(R) the variance of their figures and Cov₂ the mean covariance of two readers' figures:

        SE² = [MS(R) + r·max(Cov₂, 0)] / r,   df = (r − 1)·[(MS(R) + r·max(Cov₂, 0)) / MS(R)]²

    (Hillis 2007, doi 10.1002/sim.2532; Obuchowski & Rockette 1995, doi 10.1080/03610919508813243). The p value tests
    against `null`, the figure's own value of guessing where none is given; where there is neither, there is no test.
    The interval is on the scale of the figures (`ReaderFigures.scale`), with SE by the delta method. The test is not:
    far from the null the logit's error outgrows its distance (Hauck & Donner 1977, doi 10.2307/2286473).
    """
    readers = figures.rows.size
    null = figures.null if null is None else null
    if figures.reason:
        return PooledFigure(not_estimable(figures.reason, method=METHOD, n=readers), null)
    value = float(figures.values.mean())
    components = one_modality(figures)
    uncertainty = standard_error(components, readers=readers)
    if uncertainty is None:
        reason = _why_no_scatter(figures)
        return PooledFigure(Estimate(value, method=METHOD, n=readers, reason=reason), null, components)
    pooled = figure_of(value, uncertainty, method=METHOD, n=readers, scale=(figures.low, figures.high), null=null)
    if figures.scale in INTERVALS:
        error, freedom, method = uncertainty.error, uncertainty.freedom, f"{METHOD}, {figures.scale}"
        estimate = INTERVALS[figures.scale](value, error, method=method, n=readers, freedom=freedom)
        pooled = replace(pooled, estimate=replace(estimate, p_value=pooled.estimate.p_value))
    return replace(pooled, components=components)


def figure_of(
    value: float, uncertainty: StandardError, *, method: str, n: int, scale: tuple[float, float], null: float | None
) -> PooledFigure:
    """value ± t · standard error, cut to its scale, with the t test against `null` if there is one."""
    estimate = by_error(
        value,
        uncertainty.error,
        method=method,
        n=n,
        freedom=uncertainty.freedom,
        lowest=scale[0],
        highest=scale[1],
        null=null,
    )
    t = None if null is None else (value - null) / uncertainty.error
    return PooledFigure(estimate, null, standard_error=uncertainty, t=t)


def pooled_proportion(correct: ArrayLike, *, null: float = 0.5) -> Estimate:
    """The readers' mean proportion of correct readings: correct [readers, cases] of 1.0 and 0.0, see `pool_readers`.

    Readers with a missing reading (NaN) are left out, since the model needs a crossed design.
    """
    return pool_readers(proportion_correct(correct), null=null).estimate


def one_modality(figures: ReaderFigures) -> OneModality:
    """MS(R), the error variance and Cov₂ of at least two readers' figures."""
    return OneModality(
        float(figures.values.var(ddof=1)),
        float(figures.covariance.diagonal().mean()),
        mean_between(figures.covariance),
        figures.covariance_error,
    )


def standard_error(components: OneModality, *, readers: int) -> StandardError | None:
    """Standard error and degrees of freedom of the readers' mean; None where nothing scatters.

    Hillis' degrees of freedom take Cov₂ for known. Where its own error is given they are Satterthwaite's:
    SE⁴ / [MS(R)²/(r²(r − 1)) + Var(Cov₂)/2], which are fewer, but at least one. Also where Cov₂ is not above 0 and adds
    nothing to SE²: its error is there all the same, and intervals do not narrow at once where the estimate reaches 0.
    """
    error, freedom = error_and_freedom(components.mean_square, components.covariance, readers=readers)
    if error**2 * readers <= ROUNDING:
        return None
    if components.covariance_error > 0:
        parts = components.mean_square**2 / (readers**2 * (readers - 1)) + components.covariance_error / 2
        freedom = np.minimum(np.maximum(error**4 / parts, 1.0), freedom)
    return StandardError(float(error), float(freedom))


def error_and_freedom(mean_square: ArrayLike, covariance: ArrayLike, *, readers: int) -> tuple[Floats, Floats]:
    """SE and Hillis' degrees of freedom from MS(R) and Cov₂: of one study, or [studies] of many; see `pool_readers`.

    Infinite freedom where the readers' figures are equal.
    """
    square = np.asarray(mean_square, dtype=float)
    total = square + readers * np.maximum(covariance, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(square <= ROUNDING, math.inf, (readers - 1) * (total / square) ** 2)
    return np.sqrt(total / readers), freedom


def mean_between(covariance: Floats) -> float:
    """Mean covariance of two different readers: of a matrix [r, r] without its diagonal."""
    readers = len(covariance)
    return float((covariance.sum() - np.trace(covariance)) / (readers * (readers - 1)))


def _why_no_scatter(figures: ReaderFigures) -> str:
    if figures.covariance.diagonal().max() <= ROUNDING:
        return "the figure of every reader is the same whatever the cases: no variance to judge by"
    return (
        "the readers’ figures are equal and their errors fall on different cases (covariance not above 0): "
        "no variance to judge by"
    )
