"""What a table of the report is, and how an estimate goes into a row of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readerstudy.analysis.estimate import Estimate

INTERVAL = ["value", "low", "high", "n", "p", "method", "note"]


@dataclass(frozen=True)
class Table:
    """caption: what it shows. header and rows: as they go into the CSV file."""

    name: str
    caption: str
    header: list[str]
    rows: list[list[object]]


def grade_table(name: str, caption: str, by_grade: Mapping[str, Sequence[Estimate]]) -> Table:
    """An estimate for each kind of images, by name, at each grade."""
    rows: list[list[object]] = [
        [grade, images, *fields(estimate)]
        for images, estimates in by_grade.items()
        for grade, estimate in enumerate(estimates)
    ]
    return Table(name, caption, ["grade", "images", *INTERVAL], rows)


def fields(estimate: Estimate) -> list[object]:
    """The cells of the columns `INTERVAL`."""
    return [
        estimate.value, estimate.low, estimate.high, estimate.n, estimate.p_value, estimate.method,
        estimate.reason
    ]  # fmt: skip
