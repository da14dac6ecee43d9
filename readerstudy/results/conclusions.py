"""What the study found, in sentences that claim no more than the intervals and the equivalence tests allow."""

from collections.abc import Callable
from dataclasses import dataclass

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.outcomes import Outcome, Verdict
from readerstudy.analysis.plan import ACCURACY, ERROR, KAPPA
from readerstudy.analysis.summary import Analysis
from readerstudy.analysis.summary_agreement import QUADRATIC
from readerstudy.analysis.summary_detection import Detection
from readerstudy.analysis.summary_grading import Grading, SourceComparison
from readerstudy.results.wording import counted, decimal, decimals, finer_percent, p_said, plain, whole

FEW = 5  # readers: below, the scatter between them is known from four differences or fewer


INTERIM = (
    "This is an interim look at a study that goes on. Each look is another chance of finding something by chance, so "
    "nothing is shown by it, and a study must not be stopped or prolonged for what it says unless the protocol has a "
    "rule for that."
)


def conclusions(analysis: Analysis, *, interim: bool = False) -> list[str]:
    """The sentences of the section “In short”, the outcomes of the plan first. interim: whether the study is open."""
    sentences = [_what_was_studied(analysis), *([INTERIM] if interim else []), *_cautions(analysis)]
    if analysis.detection is not None:
        sentences += _detection(analysis, analysis.detection, interim=interim)
    if analysis.grading is not None:
        sentences += _grading(analysis, analysis.grading, interim=interim)
    return sentences


def _what_was_studied(analysis: Analysis) -> str:
    images = f"{analysis.cases['real']} real and {analysis.cases['synthetic']} synthetic knee radiographs"
    if analysis.grading is None and analysis.detection is None:
        return f"{counted(len(analysis.readers), 'reader')} answered, but no image has a first reading yet."
    if analysis.grading is None:
        return f"{_who(analysis, 'detect')} called {images} real or synthetic."
    graded = f"{_who(analysis, 'grade')} graded {images} on the Kellgren–Lawrence scale."
    if analysis.detection is None:
        return f"{graded} Nobody has told them apart yet."
    return f"{graded} In another phase, {_who(analysis, 'detect')} called each real or synthetic."


def _who(analysis: Analysis, task: str) -> str:
    """Who began with a task and, if others, who read all of it."""
    began, complete = analysis.began(task), analysis.complete(task)
    return counted(began, "reader") + ("" if complete == began else f" ({complete} of them to the end)")


def _detection(analysis: Analysis, detection: Detection, *, interim: bool) -> list[str]:
    outcome, aside = _planned(analysis, ACCURACY, detection.equivalence), _aside(analysis, ACCURACY)
    pooled = detection.pooled["accuracy"]
    if pooled.estimate.value is None and pooled.counted is not None:
        said = (
            f"Of all calls, {whole(100 * (pooled.counted.value or 0))} % were right. What "
            f"this means for other readers and other images cannot be said: {pooled.estimate.reason}."
        )
    elif pooled.estimate.low is None:
        said = (
            f"Readers told real from synthetic correctly in {whole(100 * (pooled.estimate.value or 0))} % of images "
            "(guessing: 50 %). What this means for other readers and other images cannot be said: "
            f"{pooled.estimate.reason}."
        )
    else:
        said = (
            f"Readers told real from synthetic correctly in {finer_percent(pooled.estimate)} of images (guessing: "
            f"50 %; the brackets hold the 95 % interval for other readers and other images). "
            + _verdict(
                outcome,
                _accuracy_words(pooled.estimate.value or 0),
                _points,
                _basis(analysis, ACCURACY, "detect", check=pooled.check, interim=interim),
            )
        )
    return [aside + said, _errors(detection)]


