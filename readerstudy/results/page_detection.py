"""The page's tables about telling real from synthetic."""

from collections.abc import Callable
from functools import partial

from readerstudy.analysis.binormal import AREA
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.summary_detection import FURTHER, Detection, PooledDetection
from readerstudy.results.page_tables import POINTS, Notes, PageTable, everybody, page_table, self_table
from readerstudy.results.wording import capitalised, counted, decimals, p_value, plain

SHARES = (
    "accuracy", "sensitivity", "specificity", "balanced accuracy",
    "positive predictive value", "negative predictive value",
)  # fmt: skip
NOT_AS_MANY = (
    "No p where a reader did not read as many real as synthetic images: one who guesses may then have any accuracy. "
    "The balanced accuracy, below, is 50 % for guessing all the same."
)
ASYMMETRY = "asymmetry of errors"
HELD = ("sensitivity", "specificity", ASYMMETRY)  # whose intervals do not lie too high
HIGH = 0.9
OPTIMISTIC = (
    "An accuracy or an AUC near 1 has an interval for other readers and images that lies too high too often: in "
    "simulated studies of 5 to 15 readers with a true accuracy of 90 or 95 %, above the truth in 5 to 8 of 100 for the "
    "accuracy and in 4 to 7 for the AUC, where it should be 2.5."
)  # docs/coverage.md


def detection_tables(detection: Detection) -> list[PageTable]:
    repeated = any(one.n for one in detection.with_self.values())
    return [
        _pooled(detection),
        _readers(detection),
        *_further(detection),
        *([_with_self(detection)] if repeated else []),
    ]


def _pooled(detection: Detection) -> PageTable:
    notes = Notes()
    rows = []
    known = any(one.estimate.value is not None for one in detection.pooled.values())
    for one in detection.pooled.values():
        cell = _cell(notes, one.name)
        rows.append(
            [
                capitalised(one.name),
                _guessing(one),
                cell(one.estimate),
                p_value(one.estimate.p_value),
                p_value(one.p_adjusted),
                cell(one.check),
                *([cell(one.counted)] if known else []),  # alone, it would pass for what is missing
            ]
        )
    header = [
        "", "Guessing", "For other readers and images", "p", "p, adjusted", "Check: U-statistics",
        *(["Readings as if independent"] if known else []),
    ]  # fmt: skip
    readers, images = detection.crossed
    who = capitalised(everybody(readers, began=len(detection.readers)))
    return page_table(
        f"{who}, {counted(images, 'image')}, no call missing) [95 % "
        "interval]; p: test against guessing, adjusted by Holm over all that are tested but "
        f"the accuracies{POINTS}",
        header,
        rows,
        data="detection_pooled",
        notes=notes,
        remark=_independent(detection),
        text_columns=2,
    )


def _guessing(one: PooledDetection) -> str:
    if one.null is None:
        return "any"
    if one.name == ASYMMETRY:
        return f"{decimals(100 * one.null, 0)} pp"
    return f"{decimals(100 * one.null, 0)} %" if one.name in SHARES else decimals(one.null, 1)


def _cell(notes: Notes, name: str) -> Callable[[Estimate | None], str]:
    if name == ASYMMETRY:
        return notes.points
    return notes.finer_share if name in SHARES else partial(notes.number, places=3)


def _independent(detection: Detection) -> str:
    said = (
        "The last column takes every reading for a separate experiment, although readings of one reader, and of one "
        "image, resemble each other. It is shown because many papers give it; do not conclude from it."
    )
    accuracy = detection.pooled["accuracy"]
    widths = [
        one.high - one.low
        for one in (accuracy.counted, accuracy.estimate)
        if one is not None and one.low is not None and one.high is not None
    ]
    if len(widths) == 2 and widths[0] < widths[1]:
        said += " Here its interval for the accuracy is narrower than it should be."
    return said + _fewer(detection) + _near_the_end(detection)


def _near_the_end(detection: Detection) -> str:
    """What the intervals are worth where a figure is so near 1 that they lie too high."""
    high = any(
        one.estimate.low is not None and (one.estimate.value or 0) >= HIGH
        for one in detection.pooled.values()
        if one.name not in HELD
    )
    return f" {OPTIMISTIC}" if high else ""


def _fewer(detection: Detection) -> str:
    """How many readers and images the areas rest on, where somebody's confidence is missing."""
    if detection.rated == detection.crossed or detection.pooled["AUC"].estimate.value is None:
        return ""
    readers, images = detection.rated
    return f" The areas are of {counted(readers, 'reader')} and {counted(images, 'image')} with every confidence."


def _readers(detection: Detection) -> PageTable:
    notes = Notes()
    margin = f"50 % ± {plain(100 * detection.margin)} pp"
    rows = [
        [
            one.reader,
            notes.share(one.accuracy),
            p_value(one.accuracy.p_value),
            p_value(one.p_adjusted),
            p_value(one.p_equivalence),
            notes.share(one.sensitivity),
            notes.share(one.specificity),
        ]
        for one in detection.readers
    ]
    return page_table(
        "Each reader [exact 95 % interval]; p: exact test against guessing, adjusted by Holm over the readers; "
        f"equivalence: exact test that the reader’s accuracy lies within {margin}",
        ["Reader", "Accuracy", "p", "p, adjusted", "p, equivalence", "Sensitivity", "Specificity"],
        rows,
        data="detection_by_reader",
        notes=notes,
        remark=NOT_AS_MANY if any(one.accuracy.n and one.accuracy.p_value is None for one in detection.readers) else "",
    )


def _further(detection: Detection) -> list[PageTable]:
    calls = (
        "What each reader’s call says [95 % interval]. Predictive values hold for this mix of real and synthetic "
        "images; a likelihood ratio of 1 says nothing"
    )
    scales = (
        "How far each reader tells the two apart [95 % interval]. d′ is 0 for guessing; criterion c is above 0 for a "
        "reader who leans towards “real”"
    )
    return [
        _by_name(detection, calls, [name for name in FURTHER if "value" in name or "ratio" in name]),
        _by_name(detection, scales, ["balanced accuracy", "AUC", AREA, "d′", "criterion c"]),
    ]


def _with_self(detection: Detection) -> PageTable:
    caption = "Calls against their hidden repeats, all readers together"
    return self_table(caption, detection.with_self, data="detection_with_self")


def _by_name(detection: Detection, caption: str, names: list[str]) -> PageTable:
    notes = Notes()
    rows = [
        [one.reader, *((notes.share if name in SHARES else notes.number)(one.further[name]) for name in names)]
        for one in detection.readers
    ]
    header = ["Reader", *(name if name == "d′" else capitalised(name) for name in names)]
    return page_table(caption, header, rows, data="detection_by_reader", notes=notes)
