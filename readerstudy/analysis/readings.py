"""The tidy table of answers: reading it, checking it, and the matrices that the statistics take."""

from typing import IO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS = [
    "study", "reader", "specialty", "years_experience", "phase", "task", "case", "replicate", "position", "source",
    "reference_grade", "value", "confidence", "first_shown_at", "answered_at", "response_ms", "revision", "is_final",
]  # fmt: skip
TEXT = ["study", "reader", "specialty", "case"]
GRADES = range(5)


class UnusableAnswers(ValueError):
    """The table is not an export of answers; the message says where and why."""


def read_answers(source: str | IO[str]) -> pd.DataFrame:
    """Read an export (path or open text file) into one row an answer, checked and typed.

    Raises UnusableAnswers naming the column or the first line that does not fit, OSError when there is no such file.
    """
    try:
        table = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UnusableAnswers(f"This is not a CSV table of answers: {error}.") from error
    if twice := [name for name in COLUMNS if f"{name}.1" in table.columns]:
        raise UnusableAnswers(f"The table has two columns {twice[0]}.")
    if absent := [name for name in COLUMNS if name not in table.columns]:
        raise UnusableAnswers(f"The table has no column {', '.join(absent)}.")
    table = table[COLUMNS].copy()
    for name in TEXT:
        # undoes the export's escape
        table[name] = table[name].str.replace(r"^'(?='*[ \u00a0]*[=+\-@\t\r\n＝＋－＠])", "", regex=True)
    _require(table["source"].isin(["real", "synthetic"]), "source", "real or synthetic")
    _require(table["task"].isin(["grade", "detect"]), "task", "grade or detect")
    fits = (
        table["value"].where(table["task"] == "grade", "").isin([*map(str, GRADES), ""])
        & (table["value"].isin(["real", "synthetic"]) | (table["task"] == "grade"))
        & (table["value"] != "")
    )
    _require(fits, "value", "0 to 4 for task grade, real or synthetic for task detect")
    _require(table["is_final"].isin(["true", "false"]), "is_final", "true or false")
    for name in ("phase", "replicate", "position", "reference_grade", "revision"):
        _require(table[name].str.fullmatch(r"[0-9]{1,10}"), name, "a whole number")
        table[name] = table[name].astype(int)
    _require(table["reference_grade"].isin(GRADES), "reference_grade", "0 to 4")
    _require(table["confidence"].isin(["", "1", "2", "3", "4", "5"]), "confidence", "1 to 5, or empty")
    table["confidence"] = pd.to_numeric(table["confidence"])
    for name in ("reader", "case"):
        _require(table[name].str.fullmatch(r"[^\x00-\x1f]+"), name, "a name")
    _require(table["years_experience"].str.fullmatch(r"[0-9]{0,2}"), "years_experience", "a whole number, or empty")
    table["years_experience"] = pd.to_numeric(table["years_experience"])
    for name in ("specialty", "years_experience"):
        _require(table.groupby("reader")[name].transform("nunique") <= 1, name, "the same at every answer of a reader")
    _require(table["response_ms"].str.fullmatch(r"[0-9]{0,10}"), "response_ms", "a whole number, or empty")
    table["response_ms"] = pd.to_numeric(table["response_ms"])
    table["is_final"] = table["is_final"] == "true"
    if table["study"].nunique() > 1:
        raise UnusableAnswers(f"The table holds several studies: {', '.join(sorted(table['study'].unique()))}.")
    _require(table["replicate"].isin([1, 2]), "replicate", "1, or 2 for the hidden repeat of a case")
    _require(table["revision"] >= 1, "revision", "1 or more")
    _require(table.groupby("task")["phase"].transform("nunique") == 1, "phase", "the same at every answer of a task")
    _require(table.groupby("phase")["task"].transform("nunique") == 1, "task", "the same throughout a phase")
    _require_one_final_answer(table)
    return table


def _require_one_final_answer(table: pd.DataFrame) -> None:
    """Of each presentation the last revision, and no other, is the answer that counts."""
    presentation = ["reader", "phase", "case", "replicate"]
    twice = table.duplicated([*presentation, "revision"])
    _require(~twice, "revision", "another number at each answer to one presentation")
    last = table.groupby(presentation)["revision"].transform("max") == table["revision"]
    _require(table["is_final"] == last, "is_final", "true at the last revision of an answer and false at earlier ones")


def _require(fits: pd.Series, column: str, expected: str) -> None:
    if not fits.all():
        line = int(np.flatnonzero(~fits.to_numpy())[0]) + 2
        raise UnusableAnswers(f"Line {line}: column {column} must be {expected}.")


def final_answers(answers: pd.DataFrame, *, task: str, replicate: int | None = 1) -> pd.DataFrame:
    """The answers that count for one task, of one replicate (None: of all)."""
    chosen = answers["is_final"] & (answers["task"] == task)
    if replicate is not None:
        chosen &= answers["replicate"] == replicate
    return answers[chosen]


def grade_matrix(answers: pd.DataFrame, *, replicate: int = 1) -> pd.DataFrame:
    """KL grades as floats, readers × cases, NaN where there is no reading; both sorted by name."""
    graded = final_answers(answers, task="grade", replicate=replicate)
    matrix = graded.assign(value=graded["value"].astype(float)).pivot(index="reader", columns="case", values="value")
    return matrix.sort_index().sort_index(axis=1)


def detection_matrix(answers: pd.DataFrame, *, replicate: int = 1) -> pd.DataFrame:
    """1.0 where a reader called a case synthetic, 0.0 where real, NaN where there is no reading; readers × cases."""
    judged = final_answers(answers, task="detect", replicate=replicate)
    called = judged.assign(value=(judged["value"] == "synthetic").astype(float))
    return called.pivot(index="reader", columns="case", values="value").sort_index().sort_index(axis=1)


def rating_matrix(answers: pd.DataFrame, *, replicate: int = 1) -> pd.DataFrame:
    """How strongly a reader held a case for synthetic: confidence 1–5, negative where it was called real.

    NaN where there is no reading or no confidence; readers × cases, as `detection_matrix`.
    """
    judged = final_answers(answers, task="detect", replicate=replicate)
    rated = judged.assign(value=judged["confidence"].where(judged["value"] == "synthetic", -judged["confidence"]))
    return rated.pivot(index="reader", columns="case", values="value").sort_index().sort_index(axis=1)


def as_wide(answers: pd.DataFrame, like: pd.DataFrame, task: str, column: str) -> NDArray[np.float64]:
    """A column of the first readings that count, laid out as the matrix `like`, readers × cases."""
    final = final_answers(answers, task=task)
    return laid_out(final.pivot(index="reader", columns="case", values=column), like)


def laid_out(wide: pd.DataFrame, like: pd.DataFrame) -> NDArray[np.float64]:
    """With the readers and cases of `like`, NaN where there is nothing."""
    return np.asarray(wide.reindex(index=like.index, columns=like.columns).to_numpy(dtype=float))


def truth_of(answers: pd.DataFrame) -> pd.DataFrame:
    """source and reference_grade by case. Raises UnusableAnswers when a case has two truths."""
    truth = answers[["case", "source", "reference_grade"]].drop_duplicates().set_index("case").sort_index()
    if truth.index.has_duplicates:
        raise UnusableAnswers(f"Case {truth.index[truth.index.duplicated()][0]} has two sources or reference grades.")
    return truth


def one_hot(grades: NDArray[np.float64], *, categories: int = 5) -> NDArray[np.float64]:
    """[..., n] grades → [..., n, categories]; a missing grade (NaN) is a row of zeros."""
    return (grades[..., None] == np.arange(categories)).astype(float)
