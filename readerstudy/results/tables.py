"""The tables of the report, as rows of text and numbers: the same for CSV files and for the page."""

from dataclasses import dataclass

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.summary import Analysis

INTERVAL = ["value", "low", "high", "n", "p", "method", "note"]


@dataclass(frozen=True)
class Table:
    """caption: what it shows. header and rows: as they go into the CSV file."""

    name: str
    caption: str
    header: list[str]
    rows: list[list[object]]


def make_tables(analysis: Analysis) -> list[Table]:
    """Every table that this analysis has the data for, in the order a paper needs them."""
    tables = []
    if analysis.grading is not None:
        grading = analysis.grading
        tables += [
            Table(
                "grading_by_source",
                "Kellgren–Lawrence grading of real and of synthetic images, all readers together",
                ["statistic", "images", *INTERVAL],
                [
                    [name, images, *_fields(estimate)]
                    for name, estimates in grading.by_source.items()
                    for images, estimate in estimates.items()
                ],
            ),
            Table(
                "grading_between_readers",
                "Agreement between readers",
                ["statistic", *INTERVAL],
                [
                    ["Mean pairwise κ, all images", *_fields(grading.between_readers)],
                    ["Mean pairwise κ, real images", *_fields(grading.between_readers_real)],
                    ["Mean pairwise κ, synthetic images", *_fields(grading.between_readers_synthetic)],
                    ["Fleiss’ κ, all images", *_fields(grading.fleiss)],
                ],
            ),
            Table(
                "grading_by_reader",
                "Each reader’s grading: agreement with the reference and with themselves",
                ["reader", "statistic", *INTERVAL],
                [
                    [one.reader, name, *_fields(estimate)]
                    for one in grading.readers
                    for name, estimate in (
                        ("quadratic κ with the reference", one.with_reference),
                        ("equal to the reference", one.equal),
                        ("quadratic κ with themselves", one.with_self),
                    )
                ],
            ),
            Table(
                "grading_confusion",
                "Grades given by reference grade",
                ["reader", "images", "reference_grade", *(f"given_{grade}" for grade in range(5))],
                [
                    [reader, images, grade, *row]
                    for reader, tables_of in [("all", grading.pooled), *((one.reader, one.tables) for one in grading.readers)]
                    for images, table in tables_of.items()
                    for grade, row in enumerate(table)
                ],
            ),
            Table(
                "reader_agreement",
                "Quadratic κ of every pair of readers",
                ["reader", "other_reader", "kappa"],
                [[first, second, value] for first, row in grading.pairs.items() for second, value in row.items()],
            ),
        ]
    if analysis.detection is not None:
        found = analysis.detection
        measures = ("accuracy", "sensitivity", "specificity")
        tables += [
            Table(
                "detection_pooled",
                "Telling real from synthetic, all readers together",
                ["statistic", "readings", *INTERVAL],
                [
                    [measure, kind, *_fields(getattr(found, f"{prefix}_{measure}"))]
                    for prefix, kind in (("pooled", "readers and images as samples"), ("counted", "readings as if independent"))
                    for measure in measures
                ],
            ),
            Table(
                "detection_by_reader",
                "Telling real from synthetic, each reader",
                ["reader", "statistic", *INTERVAL],
                [[one.reader, measure, *_fields(getattr(one, measure))] for one in found.readers for measure in measures],
            ),
            Table(
                "detection_confusion",
                "Calls by truth",
                ["reader", "real_called_real", "real_called_synthetic", "synthetic_called_real", "synthetic_called_synthetic"],
                [
                    [name, one.real_called_real, one.real_called_synthetic, one.synthetic_called_real,
                     one.synthetic_called_synthetic]
                    for name, one in [("all", found.confusion), *((reader.reader, reader.confusion) for reader in found.readers)]
                ],
            ),
            Table(
                "detection_confidence",
                "Readings by source, call and confidence",
                ["readings", *(f"confidence_{level}" for level in range(1, 6))],
                [[name, *counts] for name, counts in found.confidence.items()],
            ),
        ]  # fmt: skip
    return tables


def _fields(estimate: Estimate) -> list[object]:
    return [
        estimate.value, estimate.low, estimate.high, estimate.n, estimate.p_value, estimate.method, estimate.reason
    ]  # fmt: skip
