"""How firmly a verdict is said: as firmly as plan, number of readers and the check allow."""

from dataclasses import replace

import pytest

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.obuchowski_rockette import Equivalence
from readerstudy.analysis.outcomes import Outcome, adjusted
from readerstudy.results.conclusions import conclusions
from readerstudy.results.flow import phase_flows
from readerstudy.results.verdicts import Standing, Words, is_doubtful, verdict_sentence
from readerstudy.results.wording import finer_percent
from tests.analysis.test_summary import analyse, parsed, simulated

WORDS = Words("readers did worse than guessing", "readers guess", "50 %", str, finer_percent, "U-statistics")
FIRM = Standing(primary=True, frozen=True, interim=False)


def worse(readers: int = 15, p_value: float = 0.003) -> Outcome:
    """Two readers who answered at random: the estimate is what the analysis of a real export gave."""
    estimate = Estimate(0.383, 0.316, 0.451, "a method", readers, p_value)
    return Outcome("accuracy", estimate, 0.5, Equivalence(0.1, 0.33, 0.44, 0.7))


@pytest.mark.parametrize(
    ("standing", "beginning"),
    [
        (FIRM, "It was shown that readers did worse than guessing (test against 50 %, p = 0.003)."),
        (replace(FIRM, interim=True), "At this interim look the analysis says that readers did worse"),
        (replace(FIRM, primary=False), "The answers are consistent with the claim that readers did worse"),
        (replace(FIRM, frozen=False), "The answers are consistent with the claim that readers did worse"),
    ],
)
def test_only_a_primary_outcome_of_a_frozen_plan_of_a_closed_study_was_shown(
    standing: Standing, beginning: str
) -> None:
    said = verdict_sentence(worse(), WORDS, standing)
    assert said.startswith(beginning)
    assert ("exploratory" in said) == (not (standing.primary and standing.frozen))


def test_few_readers_and_a_check_that_disagrees_take_the_verdict_back() -> None:
    check = Estimate(0.383, 0.133, 0.633, "another method", 2)
    said = verdict_sentence(replace(worse(2), check=check), WORDS, FIRM)
    assert said.startswith("The analysis says that readers did worse than guessing")
    assert "with two readers its interval is too narrow" in said
    assert "it held the truth in 88 of 100, not in 95" in said
    assert "the check by U-statistics, 38.3 % [13.3, 63.3], does not exclude 50 %: do not rest a claim on it." in said
    many = verdict_sentence(replace(worse(15), check=check), WORDS, FIRM)
    assert "too narrow" not in many
    assert "do not rest a claim on it" in many


def test_equivalence_is_not_claimed_from_few_readers_or_against_the_check_either() -> None:
    same = Outcome("accuracy", Estimate(0.5, 0.46, 0.54, "a method", 3, 0.9), 0.5, Equivalence(0.1, 0.47, 0.53, 0.01))
    assert "with three readers its interval is too narrow" in verdict_sentence(same, WORDS, FIRM)
    many = replace(same, estimate=replace(same.estimate, n=12))
    assert verdict_sentence(many, WORDS, FIRM).startswith("It was shown that readers guess, within a margin of ±0.1")
    wide = replace(many, check=Estimate(0.5, 0.3, 0.7, "another method", 12))
    assert "the check by U-statistics, 50.0 % [30.0, 70.0], does not bear it out" in verdict_sentence(wide, WORDS, FIRM)
    assert is_doubtful(wide)
    assert not is_doubtful(many)


def test_a_difference_that_does_not_bear_the_adjustment_leaves_the_question_open() -> None:
    found, _ = adjusted([worse(p_value=0.04), worse(p_value=0.5)], planned=2)
    said = verdict_sentence(found, WORDS, FIRM)
    assert said.startswith("This leaves the question open")
    assert "does not stand once it is adjusted for the other primary outcomes (adjusted p = 0.080)" in said


def test_equivalence_beside_an_interval_that_leaves_guessing_out_is_not_called_guessing() -> None:
    estimate = Estimate(0.46, 0.424, 0.496, "a method", 15, 0.03)
    outcome = Outcome("accuracy", estimate, 0.5, Equivalence(0.1, 0.43, 0.49, 0.01), p_adjusted=0.02, p_difference=0.06)
    said = verdict_sentence(outcome, WORDS, FIRM)
    assert said.startswith(
        "It was shown that the difference is smaller than 0.1 (equivalence test, adjusted p = 0.020)."
    )
    assert "The 95 % interval excludes 50 %, but that does not stand once it is adjusted" in said
    assert "readers guess" not in said


def test_a_p_value_of_several_parts_says_which_it_is_of() -> None:
    outcome = Outcome(
        "grade_shares_difference", Estimate(0.02, -0.05, 0.09, "m", 15, 0.6), 0.0, Equivalence(0.1, -0.1, 0.12, 0.17)
    )
    words = replace(WORDS, what="the largest difference of any grade", least_clear="least clear in grade 2")
    said = verdict_sentence(outcome, words, FIRM)
    assert "nor that the largest difference of any grade is smaller than 0.1" in said
    assert "(equivalence test, p = 0.170, least clear in grade 2)" in said


def test_an_interim_look_says_what_repeated_looks_do() -> None:
    answers = parsed(simulated(readers=6, cases=40))
    analysis, flows = analyse(answers), phase_flows(answers, protocol=None)
    assert "It was shown" in " ".join(conclusions(analysis, flows))
    said = conclusions(analysis, flows, interim=True)
    assert said[1].startswith("This is an interim look")
    assert "with five looks, 14 of 100 studies find a difference that is not there" in said[1]
    assert "It was shown" not in " ".join(said)
    assert "nothing is shown while the study is open" in " ".join(said)
