"""The page's tables about telling real from synthetic."""

from readerstudy.analysis.summary_detection import Detection
from readerstudy.results.page_tables import Notes, PageTable, page_table
from readerstudy.results.wording import decimals, p_value

SHARES = ("accuracy", "sensitivity", "specificity", "balanced accuracy")


def detection_tables(detection: Detection) -> list[PageTable]:
    return [_pooled(detection), _readers(detection)]


def _pooled(detection: Detection) -> PageTable:
    notes = Notes()
    rows = []
    for one in detection.pooled.values():
        cell = notes.share if one.name in SHARES else notes.number
        places = 1 if one.name in SHARES else 3
        rows.append(
            [
                one.name[0].upper() + one.name[1:],
                f"{decimals(100 * one.null, 0)} %" if one.name in SHARES else decimals(one.null, 1),
                cell(one.estimate, places=places),
                p_value(one.estimate.p_value),
                p_value(one.p_adjusted),
                cell(one.check, places=places),
                cell(one.counted, places=places),
            ]
        )
    header = [
        "", "Guessing", "For other readers and images", "p", "p, adjusted", "Check: U-statistics",
        "Readings as if independent",
    ]  # fmt: skip
    return page_table(
        "All readers together [95 % interval]; p: test against guessing, adjusted by Holm over all but the first",
        header,
        rows,
        data="detection_pooled",
        notes=notes,
    )


def _readers(detection: Detection) -> PageTable:
    notes = Notes()
    rows = [
        [
            one.reader,
            notes.share(one.accuracy),
            p_value(one.accuracy.p_value),
            p_value(one.p_adjusted),
            notes.share(one.sensitivity),
            notes.share(one.specificity),
        ]
        for one in detection.readers
    ]
    return page_table(
        "Each reader [exact 95 % interval]; p: exact test against guessing, adjusted by Holm over the readers",
        ["Reader", "Accuracy", "p", "p, adjusted", "Sensitivity", "Specificity"],
        rows,
        data="detection_by_reader",
        notes=notes,
    )
