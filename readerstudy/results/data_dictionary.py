"""What each column of the export means."""

from collections.abc import Iterator
from dataclasses import dataclass

from readerstudy.csv_writer import write_csv


@dataclass(frozen=True)
class Column:
    """unit: of the values, empty for names and counts. values: what is allowed."""

    name: str
    type: str
    unit: str
    values: str
    meaning: str


COLUMNS = [
    Column("study", "text", "", "letters, digits, - and _", "Short name of the study."),
    Column("reader", "text", "", "R01, R02, …", "Pseudonym of the reader; names and e-mail are never exported."),
    Column("specialty", "text", "", "any", "Specialty as the reader gave it with their consent."),
    Column("years_experience", "integer", "years", "0–70", "Years of experience as the reader gave them."),
    Column("phase", "integer", "", "from 1", "Position of the phase in the study."),
    Column("task", "text", "", "grade, detect", "grade: Kellgren–Lawrence grade; detect: real or synthetic."),
    Column("case", "text", "", "C001, C002, …", "The case: one image, the same for all readers and phases."),
    Column("replicate", "integer", "", "1, 2", "1: first reading of the case in this phase; 2: hidden repeat."),
    Column("position", "integer", "", "from 1", "Place in this reader’s own order of this phase."),
    Column("source", "text", "", "real, synthetic", "Truth: where the image comes from."),
    Column("reference_grade", "integer", "KL grade", "0–4", "Truth; of a synthetic image the grade asked for."),
    Column("value", "text", "", "grade: 0–4; detect: real, synthetic", "The answer."),
    Column("confidence", "integer", "", "1–5, or empty", "1: a guess, 5: certain; empty where not asked."),
    Column("first_shown_at", "time", "ISO 8601, UTC", "or empty", "The server first sent the page of the case."),
    Column("answered_at", "time", "ISO 8601, UTC", "", "The server stored the answer."),
    Column(
        "response_ms",
        "integer",
        "ms",
        "from 0, or empty",
        "From the painted image to the confirmation, hidden time left out.",
    ),
    Column(
        "revision",
        "integer",
        "",
        "from 1",
        "1: the first answer to this presentation; larger: a change of it.",
    ),
    Column("is_final", "text", "", "true, false", "Whether this revision is the last one: the one that counts."),
]


def data_dictionary() -> Iterator[str]:
    """Yield the data dictionary as CSV lines."""
    return write_csv(
        ["column", "type", "unit", "values", "meaning"],
        ([column.name, column.type, column.unit, column.values, column.meaning] for column in COLUMNS),
    )
