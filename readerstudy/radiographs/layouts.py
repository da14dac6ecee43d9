"""Finding graded radiographs on disk: which files a folder holds, and what it says about each."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".dicom"}
SUBJECT_AND_SIDE = re.compile(r"\d(?P<side>[LR])\Z", re.IGNORECASE)
NAME_COLUMNS = ("name", "file", "filename", "image")
NO_TEXT = "its name is not readable text; rename it"
GRADE_COLUMNS = ("grade", "kl", "kl_grade")
SPLITS = ("train", "val", "validation", "test", "auto_test")  # names that are no data set's


class UnreadableLayout(Exception):
    """The folder as a whole cannot be understood; the message says why and what would be."""


@dataclass(frozen=True)
class Labelled:
    """A file with the KL grade (0–4) that its place or its table row gives it. side: "L", "R" or ""."""

    path: Path
    name: str
    grade: int
    split: str = ""
    side: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A file that cannot go in, and why."""

    name: str
    reason: str


def find_labelled(folder: Path, *, labels: Path | None = None) -> Iterator[Labelled | LeftOut]:
    """List the radiographs below a folder in a stable order.

    Understands SPLIT/GRADE/NAME and GRADE/NAME folders (the layout of doi 10.17632/56rmx5bjcr.1), and a flat folder
    with a CSV table (`labels`, or the only .csv file there) that has a column `name` (or file, filename, image), a
    column `grade` (or kl, kl_grade) and, if it likes, `side` and `split`. Raises UnreadableLayout.
    """
    if not folder.is_dir():
        raise UnreadableLayout(f"{folder} is not a folder.")
    if labels is not None:
        return _from_table(folder, labels)
    if _has_grade_folders(folder):
        return _from_grade_folders(folder, split=folder.name, below="")
    splits = [one for one in sorted(folder.iterdir()) if one.is_dir() and _has_grade_folders(one)]
    if splits:
        return (
            found for split in splits for found in _from_grade_folders(split, split=split.name, below=f"{split.name}/")
        )
    tables = sorted(folder.glob("*.csv"))
    if len(tables) == 1:
        return _from_table(folder, tables[0])
    raise UnreadableLayout(
        f"{folder} has neither folders named 0 to 4 (alone or inside split folders) nor exactly one CSV table of names "
        f"and grades ({len(tables)} found). Name the table with --labels."
    )


def _is_no_text(name: str) -> bool:
    return "\0" in name or any("\ud800" <= letter <= "\udfff" for letter in name)


def _has_grade_folders(folder: Path) -> bool:
    return any((folder / grade).is_dir() for grade in "01234")


def dataset_of(folder: Path) -> str:
    """What a data set is called where nobody says: the folder's name; for one split of it, that of the folder above."""
    folder = folder.resolve()
    return folder.parent.name if folder.name.lower() in SPLITS and folder.parent.name else folder.name


def _from_grade_folders(folder: Path, *, split: str, below: str) -> Iterator[Labelled | LeftOut]:
    for grade in sorted(one for one in folder.iterdir() if one.is_dir()):
        for path in sorted(grade.iterdir()):
            name = f"{below}{grade.name}/{path.name}"
            if path.name.startswith("."):
                continue
            if _is_no_text(name):
                yield LeftOut(ascii(name), NO_TEXT)
            elif path.suffix.lower() not in IMAGE_SUFFIXES:
                yield LeftOut(name, "it is not an image file by its name")
            elif grade.name not in set("01234"):
                yield LeftOut(name, f"its folder “{grade.name}” is not a Kellgren–Lawrence grade from 0 to 4")
            else:
                side = SUBJECT_AND_SIDE.search(path.stem)
                yield Labelled(path, name, int(grade.name), split, side["side"].upper() if side else "")


def _from_table(folder: Path, table: Path) -> Iterator[Labelled | LeftOut]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableLayout(f"{table} cannot be read as a CSV table: {error}.") from error
    columns = {(column or "").strip().lower(): column for column in (rows[0] if rows else {})}
    name_column = next((columns[name] for name in NAME_COLUMNS if name in columns), None)
    grade_column = next((columns[name] for name in GRADE_COLUMNS if name in columns), None)
    if name_column is None or grade_column is None:
        raise UnreadableLayout(
            f"{table} needs a column “name” and a column “grade”; it has {', '.join(columns) or 'no rows'}."
        )
    return (_from_row(folder, row, name_column, grade_column, columns) for row in rows)


def _from_row(
    folder: Path, row: dict[str, str], name_column: str, grade_column: str, columns: dict[str, str]
) -> Labelled | LeftOut:
    name = _cell(row, name_column)
    grade = _cell(row, grade_column)
    side = _cell(row, columns.get("side")).upper()[:1]
    if _is_no_text(name):
        return LeftOut(ascii(name), NO_TEXT)
    path = folder / name
    if not name or not path.resolve().is_relative_to(folder.resolve()):
        return LeftOut(name or "(a row without a name)", "the table must name a file inside the folder")
    if grade not in set("01234"):
        return LeftOut(name, f"its grade “{grade}” is not a Kellgren–Lawrence grade from 0 to 4")
    if side not in ("", "L", "R"):
        return LeftOut(name, f"its side “{side}” is neither L nor R")
    if not side and (match := SUBJECT_AND_SIDE.search(path.stem)):
        side = match["side"].upper()
    return Labelled(path, name, int(grade), _cell(row, columns.get("split")), side)


def _cell(row: dict[str, str], column: str | None) -> str:
    """What a row holds in a column; "" where the table has no such column or the row ends before it."""
    return "" if column is None else (row[column] or "").strip()
