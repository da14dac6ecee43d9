"""The tables of further questions, as rows for CSV files."""

from dataclasses import astuple

from readerstudy.analysis.estimate import not_estimable
from readerstudy.analysis.exploration import SLOWER, Exploration
from readerstudy.analysis.summary import Analysis
from readerstudy.results.table_rows import INTERVAL, Table, fields, grade_table


def exploration_tables(analysis: Analysis) -> list[Table]:
    """Of both phases, as far as there are answers."""
    return [
        *(_detection(analysis.detection.exploration) if analysis.detection else []),
        Table(
            "contrasts",
            "Two conditions compared",
            ["figure", "condition_a", "condition_b", "what", *INTERVAL, "p_adjusted"],
            [
                [one.figure, one.condition_a, one.condition_b, what, *fields(estimate), adjusted]
                for one in analysis.contrasts
                for what, estimate, adjusted in (
                    ("a", one.of_a, None),
                    ("b", one.of_b, None),
                    ("difference", one.difference, one.p_adjusted),
                    ("difference, check", one.check, None),
                )
                if estimate is not None
            ],
        ),
        Table(
            "course",
            "Share of right readings along the sitting",
            ["task", "first_position", "last_position", *INTERVAL],
            [
                [task, one.first, one.last, *fields(one.share)]
                for task, course in analysis.courses.items()
                for one in course
            ],
        ),
    ]


def _detection(found: Exploration) -> list[Table]:
    effects = [(f"odds ratio: {name}", one, found.p_adjusted[name]) for name, one in found.odds_ratios.items()]
    if not effects:
        effects = [("odds ratios", not_estimable(found.no_model), None)]
    effects.append(("time of wrong over time of right calls", found.slower_when_wrong, found.p_adjusted[SLOWER]))
    return [
        Table(
            "detection_groups",
            "Accuracy of groups of readers",
            ["group", "readers", *INTERVAL],
            [[one.name, one.readers, *fields(one.accuracy)] for one in found.groups],
        ),
        grade_table("detection_by_grade", "Accuracy by reference grade", found.by_grade),
        Table(
            "detection_effects",
            "What goes with a correct call",
            ["effect", *INTERVAL, "p_adjusted"],
            [[name, *fields(one), adjusted] for name, one, adjusted in effects],
        ),
        Table(
            "detection_deceptive_images",
            "Images that most readers misjudged",
            ["case", "source", "reference_grade", "readers_wrong", "readers"],
            [list(astuple(one)) for one in found.deceptive],
        ),
    ]
