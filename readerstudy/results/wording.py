"""Numbers in words: how the report and the pages print an estimate, and what they conclude from it."""

from collections.abc import Callable

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.summary import Analysis


def percent(estimate: Estimate) -> str:
    """`54 % [47 %, 61 %]`, or why there is none."""
    return _with_interval(estimate, lambda number: f"{100 * number:.0f} %")


def decimal(estimate: Estimate) -> str:
    """`0.74 [0.66, 0.81]`, or why there is none."""
    return _with_interval(estimate, two_decimals)


def two_decimals(number: float) -> str:
    """With a true minus sign, and without a negative zero."""
    return f"{round(number, 2) + 0.0:.2f}".replace("-", "−")


def p_value(value: float | None) -> str:
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def conclusions(analysis: Analysis) -> list[str]:
    """What the study found, in sentences that claim no more than the intervals allow."""
    sentences = [_what_was_studied(analysis)]
    if analysis.grading is not None:
        one = analysis.grading.by_source["quadratic κ with the reference"]
        sentences.append(
            f"Agreement with the reference grade (quadratic κ, 95 % interval): {decimal(one['real'])} on "
            f"real images, {decimal(one['synthetic'])} on synthetic ones; synthetic minus real "
            f"{decimal(one['difference'])}. " + _difference_means(one["difference"])
        )
        if (between := analysis.grading.between_readers).value is not None:
            sentences.append(f"Agreement of two readers with each other: κ = {decimal(between)} on average.")
    if analysis.detection is not None:
        pooled = analysis.detection.pooled_accuracy
        shown = pooled if pooled.value is not None else analysis.detection.counted_accuracy
        sentences.append(
            f"Readers told real from synthetic correctly in {percent(shown)} of readings. " + _accuracy_means(pooled)
        )
        table = analysis.detection.confusion
        sentences.append(
            f"{table.synthetic_called_real} of "
            f"{table.synthetic_called_real + table.synthetic_called_synthetic} readings of synthetic images "
            f"called them real; {table.real_called_synthetic} of "
            f"{table.real_called_synthetic + table.real_called_real} readings of real images called them "
            "synthetic."
        )
    return sentences


def _what_was_studied(analysis: Analysis) -> str:
    readers = f"{len(analysis.readers)} reader{'' if len(analysis.readers) == 1 else 's'}"
    images = f"{analysis.cases['real']} real and {analysis.cases['synthetic']} synthetic knee radiographs"
    if analysis.grading is None:
        return f"{readers} called {images} real or synthetic."
    if analysis.detection is None:
        return f"{readers} graded {images} on the Kellgren–Lawrence scale. Nobody has told them apart yet."
    return (
        f"{readers} graded {images} on the Kellgren–Lawrence scale and, in another phase, called each real or "
        "synthetic."
    )


def _difference_means(difference: Estimate) -> str:
    if difference.value is None or difference.low is None or difference.high is None:
        return "How far it may lie from zero cannot be said."
    if difference.low <= 0 <= difference.high:
        return (
            "The interval contains zero: no difference was shown. That is not proof that there is none; it "
            "excludes only differences outside the interval."
        )
    return "The interval excludes zero: synthetic images were graded differently."


def _accuracy_means(pooled: Estimate) -> str:
    if pooled.value is None or pooled.low is None or pooled.high is None:
        return f"An interval for other readers and other images cannot be given: {pooled.reason}."
    if pooled.low <= 0.5 <= pooled.high:
        return (
            "The interval, which holds for other readers and other images, contains one half: readers were "
            "not shown to do better than chance. That does not show that they cannot; accuracies inside the "
            "interval remain possible."
        )
    side = "better" if pooled.low > 0.5 else "worse"
    return (
        "The interval, which holds for other readers and other images, excludes one half: readers did "
        f"{side} than chance."
    )


def _with_interval(estimate: Estimate, form: Callable[[float], str]) -> str:
    if estimate.value is None:
        return f"not estimable ({estimate.reason})"
    if estimate.low is None or estimate.high is None:
        return f"{form(estimate.value)} [no interval]"
    return f"{form(estimate.value)} [{form(estimate.low)}, {form(estimate.high)}]"
