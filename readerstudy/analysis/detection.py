"""Telling real from synthetic: the 2 × 2 table and its proportions. Synthetic is the positive class."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable

EXACT = "proportion, exact interval (Clopper & Pearson 1934)"
WILSON = "proportion, score interval (Wilson 1927)"


@dataclass(frozen=True)
class Confusion:
    """Counts of readings. Sensitivity: share of synthetic called synthetic; specificity: of real, real."""

    synthetic_called_synthetic: int
    synthetic_called_real: int
    real_called_synthetic: int
    real_called_real: int


def confusion(called: ArrayLike, synthetic: ArrayLike) -> Confusion:
    """called: 1 for “synthetic”, 0 for “real”, NaN for no reading; synthetic: the truth, both of any one shape."""
    call, truth = np.asarray(called, dtype=float).ravel(), np.asarray(synthetic, dtype=bool).ravel()
    count = lambda said, true: int(((call == said) & (truth == true)).sum())  # noqa: E731
    return Confusion(count(1, True), count(0, True), count(1, False), count(0, False))


def proportion(hits: int, n: int, *, null: float | None = 0.5) -> Estimate:
    """hits / n with the Clopper–Pearson interval and the exact two-sided binomial test against null, if it has one."""
    if n == 0:
        return not_estimable("there is no such reading", method=EXACT)
    result = stats.binomtest(hits, n, 0.5 if null is None else null)
    interval = result.proportion_ci(LEVEL, method="exact")
    return Estimate(result.statistic, interval.low, interval.high, EXACT, n, None if null is None else result.pvalue)


def by_wilson(exact: Estimate) -> Estimate:
    """The same proportion with the score interval of Wilson (1927, doi 10.1080/01621459.1927.10502953).

    It is narrower than the exact one and holds 95 % on average, where the exact one holds at least that.
    """
    if exact.value is None:
        return replace(exact, method=WILSON)
    interval = stats.binomtest(round(exact.value * exact.n), exact.n).proportion_ci(LEVEL, method="wilson")
    return Estimate(exact.value, float(interval.low), float(interval.high), WILSON, exact.n)


def accuracy(table: Confusion) -> Estimate:
    """Tested against one half where as many synthetic as real images were read: else a guess may have any accuracy."""
    return proportion(*_right(table), null=0.5 if _as_many_of_each(table) else None)


def _right(table: Confusion) -> tuple[int, int]:
    """How many calls are right, and how many there are."""
    hits = table.synthetic_called_synthetic + table.real_called_real
    return hits, hits + table.synthetic_called_real + table.real_called_synthetic


def _as_many_of_each(table: Confusion) -> bool:
    synthetic = table.synthetic_called_synthetic + table.synthetic_called_real
    return synthetic == table.real_called_real + table.real_called_synthetic


def p_of_guessing(table: Confusion, *, margin: float) -> float | None:
    """p value of the claim that the accuracy lies within ± margin of one half; None where a guess may have another
    accuracy, not as many real as synthetic images having been read, or none.

    Two exact one-sided binomial tests, of which the larger p counts (Schuirmann 1987, doi 10.1007/BF01068419): below
    0.05 where the exact 90 % interval lies within the margin. Raises ValueError unless 0 < margin < 0.5.
    """
    if not 0 < margin < 0.5:
        raise ValueError("the margin must lie between 0 and 0.5")
    hits, n = _right(table)
    if not n or not _as_many_of_each(table):
        return None
    return float(max(stats.binom.sf(hits - 1, n, 0.5 - margin), stats.binom.cdf(hits, n, 0.5 + margin)))


def sensitivity(table: Confusion) -> Estimate:
    """No null: of a reader who guesses it is the share of images that they call synthetic."""
    hits = table.synthetic_called_synthetic
    return proportion(hits, hits + table.synthetic_called_real, null=None)


def specificity(table: Confusion) -> Estimate:
    hits = table.real_called_real
    return proportion(hits, hits + table.real_called_synthetic, null=None)
