"""What every statistic gives back: a value with an interval and its method, or the reason why there is none."""

from dataclasses import dataclass

LEVEL = 0.95  # of every interval


@dataclass(frozen=True)
class Estimate:
    """value with the 95 % interval low–high by `method`, from n observations; p_value where a test belongs to it.

    Where value is None, `reason` says why it cannot be estimated. low and high are None when only the interval
    cannot be, and `reason` says why.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""
    n: int = 0
    p_value: float | None = None
    reason: str = ""

    def excludes(self, value: float) -> bool:
        """Whether there is an interval and it leaves the value out."""
        return self.low is not None and self.high is not None and not self.low <= value <= self.high


def not_estimable(reason: str, *, method: str = "", n: int = 0) -> Estimate:
    """An estimate that does not exist, with a sentence that says why."""
    return Estimate(value=None, method=method, n=n, reason=reason)
