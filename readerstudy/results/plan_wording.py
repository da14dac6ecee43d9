"""A study plan in words: what is assumed, what the study will show, how many readers and images it takes."""

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from readerstudy.analysis.planning import MOST, Forecast
from readerstudy.analysis.simulated_grading import CountedGrading
from readerstudy.analysis.simulated_power import Counted
from readerstudy.analysis.simulation import GradingTrait
from readerstudy.analysis.variance_components import Components, RatingComponents

WIDTH = 100
NO_BREAK = "\u00a0"
BOUND = re.compile(r"(?<=[±<>]) (?=\d)|(?<=\d) (?=%|pp)|(?<=[\d%]) (?=±)")  # spaces at which no line may end
ASSUMED = "What is assumed of readers and images"
SEVERAL = (
    "This is so for one primary outcome. Of two, Holm's adjustment asks for p below 0.025 of the first, so that each, "
    "and both together, are shown more rarely."
)
NAMES = {"accuracy": "accuracy", "auc": "area under the ROC curve"}


@dataclass(frozen=True)
class Plan:
    """Everything that was computed for one design, and the question it was computed for; shares are 0–1."""

    measure: str
    truth: float
    margin: float
    origin: Sequence[str]
    scatter: Components | RatingComponents
    forecast: Forecast  # of the first of the primary outcomes
    alone: Forecast  # where it is the only one
    adjusted: Forecast  # where it is the first of several, of two at least
    simulated: Counted | None
    others: Sequence[Sequence[Forecast]]  # rows of readers, columns of cases

    @property
    def can_be_equivalent(self) -> bool:
        return round(abs(self.truth - 0.5), 9) < self.margin

    @property
    def aims(self) -> list[str]:
        """What this truth leaves to be shown: `equivalence`, `difference` or both."""
        return ["equivalence"] * self.can_be_equivalent + ["difference"] * (self.truth != 0.5)

    def describe(self, aim: str) -> str:
        if aim == "difference":
            return f"a difference from {self.figure(0.5)}"
        return f"{NAMES[self.measure]} within {self.figure(0.5)} ± {self.distance(self.margin)}"

    def figure(self, value: float) -> str:
        """`47.5 %` of an accuracy, `0.475` of an AUC."""
        return f"{round(value, 3):g}" if self.measure == "auc" else f"{round(100 * value, 1):g} %"

    def distance(self, value: float) -> str:
        """How far two figures are apart: `7.9 pp` of accuracies, `0.079` of AUCs."""
        return f"{value:.3g}" if self.measure == "auc" else points(value)


def chance(value: float) -> str:
    """A share that came out: `61 %`; what is not quite never or always is not printed as such."""
    return "< 1 %" if 0 < value < 0.005 else "> 99 %" if 0.995 < value < 1 else f"{100 * value:.0f} %"


def points(value: float) -> str:
    """A difference of shares in percentage points."""
    return f"{round(100 * value, 1):g} pp"


def detection_lines(plan: Plan) -> Iterator[str]:
    """The plan, line by line, as a terminal shows it."""
    one, half = plan.forecast, plan.forecast.cases // 2
    yield f"{one.readers} readers × {one.cases} images ({half} real, {half} synthetic)"
    yield f"True {NAMES[plan.measure]}: {plan.figure(plan.truth)}. Chance: {plan.figure(0.5)}."
    yield ""
    yield ASSUMED
    yield from paragraphs([*plan.origin, *_assumptions(plan.scatter)])
    yield ""
    yield from _results(plan)
    yield ""
    for aim in plan.aims:
        yield from _grid(plan, aim)
        yield ""
    yield "In words"
    yield from paragraphs(_in_words(plan))


def paragraphs(sentences: Iterable[str]) -> Iterator[str]:
    """Each sentence on lines of its own, indented, as wide as a terminal shows them; a number keeps sign and unit."""
    for sentence in sentences:
        bound = BOUND.sub(NO_BREAK, sentence)
        yield textwrap.fill(bound, WIDTH, initial_indent="  ", subsequent_indent="    ")


