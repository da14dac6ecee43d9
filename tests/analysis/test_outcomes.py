"""From a pooled figure to a verdict: never “the same” without an equivalence test."""

from dataclasses import replace

import numpy as np
import pytest

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.obuchowski_rockette import Equivalence, PooledFigure, StandardError
from readerstudy.analysis.outcomes import Outcome, Verdict, adjusted, outcome_of


def outcome(low: float, high: float, p_value: float, p_adjusted: float | None = None) -> Outcome:
    estimate = Estimate((low + high) / 2, low, high, "a method", 15)
    return Outcome("accuracy", estimate, 0.5, Equivalence(0.1, low, high, p_value), p_adjusted)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (outcome(0.46, 0.55, 0.001), Verdict.EQUIVALENT),
        (outcome(0.51, 0.57, 0.001), Verdict.SLIGHT),
        (outcome(0.52, 0.66, 0.30), Verdict.DIFFERENT),
        (outcome(0.38, 0.61, 0.08), Verdict.UNDECIDED),
        (outcome(0.46, 0.55, 0.03, p_adjusted=0.06), Verdict.UNDECIDED),
        (Outcome("accuracy", not_estimable("one reader"), 0.5, None), Verdict.NOT_ESTIMABLE),
    ],
)
def test_the_verdict_follows_interval_and_equivalence_test(found: Outcome, verdict: Verdict) -> None:
    assert found.verdict == verdict


def test_the_margin_decides_and_an_outcome_without_a_test_still_counts_in_its_family() -> None:
    # t of the two one-sided tests: (0.1 − 0.02) / 0.03 = 2.667 with 20 degrees of freedom, p = 0.0074 (R: pt)
    pooled = PooledFigure(Estimate(0.52, 0.46, 0.58, "m", 15), 0.5, None, StandardError(0.03, 20), 0.667)
    found = outcome_of("accuracy", pooled, margin=0.1)
    assert found.equivalence is not None
    assert found.equivalence.p_value == pytest.approx(0.0074, abs=5e-5)
    none = outcome_of("kappa", PooledFigure(not_estimable("one reader"), 0.0), margin=0.1)
    first, second = adjusted([found, none], planned=2)
    assert first.p_adjusted == pytest.approx(2 * 0.0074, abs=1e-4)
    assert second.p_adjusted is None
    assert np.isfinite(first.p_adjusted)


def test_one_difference_of_several_planned_ones_has_to_be_clearer_than_its_interval() -> None:
    """Two outcomes without any difference: each by itself would be called different in 5 % of studies."""

    def barely(p_value: float) -> Outcome:
        estimate = Estimate(0.56, 0.501, 0.62, "m", 15, p_value)
        return Outcome("accuracy", estimate, 0.5, Equivalence(0.1, 0.51, 0.61, 0.4))

    assert barely(0.04).verdict == Verdict.DIFFERENT
    assert [one.verdict for one in adjusted([barely(0.04), barely(0.03)], planned=2)] == [Verdict.UNDECIDED] * 2
    assert adjusted([barely(0.02)], planned=2)[0].verdict == Verdict.DIFFERENT


def test_a_planned_outcome_that_nobody_has_read_yet_counts_as_a_test_that_failed() -> None:
    pooled = PooledFigure(Estimate(0.52, 0.46, 0.58, "m", 15), 0.5, None, StandardError(0.03, 20), 0.667)
    found = outcome_of("accuracy", pooled, margin=0.1)
    assert found.equivalence is not None
    (alone,) = adjusted([found], planned=1)
    (of_two,) = adjusted([found], planned=2)
    assert alone.p_adjusted == pytest.approx(found.equivalence.p_value)
    assert of_two.p_adjusted == pytest.approx(2 * found.equivalence.p_value)


def different(p_value: float) -> Outcome:
    """Its 95 % interval leaves out the null, and it is not near it."""
    return Outcome("accuracy", Estimate(0.6, 0.51, 0.69, "m", 15, p_value), 0.5, Equivalence(0.1, 0.52, 0.68, 0.5))


@pytest.mark.parametrize(
    ("found", "check", "borne_out"),
    [
        (different(0.03), (0.52, 0.68), True),
        (different(0.03), (0.33, 0.87), False),  # holds one half
        (outcome(0.46, 0.55, 0.001), (0.45, 0.56), True),
        (outcome(0.46, 0.55, 0.001), (0.38, 0.62), False),  # reaches beyond the margin
        (outcome(0.38, 0.61, 0.08), (0.1, 0.9), True),  # nothing was claimed
    ],
)
def test_a_check_that_does_not_exclude_what_the_verdict_excludes_does_not_bear_it_out(
    found: Outcome, check: tuple[float, float], borne_out: bool
) -> None:
    low, high = check
    checked = replace(found, check=Estimate((low + high) / 2, low, high, "another method", 15))
    assert checked.is_borne_out is borne_out
    assert found.is_borne_out  # without a check
