"""The tidy table of all answers: one row an answer, streamed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from readerstudy.csv_writer import write_csv
from readerstudy.reading.models import Answer
from readerstudy.results.data_dictionary import COLUMNS
from readerstudy.studies.models import Study

CHUNK = 2000  # rows fetched at a time: what bounds the memory


def stream_answers(study: Study) -> Iterator[str]:
    """Yield the CSV of a study's answers, a line at a time: every revision, by reader, phase and position.

    Source and reference grade come from the frozen protocol. Memory does not grow with the number of answers.
    """
    return write_csv([column.name for column in COLUMNS], _rows(study))


def _rows(study: Study) -> Iterator[list[object]]:
    cases = (study.protocol or {"cases": []})["cases"]  # a draft has no protocol, and no answers
    truth = {case["case"]: (case["case"], case["source"], case["reference_grade"]) for case in cases}
    labels = {case.pk: case.label for case in study.cases.all()}
    readers = {
        reader.pk: (reader.pseudonym, reader.specialty, reader.years_experience) for reader in study.readers.all()
    }
    for row in _answers_in_order(study).iterator(chunk_size=CHUNK):
        reader, phase, task, case, replicate, position, shown, *answer, revised = row
        value, confidence, answered, response_ms, revision = answer
        label, source, grade = truth[labels[case]]
        yield [
            study.slug, *readers[reader], phase, task, label, replicate, position, source, grade,
            value, confidence, iso_time(shown), iso_time(answered), response_ms, revision,
            "false" if revised else "true",
        ]  # fmt: skip


def _answers_in_order(study: Study) -> QuerySet[Answer, tuple[Any, ...]]:
    later = Answer.objects.filter(presentation=OuterRef("presentation"), revision__gt=OuterRef("revision"))
    return (
        Answer.objects.filter(presentation__reader__study=study)
        .order_by(
            "presentation__reader__number",
            "presentation__phase__position",
            "presentation__position",
            "revision",
        )
        .values_list(
            "presentation__reader_id",
            "presentation__phase__position",
            "presentation__phase__task",
            "presentation__case_id",
            "presentation__replicate",
            "presentation__position",
            "presentation__first_shown_at",
            "value",
            "confidence",
            "answered_at",
            "response_ms",
            "revision",
            Exists(later),
        )
    )


def iso_time(moment: datetime | None) -> str:
    """ISO 8601 in UTC, to the millisecond; empty for None."""
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
