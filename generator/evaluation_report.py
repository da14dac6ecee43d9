"""What an evaluation leaves: a table to read, the same as JSON, and a sheet of images to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from generator.evaluation import MEASURES, Measured, Row
from generator.networks import GRADES

HEADINGS = {
    "kernel": ("kernel ×1000", 1000.0, 1),
    "precision": ("precision", 1.0, 2),
    "recall": ("recall", 1.0, 2),
    "density": ("density", 1.0, 2),
    "coverage": ("coverage", 1.0, 2),
    "detector_auc": ("detector AUC", 1.0, 2),
    "accuracy": ("judged right", 1.0, 2),
    "within_one": ("within one", 1.0, 2),
    "kappa": ("quadratic κ", 1.0, 2),
}
COLUMNS, MARGIN = 10, 34  # of the sheet


@dataclass(frozen=True)
class Evaluated:
    """One checkpoint's evaluation. distance_name: what the Fréchet distance may be called. notes: sentences to read
    with the figures.
    """

    checkpoint: str
    digest: str
    preset: str
    real: str
    truncation: float
    distance_name: str
    grader: str
    notes: list[str]
    rows: list[Row]

    @property
    def label(self) -> str:
        return f"{self.checkpoint} {self.digest[:8]}"


def table(evaluated: Sequence[Evaluated]) -> str:
    """Lines of text on the checkpoints of one run: by grade the figures, each with its floor in brackets behind it.

    Several checkpoints are shown once more below one another, all their grades together.
    """
    lines = []
    for one in evaluated:
        lines.append(f"{one.label}, preset “{one.preset}”, beside {one.real} [and those beside one another]")
        lines += _aligned(_shown(one), [(_grade(row), row) for row in one.rows], first="KL")
        lines += [*one.notes, ""]
    if len(evaluated) > 1:
        together = [(one.label, row) for one in evaluated for row in one.rows if row.grade is None]
        lines += ["All grades together", *_aligned(_shown(evaluated[0]), together, first="checkpoint"), ""]
    return "\n".join(lines)


def _grade(row: Row) -> str:
    return "all" if row.grade is None else str(row.grade)


def _shown(one: Evaluated) -> dict[str, tuple[str, float, int]]:
    """The measures that have a column: heading, factor, digits."""
    shown = {"frechet": (one.distance_name, 1.0, 1)} | HEADINGS
    return {name: heading for name, heading in shown.items() if one.grader or name not in MEASURES[-3:]}


def _aligned(shown: dict[str, tuple[str, float, int]], rows: Sequence[tuple[str, Row]], *, first: str) -> list[str]:
    cells = [[first, "n", *(heading for heading, _, _ in shown.values())]]
    for label, row in rows:
        cells.append([label, str(row.n), *(_cell(row[name], *shown[name][1:]) for name in shown)])
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def _cell(measured: Measured, factor: float, digits: int) -> str:
    if measured.value is None or measured.floor is None:
        return "–"
    return f"{measured.value * factor:.{digits}f} [{measured.floor * factor:.{digits}f}]"


def as_json(evaluated: Sequence[Evaluated]) -> list[dict[str, Any]]:
    return [asdict(one) for one in evaluated]


CSV_HEADER = (
    "checkpoint",
    "digest",
    "preset",
    "grade",
    "n",
    "measure",
    "value",
    "value_sd",
    "floor",
    "floor_sd",
    "reason",
)


def csv_rows(evaluated: Sequence[Evaluated]) -> Iterator[list[object]]:
    """One row a checkpoint, grade (empty: all) and measure, for CSV_HEADER."""
    for one in evaluated:
        for row in one.rows:
            for measured in row.measured:
                named = one.distance_name if measured.measure == "frechet" else measured.measure
                grade = "" if row.grade is None else row.grade
                figures = (measured.value, measured.value_sd, measured.floor, measured.floor_sd, measured.reason)
                yield [one.checkpoint, one.digest, one.preset, grade, row.n, named, *figures]


def write_sheet(
    path: Path,
    *,
    real: NDArray[np.uint8],
    real_grades: NDArray[np.intp],
    synthetic: NDArray[np.uint8],
    synthetic_grades: NDArray[np.intp],
) -> None:
    """A PNG: for each grade a row of real images above a row of synthetic ones, the first ten of each."""
    side = synthetic.shape[1]
    sheet = Image.new("L", (MARGIN + COLUMNS * side, 2 * GRADES * side), 0)
    draw = ImageDraw.Draw(sheet)
    for grade in range(GRADES):
        for line, (images, grades) in enumerate(((real, real_grades), (synthetic, synthetic_grades))):
            top = (2 * grade + line) * side
            draw.text((3, top + side // 2), f"KL {grade}\n{('real', 'synth')[line]}", fill=255)
            for column, image in enumerate(images[grades == grade][:COLUMNS]):
                sheet.paste(Image.fromarray(image), (MARGIN + column * side, top))
    path.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
