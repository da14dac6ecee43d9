"""The page's tables of the analysis plan, the readers and the flow through the phases."""

from readerstudy.analysis.outcomes import Outcome
from readerstudy.analysis.plan import ACCURACY, ERROR, KAPPA, SHARES
from readerstudy.analysis.summary import Analysis
from readerstudy.results.flow import PhaseFlow, ReaderRow
from readerstudy.results.page_tables import Notes, PageTable, page_table
from readerstudy.results.verdicts import is_doubtful
from readerstudy.results.wording import decimals, p_value, plain

OUTCOMES = {
    ACCURACY: "Share of images rightly called real or synthetic",
    KAPPA: "Quadratic κ with the reference, synthetic − real",
    ERROR: "Mean error in grades, synthetic − real",
    SHARES: "Share of images given a grade, synthetic − real: the grade with the smallest p",
}
BALANCED_ACCURACY = "Balanced accuracy of calling images real or synthetic, there not being as many of each"
OF_ALL_GRADES = (
    "from the lowest to the highest of the 90 % intervals of all grades; p is that of the grade which is least clearly "
    "within the margin"
)
TASKS = {"grade": "Kellgren–Lawrence grade", "detect": "Real or synthetic"}


def outcomes_table(analysis: Analysis) -> PageTable:
    """The outcomes that the plan names, and their equivalence tests."""
    notes = Notes()
    adjusted = {one.name for one in analysis.primary}
    rows = []
    primary = " (primary)" if analysis.plan.is_known_frozen else " (primary, had there been a plan)"
    for one in analysis.outcomes:
        test = one.equivalence
        rows.append(
            [
                _named(one.name, analysis) + (primary if one.name in adjusted else ""),
                notes.number(one.estimate, places=3),
                f"{decimals(one.null, 1)} ± {plain(analysis.plan.margins[one.name])}",
                _limits(one, notes),
                p_value(test.p_value if test else None),
                p_value(one.p_adjusted) if one.name in adjusted else "–",
                p_value(one.p_difference) if one.name in adjusted else p_value(one.estimate.p_value),
                _verdict(one, notes),
            ]
        )
    header = [
        "Outcome", "Estimate [95 % interval]", "Equivalent means", "90 % interval", "p", "p, adjusted", "p, difference",
        "Verdict",
    ]  # fmt: skip
    return page_table(
        "p: two one-sided tests of equivalence; adjusted: by Holm among the primary outcomes; difference: test against "
        "no difference, of a primary outcome adjusted likewise",
        header,
        rows,
        data="outcomes",
        notes=notes,
    )


def _named(name: str, analysis: Analysis) -> str:
    detection = analysis.detection
    if name == ACCURACY and detection is not None and not detection.as_many:
        return BALANCED_ACCURACY
    return OUTCOMES[name]


def _limits(outcome: Outcome, notes: Notes) -> str:
    test = outcome.equivalence
    if test is None:
        return "–"
    limits = f"[{decimals(test.low, 3)}, {decimals(test.high, 3)}]"
    return f"{limits} {notes.mark(OF_ALL_GRADES)}" if outcome.name == SHARES else limits


def _verdict(outcome: Outcome, notes: Notes) -> str:
    verdict = str(outcome.verdict).capitalize()
    return f"{verdict} {notes.mark('in doubt: “In short” says why')}" if is_doubtful(outcome) else verdict


def flow_table(flows: list[PhaseFlow]) -> PageTable:
    rows = [
        [
            f"{one.position}: {TASKS[one.task]}",
            *map(str, (one.asked, one.started, one.completed, one.answers, one.missing_readings)),
        ]
        for one in flows
    ]
    header = ["Phase", "Readings asked of each", "Began", "Completed", "Answers", "Missing"]
    return page_table("Readers and readings in each phase", header, rows, data="flow")


def readers_table(readers: list[ReaderRow], flows: list[PhaseFlow]) -> PageTable:
    rows = [
        [one.reader, one.specialty, "" if one.years is None else str(one.years), *map(str, one.missing)]
        for one in readers
    ]
    header = ["Reader", "Specialty", "Years of experience", *(f"Missing in phase {one.position}" for one in flows)]
    return page_table("The readers", header, rows, data="readers", text_columns=2)
