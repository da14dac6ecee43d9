"""What a table of the report is, and how an estimate goes into a row of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from readerstudy.analysis.estimate import Estimate

INTERVAL = ["value", "low", "high", "n", "n_of", "p", "method", "note"]
# what n counts, by the beginning of the method
COUNTED = {
    "readers": (
        "Obuchowski–Rockette", "U-statistic", "V-statistic", "bootstrap over", "jackknife over", "mean pairwise κ",
    ),
    "images": (
        "Cohen’s κ", "Fleiss’ κ", "Gwet’s", "Krippendorff’s α", "agreement of pairs", "positive agreement", "ICC",
        "Kendall’s W", "Bland & Altman",
    ),
    "readings": (
        "proportion", "likelihood ratio", "d′", "criterion c", "empirical AUC", "binormal", "logistic model",
        "κ with oneself", "agreement with oneself",
    ),
}  # fmt: skip
DECIMALS = 12  # of a figure: what lies beyond is rounding


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
    figures = (estimate.value, estimate.low, estimate.high)
    return [
        *(None if one is None else round(one, DECIMALS) + 0.0 for one in figures),  # + 0.0: no negative zero
        estimate.n, unit_of(estimate.method), estimate.p_value, estimate.method, estimate.reason,
    ]  # fmt: skip


def unit_of(method: str) -> str:
    """What the n of an estimate by this method counts: readers, images or readings; nothing where there is none."""
    return next((unit for unit, methods in COUNTED.items() if method.startswith(methods)), "")
