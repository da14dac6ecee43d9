"""The page's tables of further questions: who, where in the order, how fast, on which images."""

from readerstudy.analysis.contrasts import Contrast
from readerstudy.analysis.estimate import not_estimable
from readerstudy.analysis.exploration import Exploration
from readerstudy.analysis.summary import Analysis
from readerstudy.results.page_tables import Notes, PageTable, grade_table, page_table
from readerstudy.results.wording import capitalised, p_value

SHARES = ("accuracy", "equal to the reference")


def exploration_tables(analysis: Analysis) -> list[PageTable]:
    """What there are rows for."""
    tables = [_contrasts(analysis.contrasts)]
    if analysis.detection:
        found = analysis.detection.exploration
        tables = [_groups(found), _by_grade(found), *tables, _odds(found), _deceptive(found)]
    return [table for table in tables if table.rows or table.instead]


def _contrasts(contrasts: list[Contrast]) -> PageTable:
    notes = Notes()
    rows = []
    for one in contrasts:
        cell, places = (notes.share, 0) if one.figure in SHARES else (notes.number, 2)
        estimates = (one.of_first, one.of_second, one.difference)
        rows.append(
            [
                f"{capitalised(one.first)} − {one.second}",
                capitalised(one.figure),
                *(cell(estimate, places=places) for estimate in estimates),
                p_value(one.difference.p_value),
                cell(one.check, places=places),
            ]
        )
    return page_table(
        "Two conditions compared, first − second [95 % interval, for other readers and images]",
        ["", "Figure", "First", "Second", "Difference", "p", "Check: U-statistics"],
        rows,
        data="contrasts",
        notes=notes,
        text_columns=2,
    )


def _groups(found: Exploration) -> PageTable:
    notes = Notes()
    rows = [[capitalised(one.name), str(one.readers), notes.share(one.accuracy)] for one in found.groups]
    return page_table(
        "Accuracy by specialty and by years of experience [95 % interval, for other readers and images]",
        ["", "Readers", "Accuracy"],
        rows,
        data="detection_groups",
        notes=notes,
    )


def _by_grade(found: Exploration) -> PageTable:
    caption = "Share rightly called real or synthetic, by reference grade [95 % interval, for other readers and images]"
    return grade_table(caption, found.by_grade, data="detection_by_grade")


def _odds(found: Exploration) -> PageTable:
    notes = Notes()
    rows = [[capitalised(name), notes.number(one), p_value(one.p_value)] for name, one in found.odds_ratios.items()]
    if not rows:
        rows = [["Odds of a correct call", notes.number(not_estimable(found.no_model)), "–"]]
    slower = found.slower_when_wrong
    rows.append(["Time of wrong calls over that of right calls (ratio)", notes.number(slower), p_value(slower.p_value)])
    return page_table(
        "What goes with a correct call: odds ratios from one model, above 1 where correct calls are more frequent "
        "[95 % interval]",
        ["", "Ratio", "p"],
        rows,
        data="detection_effects",
        notes=notes,
    )


def _deceptive(found: Exploration) -> PageTable:
    rows = [[one.case, one.source, str(one.grade), f"{one.wrong} of {one.read}"] for one in found.deceptive]
    return page_table(
        f"Images that deceived most readers (at most ten); {found.fooled_all} deceived every reader",
        ["Image", "Source", "Reference grade", "Readers wrong"],
        rows,
        data="detection_deceptive_images",
        text_columns=2,
    )
