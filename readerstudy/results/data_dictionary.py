"""What each column of the export means."""

from collections.abc import Iterator
from dataclasses import dataclass

from readerstudy.results.csv_writer import write_csv


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    values: str
    meaning: str


COLUMNS = [
    Column("study", "text", "", "Short name of the study."),
    Column("reader", "text", "R01, R02, …", "Pseudonym of the reader; names and addresses are never exported."),
    Column("specialty", "text", "", "Specialty as the reader gave it with their consent."),
    Column("years_experience", "integer", "0–70 years", "Years of experience as the reader gave them."),
    Column("phase", "integer", "1, 2", "Position of the phase in the study."),
    Column("task", "text", "grade, detect", "grade: Kellgren–Lawrence grading; detect: real or synthetic."),
    Column("case", "text", "C001, C002, …", "The case; the same label is the same image for all readers and phases."),
    Column("replicate", "integer", "1, 2", "1: first reading of the case in this phase; 2: hidden repeat."),
    Column("position", "integer", "from 1", "Place of the presentation in this reader's order of this phase."),
    Column("source", "text", "real, synthetic", "Truth: where the image comes from."),
    Column("reference_grade", "integer", "0–4", "Truth: reference KL grade; of a synthetic image the grade asked for."),
    Column("value", "text", "0–4 / real, synthetic", "The answer."),
    Column("confidence", "integer", "1–5 or empty", "1: a guess, 5: certain; empty where the phase does not ask."),
    Column("first_shown_at", "ISO 8601 UTC", "", "When the page of the case was first served, by the server's clock."),
    Column("answered_at", "ISO 8601 UTC", "", "When the answer was stored, by the server's clock."),
    Column("response_ms", "integer", "milliseconds, or empty", "From the painted image to the confirmation, in the page."),
    Column("revision", "integer", "from 1", "1: the first answer; larger: a change of it."),
    Column("is_final", "text", "true, false", "Whether this revision is the last one, which counts."),
]


def data_dictionary() -> Iterator[str]:
    """Yield the data dictionary as CSV lines."""
    return write_csv(
        ["column", "type", "values", "meaning"],
        ((column.name, column.type, column.values, column.meaning) for column in COLUMNS),
    )
