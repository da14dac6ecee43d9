"""The tables of the report, as rows of text and numbers: the same for CSV files and for the page."""

from dataclasses import astuple

from readerstudy.analysis.grade_shares import GradeShare
from readerstudy.analysis.outcomes import Outcome
from readerstudy.analysis.plan import ACCURACY, ERROR, KAPPA, SHARES
from readerstudy.analysis.roc import RocCurve
from readerstudy.analysis.summary import Analysis
from readerstudy.analysis.summary_agreement import Agreement
from readerstudy.analysis.summary_detection import Detection
from readerstudy.analysis.summary_grading import Grading
from readerstudy.results.flow import PhaseFlow, ReaderRow
from readerstudy.results.reading_times import PositionTime
from readerstudy.results.table_rows import INTERVAL, Table, fields, grade_table
from readerstudy.results.tables_exploration import exploration_tables
from readerstudy.results.verdicts import is_doubtful

FIGURES = {
    KAPPA: "quadratic κ with the reference, synthetic − real",
    ERROR: "mean error (given − reference), synthetic − real",
    SHARES: "share of images given a grade, synthetic − real",
}


def make_tables(
    analysis: Analysis, flows: list[PhaseFlow], readers: list[ReaderRow], times: list[PositionTime]
) -> list[Table]:
    """Every table that there are data for, in the order a paper needs them."""
    tables = [_outcomes(analysis), _flow(flows), _readers(readers, flows)]
    if analysis.grading is not None:
        tables += _grading(analysis.grading)
    if analysis.detection is not None:
        tables += _detection(analysis.detection)
    tables += exploration_tables(analysis)
    return [*tables, _times(times)] if times else tables


def _flow(flows: list[PhaseFlow]) -> Table:
    rows: list[list[object]] = [
        [one.position, one.task, one.asked, one.started, one.completed, one.answers, one.missing_readings]
        for one in flows
    ]
    header = ["phase", "task", "readings_asked", "readers_started", "readers_completed", "answers", "missing"]
    return Table("flow", "Readers and readings in each phase", header, rows)


def _readers(readers: list[ReaderRow], flows: list[PhaseFlow]) -> Table:
    header = ["reader", "specialty", "years_experience", *(f"missing_in_phase_{one.position}" for one in flows)]
    rows: list[list[object]] = [[one.reader, one.specialty, one.years, *one.missing] for one in readers]
    return Table("readers", "The readers", header, rows)


def _outcomes(analysis: Analysis) -> Table:
    named = {one.name for one in analysis.primary}
    header = [
        "outcome",
        "figure",
        "kind",
        "null",
        "margin",
        *INTERVAL,
        "low_90",
        "high_90",
        "p_equivalence",
        "p_adjusted",
        "p_difference_adjusted",
        "verdict",
        "in_doubt",
    ]
    figures = FIGURES | ({ACCURACY: analysis.detection.judged} if analysis.detection else {})
    rows = [
        _outcome(one, figures[one.name], primary=one.name in named, frozen=analysis.plan.is_known_frozen)
        for one in analysis.outcomes
    ]
    return Table("outcomes", "Outcomes of the analysis plan and their equivalence tests", header, rows)


def _outcome(outcome: Outcome, figure: str, *, primary: bool, frozen: bool) -> list[object]:
    test = outcome.equivalence
    tested = [test.low, test.high, test.p_value, outcome.p_adjusted, outcome.p_difference] if test else [None] * 5
    kind = ("primary" if frozen else "primary, plan not known to be frozen") if primary else "exploratory"
    return [
        outcome.name, figure, kind, outcome.null, test.margin if test else None,
        *fields(outcome.estimate), *tested,
        str(outcome.verdict), "true" if is_doubtful(outcome) else "false",
    ]  # fmt: skip


def _grading(grading: Grading) -> list[Table]:
    by_reader = [
        (one.reader, statistic, estimate)
        for one in grading.readers
        for statistic, estimate in (
            ("quadratic κ with the reference", one.with_reference),
            ("linear κ with the reference", one.linear),
            ("unweighted κ with the reference", one.unweighted),
            ("equal to the reference", one.equal),
            ("quadratic κ with themselves", one.with_self),
        )
    ]
    counted = [("all", grading.pooled), *((one.reader, one.tables) for one in grading.readers)]
    return [
        Table(
            "grading_by_source",
            "Kellgren–Lawrence grading of real and of synthetic images, readers together",
            ["statistic", "images", *INTERVAL],
            [
                [one.name, images, *fields(getattr(one, images))]
                for one in grading.by_source
                for images in ("real", "synthetic", "difference", "check")
            ],
        ),
        _shares(grading.shares),
        Table(
            "grading_by_reader",
            "Each reader’s grading: agreement with the reference and with themselves",
            ["reader", "statistic", *INTERVAL],
            [[reader, statistic, *fields(estimate)] for reader, statistic, estimate in by_reader],
        ),
        Table(
            "grading_confusion",
            "Grades given by reference grade",
            ["reader", "images", "reference_grade", *(f"given_{grade}" for grade in range(5))],
            [
                [reader, images, grade, *counts]
                for reader, tables in counted
                for images, table in tables.items()
                for grade, counts in enumerate(table)
            ],
        ),
        Table(
            "reader_agreement",
            "Quadratic κ of every pair of readers",
            ["reader", "other_reader", "kappa"],
            [[first, other, kappa] for first, row in grading.pairs.items() for other, kappa in row.items()],
        ),
        Table(
            "grading_limits",
            "The readers’ mean grade less the reference: mean and limits of agreement",
            ["images", "statistic", *INTERVAL],
            [
                [images, name, *fields(getattr(found, name))]
                for images, found in grading.limits.items()
                for name in ("bias", "lower", "upper")
            ],
        ),
        Table(
            "grading_means",
            "The readers’ mean grade of each image",
            ["case", "images", "reference_grade", "mean_grade"],
            [list(astuple(one)) for one in grading.mean_grades],
        ),
        *_agreement(grading.agreement),
    ]


