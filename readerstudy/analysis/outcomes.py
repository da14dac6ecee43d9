"""From a pooled figure to what it decides: different, equivalent within a margin, both, or neither."""

from dataclasses import dataclass, replace
from enum import StrEnum

from readerstudy.analysis.estimate import LEVEL, Estimate
from readerstudy.analysis.multiplicity import adjusted_p_values
from readerstudy.analysis.obuchowski_rockette import Equivalence, PooledFigure

ALPHA = 1 - LEVEL


class Verdict(StrEnum):
    """EQUIVALENT: shown to lie within the margin, no difference shown. SLIGHT: a difference, shown to lie within the
    margin. DIFFERENT: a difference, not shown to lie within it. UNDECIDED: neither shown."""

    EQUIVALENT = "equivalent"
    SLIGHT = "different, but within the margin"
    DIFFERENT = "different"
    UNDECIDED = "undecided"
    NOT_ESTIMABLE = "not estimable"


@dataclass(frozen=True)
class Outcome:
    """A figure for new readers and cases beside `null`; check: the same by another method.

    p_adjusted: of the equivalence test, p_difference: of the test against the null, each by Holm in its family; None
    where the outcome belongs to no family, whose interval then says whether there is a difference.
    """

    name: str
    estimate: Estimate
    null: float
    equivalence: Equivalence | None
    p_adjusted: float | None = None
    p_difference: float | None = None
    check: Estimate | None = None

    @property
    def excludes_null(self) -> bool:
        """Whether the interval, which is not adjusted, leaves the null out."""
        return self.estimate.excludes(self.null)

    @property
    def verdict(self) -> Verdict:
        if self.estimate.low is None or self.estimate.high is None or self.equivalence is None:
            return Verdict.NOT_ESTIMABLE
        different = self.excludes_null and (self.p_difference is None or self.p_difference < ALPHA)
        p_value = self.equivalence.p_value if self.p_adjusted is None else self.p_adjusted
        if p_value < ALPHA:
            return Verdict.SLIGHT if different else Verdict.EQUIVALENT
        return Verdict.DIFFERENT if different else Verdict.UNDECIDED

    @property
    def is_borne_out(self) -> bool:
        """Does the check say no less than the verdict? True where the verdict claims nothing or there is no check.

        Of equivalence: does the check's interval, narrowed as the 90 % interval is beside that of 95 %, lie within the
        margin?
        """
        test, check, low, high = self.equivalence, self.check, self.estimate.low, self.estimate.high
        if test is None or check is None or check.value is None or check.low is None or check.high is None:
            return True
        excludes = check.excludes(self.null)
        if self.verdict == Verdict.DIFFERENT:
            return excludes
        if self.verdict not in (Verdict.EQUIVALENT, Verdict.SLIGHT) or low is None or high is None:
            return True
        narrower = (test.high - test.low) / (high - low)
        reached = max(abs(check.value + narrower * (end - check.value) - self.null) for end in (check.low, check.high))
        return reached < test.margin and (excludes or self.verdict == Verdict.EQUIVALENT)


def outcome_of(name: str, pooled: PooledFigure, *, margin: float, check: Estimate | None = None) -> Outcome:
    """The outcome with its equivalence test within ± margin, not adjusted. Raises ValueError without a null."""
    if pooled.null is None:
        raise ValueError(f"{name} has no value to be equivalent to")
    return Outcome(name, pooled.estimate, pooled.null, pooled.equivalence(margin), check=check)


def adjusted(outcomes: list[Outcome], *, planned: int) -> list[Outcome]:
    """The outcomes of one plan with Holm's p values of their equivalence tests and of their tests for a difference.

    planned: how many outcomes the plan has; those that are not there yet count as tests that failed. The tests of
    equivalence are one family and the tests for a difference another, each held at 5 %.
    """
    absent: list[float | None] = [None] * (planned - len(outcomes))
    equivalence = adjusted_p_values([one.equivalence.p_value if one.equivalence else None for one in outcomes] + absent)
    difference = adjusted_p_values([one.estimate.p_value for one in outcomes] + absent)
    return [
        replace(one, p_adjusted=same, p_difference=other)
        for one, same, other in zip(outcomes, equivalence, difference, strict=False)
    ]
