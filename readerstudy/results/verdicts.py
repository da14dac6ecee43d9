"""What an outcome decides, in sentences, as firmly as it may be said: shown, exploratory, or in doubt."""

from collections.abc import Callable
from dataclasses import dataclass

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.outcomes import Outcome, Verdict
from readerstudy.analysis.plan import ACCURACY
from readerstudy.results.wording import p_said

# readers so few that the scatter between them is hardly known
FEW = {2: "two", 3: "three", 4: "four"}
# of 100 studies of so many readers who guess, and 60 images: in how many the 95 % interval of the accuracy holds the
# truth (plan_study --readers N --cases 60 --accuracy 0.5 --simulate 2000)
HELD = {2: 88, 3: 93, 4: 94}
WIDE = 0.9  # an interval that says nothing, and is not too narrow for that


@dataclass(frozen=True)
class Words:
    """What a difference would mean, what equivalence would mean (both as sentences), and the value of no difference.

    size: how a margin, shown: how an estimate is written; check: the name of the other method. what: lies within the
    margin, where there is equivalence; least_clear: of several parts the one that the p value of equivalence is of.
    """

    different: str
    equivalent: str
    null: str
    size: Callable[[float], str]
    shown: Callable[[Estimate], str]
    check: str
    what: str = "the difference"
    least_clear: str = ""


@dataclass(frozen=True)
class Standing:
    """What an outcome is in its study. frozen: the plan that names it was, before the readings."""

    primary: bool
    frozen: bool
    interim: bool


def verdict_sentence(outcome: Outcome, words: Words, standing: Standing) -> str:
    """“It was shown” is said of primary outcomes of a frozen plan alone, of enough readers, where the check agrees."""
    test = outcome.equivalence
    if outcome.verdict == Verdict.NOT_ESTIMABLE or test is None:
        return f"No conclusion can be drawn for other readers and other images: {outcome.estimate.reason}."
    size = words.size(test.margin)
    p_value = _p(test.p_value, outcome.p_adjusted) + (f", {words.least_clear}" if words.least_clear else "")
    by_test = f"(equivalence test, {p_value})"
    if outcome.verdict == Verdict.UNDECIDED:
        return (
            f"This leaves the question open: neither was it shown that {words.different}, nor that {words.what} is "
            f"smaller than {size} {by_test}. {_what_remains(outcome, words)}"
        )
    if outcome.verdict == Verdict.EQUIVALENT and outcome.excludes_null:
        claim = _claim(f"{words.what} is smaller than {size} {by_test}", outcome, words, standing)
        return f"{claim} {_what_remains(outcome, words)}"
    if outcome.verdict == Verdict.EQUIVALENT:
        return _claim(f"{words.equivalent}, within a margin of ±{size} {by_test}", outcome, words, standing)
    said = f"{words.different} (test against {words.null}, {_p(outcome.estimate.p_value, outcome.p_difference)})"
    slight = outcome.verdict == Verdict.SLIGHT
    beside = f"By the equivalence test {words.what} is {'' if slight else 'not shown to be '}smaller than {size}"
    return f"{_claim(said, outcome, words, standing)} {beside} ({p_value})."


def caution(outcome: Outcome) -> list[str]:
    """Where few readers enter an outcome, what that means; nothing otherwise."""
    if outcome.estimate.n not in FEW:
        return []
    return [
        f"Caution: only {outcome.estimate.n} readers enter this. How much readers differ is hardly known from so few, "
        "so what is said of other readers rests on little."
    ]


def is_doubtful(outcome: Outcome) -> bool:
    """Whether a verdict claims something that too few readers, or another method, do not bear out."""
    claims = outcome.verdict not in (Verdict.UNDECIDED, Verdict.NOT_ESTIMABLE)
    return claims and (outcome.estimate.n in FEW or not outcome.is_borne_out)


def _claim(claim: str, outcome: Outcome, words: Words, standing: Standing) -> str:
    if doubts := _doubts(outcome, words):
        return f"The analysis says that {claim}, but {', and '.join(doubts)}: do not rest a claim on it."
    if standing.interim:
        return f"At this interim look the analysis says that {claim}; nothing is shown while the study is open."
    if not standing.frozen or not standing.primary:
        why = "it is no primary outcome" if standing.frozen else "no plan is known to have been frozen"
        return f"The answers are consistent with the claim that {claim}; this is exploratory, since {why}."
    return f"It was shown that {claim}."


def _doubts(outcome: Outcome, words: Words) -> list[str]:
    doubts = []
    if outcome.estimate.n in FEW:
        doubts.append(_too_narrow(outcome))
    if not outcome.is_borne_out and outcome.check is not None:
        where = "does not exclude " + words.null
        if outcome.verdict != Verdict.DIFFERENT:
            where = "does not bear it out"
        doubts.append(f"the check by {words.check}, {words.shown(outcome.check)}, {where}")
    return doubts


def _too_narrow(outcome: Outcome) -> str:
    readers = outcome.estimate.n
    said = f"with {FEW[readers]} readers its interval is too narrow"
    if outcome.name != ACCURACY:
        return said
    return (
        f"{said} (in simulated studies of {FEW[readers]} readers and 60 images it held the truth in "
        f"{HELD[readers]} of 100, not in 95)"
    )


def _what_remains(outcome: Outcome, words: Words) -> str:
    if outcome.excludes_null:
        return (
            f"The 95 % interval excludes {words.null}, but that does not stand once it is adjusted for the other "
            f"primary outcomes ({_p(outcome.estimate.p_value, outcome.p_difference)})."
        )
    remains = "Every value inside the brackets remains possible"
    low, high = outcome.estimate.low or 0.0, outcome.estimate.high or 1.0
    too_narrow = outcome.estimate.n in FEW and high - low < WIDE
    return f"{remains}{f', and {_too_narrow(outcome)}' if too_narrow else ''}."


def _p(p_value: float | None, adjusted: float | None) -> str:
    if adjusted is not None:
        return f"adjusted {p_said(adjusted)}"
    return "p not known" if p_value is None else p_said(p_value)
