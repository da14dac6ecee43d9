"""Tables as the page of the report prints them: estimates as text, and why something is missing as a note below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from readerstudy.analysis.estimate import Estimate
from readerstudy.results.wording import decimals

LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class PageTable:
    """The first column names the row; the first `text_columns` hold words. data: the table that holds the numbers."""

    caption: str
    header: list[str]
    rows: list[list[str]]
    data: str
    notes: list[tuple[str, str]] = field(default_factory=list)
    remark: str = ""
    text_columns: int = 1


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

    def _written(self, estimate: Estimate | None, form: Callable[[float], str], unit: str) -> str:
        if estimate is None:
            return "–"
        if estimate.value is None:
            return f"– {self.mark(estimate.reason)}"
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
    listed = notes.listed() if notes else []
    return PageTable(caption, list(header), [list(row) for row in rows], data, listed, remark, text_columns)