def _assumptions(parts: Components | RatingComponents) -> Iterator[str]:
    if isinstance(parts, RatingComponents):
        model = parts.model
        yield (
            "Confidence follows the Roe–Metz model; variances of a rating among real, and among synthetic, images: "
            f"readers {model.reader:.3f}, images {model.case:.3f}, both together {model.interaction:.3f}, one reading "
            f"{model.error:.3f}."
        )
        return
    yield (
        f"Readers’ true accuracies differ with a standard deviation of {points(parts.reader**0.5)} (pp: percentage "
        f"points); images, in the share of readers they fool, with one of {points(parts.case**0.5)}."
    )
    yield (
        f"Variance of one answer at an accuracy of {100 * parts.accuracy:.3g} %: readers {parts.reader:.4f}, images "
        f"{parts.case:.4f}, both together {parts.interaction:.4f}."
    )


def _results(plan: Plan) -> Iterator[str]:
    one, drawn = plan.forecast, plan.simulated
    rows = [
        (
            "95 % interval, expected",
            f"± {plan.distance(one.half_width)}",
            drawn and f"± {plan.distance(drawn.half_width)}",
        )
    ]
    rows += [
        (
            f"chance to show {plan.describe(aim)}" if aim in plan.aims else f"false claim of {plan.describe(aim)}",
            chance(getattr(one, aim)),
            drawn and _counted(drawn, getattr(drawn, aim)),
        )
        for aim in ("equivalence", "difference")
    ]
    if drawn:
        rows.append(("95 % interval holds the truth", chance(0.95), _counted(drawn, drawn.covered)))
    width = max(len(row[0]) for row in rows) + 2
    studies = f"in {drawn.studies:,} simulated studies" if drawn else ""
    yield f"{'What the study will show':{width + 2}}{'by formula':<16}{studies}".rstrip()
    for name, formula, counted in rows:
        yield f"  {name:{width}}{formula:<16}{counted or ''}".rstrip()
    yield from paragraphs(
        [
            f"Standard error {plan.distance(one.error)}, {one.freedom:.1f} degrees of freedom: Obuchowski–Rockette "
            "analysis of one modality (Hillis 2007), readers and images both random."
        ]
    )


def _counted(drawn: Counted, value: float) -> str:
    return f"{100 * value:.1f} % (± {1.96 * 100 * drawn.error_of(value):.1f} by the number of studies)"


def _grid(plan: Plan, aim: str) -> Iterator[str]:
    level = "" if plan.forecast.outcomes == 1 else f", p < {0.05 / plan.forecast.outcomes:.3g}"
    yield f"Chance to show {plan.describe(aim)}, by formula{level}"
    yield f"  {'images':>12}" + "".join(f"{one.cases:>8}" for one in plan.others[0])
    for row in plan.others:
        yield f"  {row[0].readers:>4} readers" + "".join(f"{chance(getattr(one, aim)):>8}" for one in row)


def _in_words(plan: Plan) -> Iterator[str]:
    one, name = plan.forecast, NAMES[plan.measure]
    truth, shown = plan.figure(plan.truth), _in_hundred(one.equivalence)
    if plan.can_be_equivalent:
        low, high = plan.figure(0.5 - plan.margin), plan.figure(0.5 + plan.margin)
        yield (
            f"If the readers’ true {name} is {truth}, {shown} such studies will show that it lies between {low} and "
            f"{high}. {_otherwise(one.equivalence)}"
        )
        yield (
            f"Here it is {_outcomes(one.outcomes)}. Of {plan.adjusted.outcomes}, Holm's adjustment asks p < "
            f"{0.05 / plan.adjusted.outcomes:.3g} of the first: the chance then lies between "
            f"{chance(plan.adjusted.equivalence)} (no other is shown) and {chance(plan.alone.equivalence)} (all others "
            "are)."
        )
    else:
        yield (
            f"A true {name} of {truth} lies outside {plan.figure(0.5)} ± {plan.distance(plan.margin)}: equivalence to "
            f"chance would be false there, and {shown} such studies would claim it."
        )
    if plan.truth != 0.5:
        found = _in_hundred(one.difference).capitalize()
        yield f"{found} such studies will find that it differs from {plan.figure(0.5)}."
    else:
        yield (
            "“Not better than chance” is never shown by p > 0.05: that is what 95 of 100 studies of guessing readers "
            "find, however small. The interval inside the margin shows it."
        )
    if plan.simulated and plan.simulated.counted_alarms is not None and plan.truth == 0.5:
        yield (
            f"Counting all {one.readers * one.cases:,} answers as independent would claim a difference from chance, "
            f"where there is none, in {chance(plan.simulated.counted_alarms)} of the simulated studies; a t test over "
            f"the readers in {chance(plan.simulated.readers_alarms)}; the analysis planned here in "
            f"{chance(plan.simulated.difference)}."
        )
    yield (
        "More readers help against readers who differ, more images against images that differ; neither replaces the "
        "other."
    )


