"""From a value and what is known of its uncertainty to an estimate with an interval, or the reason why it has none."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit, stdtr, stdtrit

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable

BOOTSTRAPS = 2000
SAMPLES_AT_ONCE = 500  # bootstrap samples worked on together: bounds the memory
NOTHING = 1e-9  # a standard error below this is rounding

NO_WIDTH = "the interval has no width: nothing varies in these readings"


def by_error(
    value: float,
    error: float,
    *,
    method: str,
    n: int,
    freedom: float = math.inf,
    lowest: float = -1,
    highest: float = 1,
    null: float | None = None,
) -> Estimate:
    """value ± t · error, t with `freedom` degrees (normal when infinite), cut to what is possible.

    Where `null` is given, the p value is that of the two-sided test against it. An error of nothing gives no interval.
    """
    if not math.isfinite(value):
        return not_estimable("it cannot be computed from these readings", method=method, n=n)
    if not error > NOTHING:
        return Estimate(float(value), method=method, n=n, reason=NO_WIDTH)
    reach = quantile_of_t(freedom) * error
    p_value = None if null is None else 2 * float(stdtr(freedom, -abs(value - null) / error))
    return Estimate(float(value), max(value - reach, lowest), min(value + reach, highest), method, n, p_value)


def quantile_of_t(freedom: float) -> float:
    """How many standard errors an interval reaches; normal where the degrees of freedom are infinite."""
    return float(stdtrit(freedom, (1 + LEVEL) / 2))  # what scipy.stats.t.ppf calls in the end, tenfold faster


def by_logit_error(value: float, error: float, *, method: str, n: int, freedom: float = math.inf) -> Estimate:
    """A proportion whose interval is symmetric on the logit scale, so that it stays between 0 and 1 (delta method)."""
    plain = by_error(value, error, method=method, n=n, freedom=freedom)
    if plain.low is None or not 0 < value < 1:
        return Estimate(plain.value, method=method, n=n, reason=plain.reason or NO_WIDTH)
    place, reach = float(logit(value)), quantile_of_t(freedom) * error / (value * (1 - value))
    return Estimate(plain.value, float(expit(place - reach)), float(expit(place + reach)), method, n)


def by_fisher_error(value: float, error: float, *, method: str, n: int, freedom: float = math.inf) -> Estimate:
    """A coefficient between −1 and 1 whose interval is symmetric on the scale of Fisher's z = artanh (delta method)."""
    plain = by_error(value, error, method=method, n=n, freedom=freedom)
    if plain.low is None or not -1 < value < 1:
        return Estimate(plain.value, method=method, n=n, reason=plain.reason or NO_WIDTH)
    reach = quantile_of_t(freedom) * error / (1 - value**2)
    low, high = (math.tanh(math.atanh(value) + sign * reach) for sign in (-1, 1))
    return Estimate(plain.value, low, high, method, n)


def by_jackknife(
    value: float, left_out: ArrayLike, *, method: str, n: int | None = None, lowest: float = -1, highest: float = 1
) -> Estimate:
    """value ± t(m − 1) · jackknife error; left_out [m]: the statistic without each of the m units in turn.

    Efron & Stein 1981 (doi 10.1214/aos/1176345462). Without an interval where the statistic does not exist once
    some unit is left out.
    """
    without = np.asarray(left_out, dtype=float)
    m = without.size
    count = m if n is None else n
    if math.isfinite(value) and (m < 2 or not np.isfinite(without).all()):
        reason = "it hangs on a single one: without it the figure cannot be computed"
        return Estimate(float(value), method=method, n=count, reason=reason)
    error = math.sqrt((m - 1) / m * ((without - without.mean()) ** 2).sum()) if m else math.nan
    return by_error(value, error, method=method, n=count, freedom=m - 1, lowest=lowest, highest=highest)


def by_bootstrap(value: float, samples: NDArray[np.float64], *, method: str, n: int) -> Estimate:
    """value with the percentile interval of its bootstrap samples [b]."""
    if not math.isfinite(value):
        return not_estimable("it cannot be computed from these readings", method=method, n=n)
    low, high = percentile_interval(samples)
    if low is None or high is None:
        reason = "most bootstrap samples leave nothing to compute it from"
        return Estimate(float(value), method=method, n=n, reason=reason)
    if high - low < NOTHING:
        return Estimate(float(value), method=method, n=n, reason=NO_WIDTH)
    return Estimate(float(value), low, high, method, n)


def percentile_interval(samples: NDArray[np.float64], *, level: float = LEVEL) -> tuple[float | None, float | None]:
    """The central share `level` of bootstrap samples, those that could not be computed left out."""
    finite = samples[np.isfinite(samples)]
    if finite.size < max(samples.size / 2, 1):
        return None, None
    low, high = np.percentile(finite, [100 * (1 - level) / 2, 100 * (1 + level) / 2])
    return float(low), float(high)


def drawn_counts(n: int, *, samples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How often each of n units is drawn, n draws with replacement, for each bootstrap sample: [samples, n]."""
    drawn = rng.integers(0, n, (samples, n)) + n * np.arange(samples)[:, None]
    return np.bincount(drawn.ravel(), minlength=samples * n).reshape(samples, n).astype(float)


def without_each(n: int) -> NDArray[np.float64]:
    """Counts [n, n] of the jackknife: row i draws every unit once except unit i."""
    return 1 - np.eye(n)
