"""What the study found, in sentences that claim no more than the intervals and the equivalence tests allow."""

from dataclasses import astuple

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.grade_shares import clearest, least_clear
from readerstudy.analysis.plan import ACCURACY, ERROR, KAPPA, SHARES
from readerstudy.analysis.summary import Analysis
from readerstudy.analysis.summary_agreement import QUADRATIC
from readerstudy.analysis.summary_detection import Detection
from readerstudy.analysis.summary_grading import Grading, SourceComparison
from readerstudy.results.flow import PhaseFlow
from readerstudy.results.page_grading import UNLIKE_MIX
from readerstudy.results.verdicts import Standing, Words, caution, verdict_sentence
from readerstudy.results.wording import counted, decimal, decimals, finer_percent, plain, whole, with_interval

# of repeated looks: Armitage, McPherson & Rowe 1969 (doi 10.2307/2343787), table 2
INTERIM = (
    "This is an interim look at a study that goes on. Each look is another chance of finding something by chance (with "
    "five looks, 14 of 100 studies find a difference that is not there, not 5), so nothing is shown by it, and a study "
    "must not be stopped or prolonged for what it says unless the protocol has a rule for that."
)
NO_PLAN = (
    "No analysis plan was frozen before the readings. The margins are the usual ones of this program, so these "
    "verdicts are exploratory."
)
NOT_CHECKED = (
    "The analysis plan is that of the protocol file given; whether that is the frozen one was not checked, so these "
    "verdicts are exploratory."
)


def conclusions(analysis: Analysis, flows: list[PhaseFlow], *, interim: bool = False) -> list[str]:
    """The sentences of the section “In short”, the outcomes of the plan first. interim: whether the study is open."""
    sentences = [_what_was_studied(analysis, flows), *([INTERIM] if interim else []), *_about_the_plan(analysis)]
    if analysis.detection is not None:
        sentences += _detection(analysis, analysis.detection, interim=interim)
    if analysis.grading is not None:
        sentences += _grading(analysis, analysis.grading, interim=interim)
    return sentences


def _what_was_studied(analysis: Analysis, flows: list[PhaseFlow]) -> str:
    images = f"{analysis.cases['real']} real and {analysis.cases['synthetic']} synthetic knee radiographs"
    if analysis.grading is None and analysis.detection is None:
        return f"{counted(len(analysis.readers), 'reader')} answered, but no image has a first reading yet."
    if analysis.grading is None:
        return f"{_who(flows, 'detect')} called {images} real or synthetic."
    graded = f"{_who(flows, 'grade')} graded {images} on the Kellgren–Lawrence scale."
    if analysis.detection is None:
        return f"{graded} Nobody has told them apart yet."
    return f"{graded} In another phase, {_who(flows, 'detect')} called each real or synthetic."


def _about_the_plan(analysis: Analysis) -> list[str]:
    if analysis.plan.is_known_frozen:
        return []
    return [NOT_CHECKED if analysis.plan.frozen else NO_PLAN]


def _who(flows: list[PhaseFlow], task: str) -> str:
    """Who began with a task and, if others, who read all of it, hidden repeats as well: as the flow diagram counts."""
    one = next(flow for flow in flows if flow.task == task)
    to_the_end = "" if one.completed == one.started else f" ({one.completed} of them to the end)"
    return counted(one.started, "reader") + to_the_end


def _detection(analysis: Analysis, detection: Detection, *, interim: bool) -> list[str]:
    outcome, aside = analysis.outcome(ACCURACY), _aside(analysis, ACCURACY)
    pooled, counted_as_one = detection.pooled[detection.judged], detection.pooled[ACCURACY].counted
    images = "images" if detection.as_many else "images, real and synthetic ones weighing alike"
    if pooled.estimate.value is None and counted_as_one is not None:
        said = (
            f"Of all calls, {whole(100 * (counted_as_one.value or 0))} % were right. What "
            f"this means for other readers and other images cannot be said: {pooled.estimate.reason}."
        )
    elif pooled.estimate.low is None:
        said = (
            f"Readers told real from synthetic correctly in {whole(100 * (pooled.estimate.value or 0))} % of {images} "
            "(guessing: 50 %). What this means for other readers and other images cannot be said: "
            f"{pooled.estimate.reason}."
        )
    else:
        said = (
            f"Readers told real from synthetic correctly in {finer_percent(pooled.estimate)} of {images} (guessing: "
            f"50 %; the brackets hold the 95 % interval for other readers and other images). "
            + verdict_sentence(
                outcome,
                _accuracy_words(pooled.estimate.value or 0),
                _standing(analysis, ACCURACY, interim=interim),
            )
        )
    return [aside + said, *caution(outcome), _errors(detection)]


def _errors(detection: Detection) -> str:
    table, asymmetry = detection.confusion, detection.pooled["asymmetry of errors"].estimate
    readers, images = detection.crossed
    of = (
        f"in the {counted(readers, 'reader')} and {counted(images, 'image')} where no call is missing, "
        if readers * images < sum(astuple(table))
        else ""
    )
    said = (
        f"{table.synthetic_called_real} of {table.synthetic_called_real + table.synthetic_called_synthetic} readings "
        f"of synthetic images called them real; {table.real_called_synthetic} of "
        f"{table.real_called_synthetic + table.real_called_real} readings of real images called them synthetic."
    )
    if asymmetry.value is None or asymmetry.low is None or asymmetry.high is None:
        return said
    return (
        f"{said} The first share less the second, {of}for other readers and other images: "
        f"{decimals(100 * asymmetry.value, 1)} [{decimals(100 * asymmetry.low, 1)}, "
        f"{decimals(100 * asymmetry.high, 1)}] percentage points."
    )