def grading_lines(
    counted: CountedGrading,
    *,
    trait: GradingTrait,
    true_kappa: float,
    origin: Sequence[str],
    readers: int,
    cases: int,
    margin: float,
) -> Iterator[str]:
    """The plan of a study of grading, line by line."""
    yield f"{readers} readers × {cases} images ({cases // 2} real, {cases // 2} synthetic), grades 0–4 equally often"
    yield f"True quadratic κ with the reference: {true_kappa:.2f}, on synthetic images as on real ones."
    yield ""
    yield ASSUMED
    yield from paragraphs(
        [
            *origin,
            f"Set, not estimated, to give this κ. Standard deviations in grades: readers' severity {trait.reader:.2f}, "
            f"images' look {trait.case:.2f}, reader with image {trait.interaction:.2f}, one reading {trait.error:.2f}.",
        ]
    )
    yield ""
    yield f"What the study will show, in {counted.studies:,} simulated studies"
    share = f"± {points(margin)}"
    yield f"  95 % interval of κ on real images, expected         ± {counted.half_width:.3f}"
    yield f"  95 % interval of κ synthetic minus real, expected   ± {counted.half_width_difference:.3f}"
    yield f"  chance to show that difference within ± {f'{margin:g}':<11} {chance(counted.equivalence)}"
    yield f"  95 % interval of the share of images given a grade  ± {points(counted.half_width_share)}"
    yield f"  chance to show each share alike within {share:<12} {chance(counted.equivalence_shares)}"
    yield ""
    yield "In words"
    yield from paragraphs(
        [
            f"If synthetic images are graded exactly as well as real ones, {_in_hundred(counted.equivalence)} such "
            f"studies will show that κ differs by less than {margin:g}. {_otherwise(counted.equivalence)}",
            f"{_in_hundred(counted.equivalence_shares).capitalize()} will show that the share of images given each "
            f"grade, synthetic minus real, lies within ± {points(margin)}.",
            SEVERAL,
        ]
    )


def _outcomes(number: int) -> str:
    return "the only primary outcome" if number == 1 else f"the first of {number} primary outcomes"


def _in_hundred(value: float) -> str:
    return (
        "fewer than 1 of 100"
        if value < 0.005
        else "more than 99 of 100"
        if value > 0.995
        else f"{100 * value:.0f} of 100"
    )


def _otherwise(power: float) -> str:
    if power >= 0.795:
        return "That is enough by the usual standard of 80 of 100."
    return "The others will end without an answer; the usual standard is 80 of 100."


def needed(plan: Plan, aim: str, *, unit: str, number: int | None, target: float) -> str:
    """How many images (`unit` cases) or readers the aim takes, as a sentence; None: no number is enough."""
    fixed = f"{plan.forecast.readers} readers" if unit == "images" else f"{plan.forecast.cases} images"
    if number is None:
        more = "readers" if unit == "images" else "images"
        return (
            f"With {fixed}, no number of {unit} up to {MOST:,} gives a chance of {100 * target:g} % to show "
            f"{plan.describe(aim)}: take more {more}."
        )
    least = " (fewer are not planned)" if number == (4 if unit == "images" else 2) else ""
    return f"With {fixed}, {number} {unit}{least} give a chance of {100 * target:g} % to show {plan.describe(aim)}."