def _errors(detection: Detection) -> str:
    table, asymmetry = detection.confusion, detection.pooled["asymmetry of errors"].estimate
    said = (
        f"{table.synthetic_called_real} of {table.synthetic_called_real + table.synthetic_called_synthetic} readings "
        f"of synthetic images called them real; {table.real_called_synthetic} of "
        f"{table.real_called_synthetic + table.real_called_real} readings of real images called them synthetic."
    )
    if asymmetry.value is None or asymmetry.low is None or asymmetry.high is None:
        return said
    return (
        f"{said} The first share less the second, for other readers and other images: "
        f"{decimals(100 * asymmetry.value, 1)} [{decimals(100 * asymmetry.low, 1)}, "
        f"{decimals(100 * asymmetry.high, 1)}] percentage points."
    )


def _grading(analysis: Analysis, grading: Grading, *, interim: bool) -> list[str]:
    kappa, *_, error = grading.by_source
    outcome = _planned(analysis, KAPPA, grading.equivalence[KAPPA])
    sentences = []
    if kappa.difference.value is None:
        sentences.append(f"Grading of real and of synthetic images cannot be compared: {kappa.difference.reason}.")
    else:
        sentences.append(
            f"{_aside(analysis, KAPPA)}Agreement of the grades with the reference, on a scale where 1 is perfect and 0 "
            f"is chance (quadratic κ): {_by_source(kappa)} "
            + _verdict(
                outcome,
                _kappa_words(kappa.difference.value),
                plain,
                _basis(analysis, KAPPA, "grade", check=kappa.check, interim=interim),
            )
        )
    if error.difference.value is not None:
        outcome = _planned(analysis, ERROR, grading.equivalence[ERROR])
        sentences.append(
            f"{_aside(analysis, ERROR)}Mean error of the grades against the reference, in grades: {_by_source(error)} "
            + _verdict(
                outcome,
                _error_words(error.difference.value),
                _grade,
                _basis(analysis, ERROR, "grade", check=error.check, interim=interim),
            )
        )
    between = grading.agreement.coefficient(QUADRATIC).all
    if between.value is not None:
        sentences.append(
            f"Agreement of two readers with each other, on the same scale: {decimal(between)} on "
            "average over all pairs (these readers, other images)."
        )
    return sentences


def _by_source(one: SourceComparison) -> str:
    return (
        f"{decimal(one.real)} on real images, {decimal(one.synthetic)} on synthetic ones; synthetic minus real "
        f"{decimal(one.difference)}."
    )


def _aside(analysis: Analysis, name: str) -> str:
    return "" if name in analysis.plan.primary else "Not a primary outcome. "


def _planned(analysis: Analysis, name: str, otherwise: Outcome) -> Outcome:
    """The outcome as adjusted among the primary ones, or as it is where it is not one of them."""
    return next((one for one in analysis.primary if one.name == name), otherwise)


@dataclass(frozen=True)
class Basis:
    """What a verdict rests on. readers: with every reading; is_firm: planned, and the study is over; check: the same
    figure by another method."""

    readers: int
    is_firm: bool
    check: Estimate | None

    def bears_out_difference(self, null: float) -> bool:
        if self.check is None or self.check.low is None or self.check.high is None:
            return True
        return not self.check.low <= null <= self.check.high


def _basis(analysis: Analysis, name: str, task: str, *, check: Estimate | None, interim: bool) -> Basis:
    plan = analysis.plan
    is_firm = plan.frozen and not plan.unchecked and name in plan.primary and not interim
    return Basis(analysis.complete(task), is_firm, check)


@dataclass(frozen=True)
class Words:
    """What a difference would mean, what equivalence would mean (both as sentences), and the value of no difference."""

    different: str
    equivalent: str
    null: str


def _direction(value: float, null: float, *, above: str, below: str) -> str:
    if abs(value - null) < 1e-9:
        return f"{above} or {below}"
    return above if value > null else below


def _accuracy_words(value: float) -> Words:
    better = _direction(value, 0.5, above="better", below="worse")
    return Words(f"readers did {better} than guessing", "readers did no better and no worse than guessing", "50 %")