def _grading(analysis: Analysis, grading: Grading, *, interim: bool) -> list[str]:
    kappa, *_, error = grading.by_source
    outcome = analysis.outcome(KAPPA)
    sentences = []
    if kappa.difference.value is None:
        sentences.append(f"Grading of real and of synthetic images cannot be compared: {kappa.difference.reason}.")
    else:
        sentences += [] if grading.shown_alike else [UNLIKE_MIX]
        sentences.append(
            f"{_aside(analysis, KAPPA)}Agreement of the grades with the reference, on a scale where 1 is perfect and 0 "
            f"is chance (quadratic κ): {_by_source(kappa)} "
            + verdict_sentence(
                outcome, _kappa_words(kappa.difference.value), _standing(analysis, KAPPA, interim=interim)
            )
        )
        sentences += caution(outcome)
    if error.difference.value is not None:
        outcome = analysis.outcome(ERROR)
        sentences.append(
            f"{_aside(analysis, ERROR)}Mean error of the grades against the reference, in grades: {_by_source(error)} "
            + verdict_sentence(
                outcome, _error_words(error.difference.value), _standing(analysis, ERROR, interim=interim)
            )
        )
    sentences += _shares(analysis, grading, interim=interim)
    between = grading.agreement.coefficient(QUADRATIC).all
    if between.value is not None:
        whose = "other" if grading.agreement.for_new_readers else "these"
        sentences.append(
            f"Agreement of two readers with each other, on the same scale: {decimal(between)} on "
            f"average over all pairs ({whose} readers, other images)."
        )
    return sentences


def _shares(analysis: Analysis, grading: Grading, *, interim: bool) -> list[str]:
    outcome, one = analysis.outcome(SHARES), clearest(grading.shares)
    if one is None or outcome.estimate.value is None:
        return [f"Which grades real and synthetic images were given cannot be compared: {outcome.estimate.reason}."]
    standing = _standing(analysis, SHARES, interim=interim)
    alike = "" if grading.read_alike else ", both standardised to one mix of reference grades"
    return [
        f"{_aside(analysis, SHARES)}Share of images that were given a grade: of all grades, the smallest p value "
        f"is that of grade {one.grade}, {decimals(100 * (one.real.value or 0), 1)} % of real and "
        f"{decimals(100 * (one.synthetic.value or 0), 1)} % of synthetic images{alike}; synthetic minus real "
        f"{_in_points(outcome.estimate)} (the interval holds for all grades together). "
        + verdict_sentence(outcome, _share_words(grading, one.grade, outcome.estimate.value), standing)
    ]


def _in_points(estimate: Estimate) -> str:
    return with_interval(estimate, lambda share: decimals(100 * share, 1), " percentage points")


def _by_source(one: SourceComparison) -> str:
    return (
        f"{decimal(one.real)} on real images, {decimal(one.synthetic)} on synthetic ones; synthetic minus real "
        f"{decimal(one.difference)}."
    )


def _aside(analysis: Analysis, name: str) -> str:
    return "" if name in analysis.plan.primary or not analysis.plan.is_known_frozen else "Not a primary outcome. "


def _standing(analysis: Analysis, name: str, *, interim: bool) -> Standing:
    return Standing(name in analysis.plan.primary, analysis.plan.is_known_frozen, interim)


def _direction(value: float, null: float, *, above: str, below: str) -> str:
    if abs(value - null) < 1e-9:
        return f"{above} or {below}"
    return above if value > null else below


def _accuracy_words(value: float) -> Words:
    better = _direction(value, 0.5, above="better", below="worse")
    return Words(
        f"readers did {better} than guessing",
        "readers did no better and no worse than guessing",
        "50 %",
        lambda share: f"{plain(100 * share)} percentage points",
        finer_percent,
        "U-statistics",
    )


def _kappa_words(value: float) -> Words:
    more = _direction(value, 0, above="better", below="worse")
    return Words(
        f"grades of synthetic images agree {more} with the reference than those of real images",
        "grades of synthetic images agree with the reference as well as those of real images",
        "zero",
        plain,
        decimal,
        "a bootstrap",
    )


def _error_words(value: float) -> Words:
    higher = _direction(value, 0, above="higher", below="lower")
    return Words(
        f"synthetic images were graded {higher}",
        "synthetic images were graded neither higher nor lower",
        "zero",
        lambda number: f"{plain(number)} of a grade",
        decimal,
        "a bootstrap",
    )


def _share_words(grading: Grading, grade: int, value: float) -> Words:
    more = _direction(value, 0, above="more", below="less")
    last = least_clear(grading.shares)
    return Words(
        f"grade {grade} was given {more} often to synthetic images than to real ones",
        "each grade was given as often to synthetic images as to real ones",
        "zero",
        lambda share: f"{plain(100 * share)} percentage points",
        _in_points,
        "a bootstrap",
        what="the largest difference of any grade",
        least_clear=f"least clear in grade {last.grade}" if last else "",
    )
