"""The page's tables of further questions: who, where in the order, how fast, on which images."""

from readerstudy.analysis.contrasts import Contrast
from readerstudy.analysis.estimate import not_estimable
from readerstudy.analysis.exploration import SLOWER, Exploration, GroupAccuracy
from readerstudy.analysis.summary import Analysis
from readerstudy.results.page_tables import POINTS, Notes, PageTable, grade_table, page_table
from readerstudy.results.wording import capitalised, p_value

SHARES = ("accuracy", "balanced accuracy", "equal to the reference")


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
    compared = [one for one in contrasts if _is_compared(one)]
    for one in compared:
        share = one.figure in SHARES
        cell, difference = (notes.finer_share, notes.points) if share else (notes.number, notes.number)
        rows.append(
            [
                f"{capitalised(one.condition_a)}\u00a0(A) − {one.condition_b}\u00a0(B)",
                capitalised(one.figure),
                cell(one.of_a),
                cell(one.of_b),
                difference(one.difference),
                p_value(one.difference.p_value),
                p_value(one.p_adjusted),
                difference(one.check),
            ]
        )
    absent = _not_compared([one for one in contrasts if not _is_compared(one)])
    caption = (
        "Two conditions compared, A − B [95 % interval, for other readers and images]; p adjusted by Holm "
        "within the table"
    )
    if absent and not compared:
        return PageTable(caption, [], [], "contrasts", instead=absent)
    return page_table(
        f"{caption}{POINTS if any(one.figure in SHARES for one in compared) else ''}",
        ["", "Figure", "A", "B", "A − B", "p", "p, adjusted", "Check: U-statistics"],
        rows,
        data="contrasts",
        notes=notes,
        remark=absent,
        text_columns=2,
    )


def _is_compared(one: Contrast) -> bool:
    return one.difference.value is not None or (one.check is not None and one.check.value is not None)


def _not_compared(contrasts: list[Contrast]) -> str:
    """In one line the conditions between which no figure has a difference, each with the figures and the reason."""
    figures: dict[tuple[str, str], list[str]] = {}
    for one in contrasts:
        conditions = f"{capitalised(one.condition_a)} − {one.condition_b}"
        figures.setdefault((conditions, one.difference.reason), []).append(one.figure)
    said = [f"{conditions} in {' and '.join(names)} ({reason})" for (conditions, reason), names in figures.items()]
    return f"Not compared: {'; '.join(said)}." if said else ""


def _groups(found: Exploration) -> PageTable:
    notes = Notes()
    rows = [[capitalised(one.name), _read_all(one), notes.share(one.accuracy)] for one in found.groups]
    return page_table(
        "Accuracy by specialty and by years of experience [95 % interval, for other readers and images]",
        ["", "Readers", "Accuracy"],
        rows,
        data="detection_groups",
        notes=notes,
    )


def _read_all(one: GroupAccuracy) -> str:
    """How many readers of the group enter the figure, those who read everything."""
    if one.accuracy.value is None or one.accuracy.n == one.readers:
        return str(one.readers)
    return f"{one.accuracy.n} of {one.readers}"


def _by_grade(found: Exploration) -> PageTable:
    caption = "Share rightly called real or synthetic, by reference grade [95 % interval, for other readers and images]"
    return grade_table(caption, found.by_grade, data="detection_by_grade")


def _odds(found: Exploration) -> PageTable:
    notes = Notes()
    effects = [(capitalised(name), one, found.p_adjusted[name]) for name, one in found.odds_ratios.items()]
    if not effects:
        effects = [("Odds of a correct call", not_estimable(found.no_model), None)]
    time = "Time of wrong calls over that of right calls (ratio)"
    effects.append((time, found.slower_when_wrong, found.p_adjusted[SLOWER]))
    rows = [[name, notes.number(one), p_value(one.p_value), p_value(adjusted)] for name, one, adjusted in effects]
    return page_table(
        "What goes with a correct call: odds ratios from one model, above 1 where correct calls are more frequent "
        "[95 % interval]; p adjusted by Holm within the table",
        ["", "Ratio", "p", "p, adjusted"],
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