def _kappa_words(value: float) -> Words:
    more = _direction(value, 0, above="better", below="worse")
    return Words(
        f"grades of synthetic images agree {more} with the reference than those of real images",
        "grades of synthetic images agree with the reference as well as those of real images",
        "zero",
    )


def _error_words(value: float) -> Words:
    higher = _direction(value, 0, above="higher", below="lower")
    return Words(
        f"synthetic images were graded {higher}", "synthetic images were graded neither higher nor lower", "zero"
    )


def _verdict(outcome: Outcome, words: Words, form: Callable[[float], str], basis: Basis) -> str:
    test = outcome.equivalence
    if outcome.verdict == Verdict.NOT_ESTIMABLE or test is None:
        return f"No conclusion can be drawn for other readers and other images: {outcome.estimate.reason}."
    size = form(test.margin)
    by_test = f"(equivalence test, {_p(test.p_value, outcome.p_adjusted)})"
    if outcome.verdict == Verdict.EQUIVALENT:
        shown = "It was shown that" if basis.is_firm else "By an exploratory test, which shows nothing for certain,"
        return f"{shown} {words.equivalent}, within a margin of ±{size} {by_test}."
    if outcome.verdict == Verdict.UNDECIDED:
        return (
            f"This leaves the question open: neither was it shown that {words.different}, nor that the difference is "
            f"smaller than {size} {by_test}. {_remains_possible(outcome, words)}"
        )
    said = f"{_difference(outcome, words, basis)} "
    if outcome.verdict == Verdict.SLIGHT:
        return (
            said
            + f"But the difference was {'shown' if basis.is_firm else 'found'} to be smaller than {size} {by_test}."
        )
    return said + f"That the difference is smaller than {size} was not shown {by_test}."


def _remains_possible(outcome: Outcome, words: Words) -> str:
    if not outcome.excludes_null or outcome.p_difference is None:
        return "Every value inside the brackets remains possible."
    return (
        f"The 95 % interval by itself excludes {words.null}; adjusted for the other primary outcomes, the difference "
        f"has {p_said(outcome.p_difference)}."
    )


def _difference(outcome: Outcome, words: Words, basis: Basis) -> str:
    """That there is a difference, said no louder than readers and check allow."""
    found = f"{words.different}: the 95 % interval excludes {words.null}"
    if outcome.p_difference is not None and outcome.estimate.p_value is not None:
        found += f" ({_p(outcome.estimate.p_value, outcome.p_difference)})"
    doubts = []
    if basis.readers < FEW:
        doubts.append(f"it rests on {counted(basis.readers, 'reader')}, from whom such intervals come out too narrow")
    if not basis.bears_out_difference(outcome.null):
        doubts.append(f"the interval of the check, by another method, includes {words.null}")
    if doubts:
        return f"By this analysis {found}. Do not rest a claim on it: {', and '.join(doubts)}."
    return f"{found[0].upper()}{found[1:]}."


def _p(p_value: float, p_adjusted: float | None) -> str:
    return p_said(p_value) if p_adjusted is None else f"{p_said(p_adjusted)}, adjusted"


def _points(share: float) -> str:
    return f"{plain(100 * share)} percentage points"


def _grade(number: float) -> str:
    return f"{plain(number)} of a grade"


def _cautions(analysis: Analysis) -> list[str]:
    said = []
    if not analysis.plan.frozen:
        said.append(
            "No analysis plan was frozen before the readings. The margins are the usual ones of this program, so these "
            "verdicts are exploratory."
        )
    tasks = [task for task, phase in (("grade", analysis.grading), ("detect", analysis.detection)) if phase is not None]
    complete = min(map(analysis.complete, tasks), default=0)
    if 1 < complete < FEW:
        said.append(
            f"Caution: only {counted(complete, 'reader')} read everything. How much readers differ is hardly known "
            "from so few, so what is said of other readers rests on little."
        )
    return said