def _shares(shares: list[GradeShare]) -> Table:
    rows = [
        [one.grade, images, *fields(estimate), *tested]
        for one in shares
        for images, estimate, tested in (
            ("real", one.real, [None] * 4),
            ("synthetic", one.synthetic, [None] * 4),
            ("difference", one.difference, _tested(one)),
        )
    ]
    header = ["grade", "images", *INTERVAL, "low_90", "high_90", "p_equivalence", "p_adjusted"]
    return Table("grade_shares", "How often each grade was given to real and to synthetic images", header, rows)


def _tested(one: GradeShare) -> list[object]:
    test = one.equivalence
    return [*((test.low, test.high, test.p_value) if test else [None] * 3), one.p_adjusted]


def _agreement(agreement: Agreement) -> list[Table]:
    between = [
        (one.name, images, estimate)
        for one in agreement.between
        for images, estimate in (
            ("all", one.all),
            ("real", one.real),
            ("synthetic", one.synthetic),
            ("difference", one.difference),
        )
        if estimate is not None
    ]
    return [
        Table(
            "agreement_between_readers",
            "Agreement between readers",
            ["statistic", "images", *INTERVAL],
            [[name, images, *fields(estimate)] for name, images, estimate in between],
        ),
        grade_table("agreement_by_grade", "Agreement of pairs of readers on each grade", agreement.by_grade),
        Table(
            "agreement_with_self",
            "Readers against themselves, all hidden repeats together",
            ["statistic", *INTERVAL],
            [[name, *fields(estimate)] for name, estimate in agreement.with_self.items()],
        ),
    ]


def _detection(detection: Detection) -> list[Table]:
    pooled = [
        (one.name, readings, estimate, p_adjusted)
        for one in detection.pooled.values()
        for readings, estimate, p_adjusted in (
            ("readers and images as samples", one.estimate, one.p_adjusted),
            ("readers and images as samples, check", one.check, None),
            ("as if independent", one.counted, None),
        )
        if estimate is not None
    ]
    by_reader = [
        (one.reader, measure, estimate, *((one.p_adjusted, one.p_equivalence) if measure == "accuracy" else [None] * 2))
        for one in detection.readers
        for measure, estimate in one.figures.items()
    ]
    counted = [("all", detection.confusion), *((one.reader, one.confusion) for one in detection.readers)]
    calls = (
        "real_called_real",
        "real_called_synthetic",
        "synthetic_called_real",
        "synthetic_called_synthetic",
    )
    return [
        Table(
            "detection_pooled",
            "Telling real from synthetic, readers together",
            ["statistic", "readings", *INTERVAL, "p_adjusted"],
            [[measure, readings, *fields(estimate), p_adjusted] for measure, readings, estimate, p_adjusted in pooled],
        ),
        Table(
            "detection_by_reader",
            "Telling real from synthetic, each reader",
            ["reader", "statistic", *INTERVAL, "p_adjusted", "p_equivalence"],
            [[reader, measure, *fields(estimate), *tested] for reader, measure, estimate, *tested in by_reader],
        ),
        Table(
            "detection_confusion",
            "Calls by truth",
            ["reader", *calls],
            [[reader, *(getattr(table, call) for call in calls)] for reader, table in counted],
        ),
        Table(
            "detection_confidence",
            "Readings by source, call and confidence",
            ["readings", *(f"confidence_{level}" for level in range(1, 6))],
            [[readings, *counts] for readings, counts in detection.confidence.items()],
        ),
        Table(
            "detection_with_self",
            "Calls and their hidden repeats, all readers together",
            ["statistic", *INTERVAL],
            [[name, *fields(estimate)] for name, estimate in detection.with_self.items()],
        ),
        *([_roc(detection.roc)] if detection.roc else []),
    ]


def _roc(curve: RocCurve) -> Table:
    none: list[float | None] = [None] * len(curve.sensitivity)
    columns = (curve.false_positive, curve.sensitivity, curve.low or none, curve.high or none, curve.smooth or none)
    rows: list[list[object]] = [list(row) for row in zip(*columns, strict=True)]
    header = ["false_positive_share", "mean_sensitivity", "low", "high", "mean_binormal_sensitivity"]
    return Table("detection_roc", "ROC curve, mean over readers", header, rows)


def _times(times: list[PositionTime]) -> Table:
    return Table(
        "time_by_position",
        "Seconds to the first confirmation by position in the reader’s order",
        ["phase", "task", "position", "readings", "lower_quartile_s", "median_s", "upper_quartile_s"],
        [list(astuple(one)) for one in times],
    )
