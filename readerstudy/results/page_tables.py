"""Tables as the page of the report prints them: estimates as text, and why something is missing as a note below."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from readerstudy.analysis.estimate import Estimate
from readerstudy.results.wording import capitalised, counted, decimals

LETTERS = "abcdefghijklmnopqrstuvwxyz"
POINTS = "; pp: percentage points, the difference of two shares"
NONE = "–"  # a cell without a figure begins with it; a negative number has a minus sign


@dataclass(frozen=True)
class PageTable:
    """The first column names the row; the first `text_columns` hold words. data: the table that holds the numbers.

    instead: a sentence in the place of a table that has no figure.
    """

    caption: str
    header: list[str]
    rows: list[list[str]]
    data: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    remark: str = ""
    text_columns: int = 1
    instead: str = ""


class Notes:
    """The reasons of one table why something cannot be estimated, each under a letter."""

    def __init__(self) -> None:
        self.reasons: dict[str, str] = {}

    def mark(self, reason: str) -> str:
        letter = LETTERS[len(self.reasons) % len(LETTERS)]
        return f"({self.reasons.setdefault(reason, letter)})"

    def listed(self) -> list[tuple[str, str]]:
        return [(letter, reason) for reason, letter in self.reasons.items()]

    def number(self, estimate: Estimate | None, *, places: int = 2) -> str:
        """`0.74 [0.66, 0.81]`; a dash with a letter where there is none."""
        return self._written(estimate, lambda value: decimals(value, places), "")

    def share(self, estimate: Estimate | None, *, places: int = 0) -> str:
        """`54 % [47, 61]`."""
        return self._written(estimate, lambda value: decimals(100 * value, places), " %")

    def finer_share(self, estimate: Estimate | None) -> str:
        """`53.8 % [47.1, 60.6]`: beside a difference, with the digits that make it up."""
        return self.share(estimate, places=1)

    def points(self, estimate: Estimate | None) -> str:
        """`−5.2 pp [−9.0, −1.4]`: the difference of two shares."""
        return self._written(estimate, lambda value: decimals(100 * value, 1), " pp")

    def _written(self, estimate: Estimate | None, form: Callable[[float], str], unit: str) -> str:
        if estimate is None:
            return NONE
        if estimate.value is None:
            return f"{NONE} {self.mark(estimate.reason)}"
        if estimate.low is None or estimate.high is None:
            return f"{form(estimate.value)}{unit} {self.mark(f'no interval: {estimate.reason}')}"
        marked = f" {self.mark(estimate.reason)}" if estimate.reason else ""
        return f"{form(estimate.value)}{unit} [{form(estimate.low)}, {form(estimate.high)}]{marked}"


def page_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    data: str,
    notes: Notes | None = None,
    remark: str = "",
    text_columns: int = 1,
) -> PageTable:
    """A column without any figure is left out and named below the table.

    Where no column has a figure, the table has no rows and a sentence in their place.
    """
    listed = notes.listed() if notes else []
    table = PageTable(caption, list(header), [list(row) for row in rows], data, listed, remark, text_columns)
    empty = [at for at in range(text_columns, len(header)) if rows and all(row[at].startswith(NONE) for row in rows)]
    if not empty:
        return table
    if len(empty) == len(header) - text_columns:
        why, what = "; ".join(reason for _, reason in listed), caption.split(" [", maxsplit=1)[0]
        return replace(table, rows=[], notes=[], instead=f"{what}: not estimable, because {why}.")
    kept = [at for at in range(len(header)) if at not in empty]
    shown = [[row[at] for at in kept] for row in table.rows]
    text = " ".join(cell for row in shown for cell in row)
    absent = "; ".join(f"{header[at]}{_reasons([row[at] for row in rows], listed)}" for at in empty)
    return replace(
        table,
        header=[header[at] for at in kept],
        rows=shown,
        notes=[(letter, reason) for letter, reason in listed if f"({letter})" in text],
        remark=f"Not shown, since there is no figure in it: {absent}. {remark}".strip(),
    )


def grade_table(caption: str, by_grade: Mapping[str, Sequence[Estimate]], *, data: str) -> PageTable:
    """Shares of all, real and synthetic images, in this order, at each grade."""
    notes = Notes()
    rows = [
        [f"Grade {grade}", *(notes.share(one) for one in shares)]
        for grade, shares in enumerate(zip(*by_grade.values(), strict=True))
    ]
    return page_table(caption, ["", "All images", "Real", "Synthetic"], rows, data=data, notes=notes)


def everybody(readers: int, *, began: int) -> str:
    """Who enters the pooled figures: `all readers together (6 readers`, `readers together (5 of the 6 who began`."""
    if readers == began:
        return f"all readers together ({counted(readers, 'reader')}"
    return f"readers together ({readers} of the {began} who began"


def self_table(caption: str, with_self: Mapping[str, Estimate], *, data: str) -> PageTable:
    """Agreement of readings with their repeats, by name; the images are no sample in its intervals."""
    notes, caption = Notes(), f"{caption} [95 % interval, for other readers and these repeated images]"
    rows = [
        [capitalised(name), (notes.number if "κ" in name else notes.share)(estimate), str(estimate.n)]
        for name, estimate in with_self.items()
    ]
    return page_table(caption, ["", "Estimate", "Repeated readings"], rows, data=data, notes=notes)


def _reasons(cells: Sequence[str], listed: Sequence[tuple[str, str]]) -> str:
    found = [reason for letter, reason in listed if any(f"({letter})" in cell for cell in cells)]
    return f" ({'; '.join(found)})" if found else ""
