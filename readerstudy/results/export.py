"""The tidy table of all answers: one row an answer, streamed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db.models import Max

from readerstudy.reading.models import Answer
from readerstudy.results.csv_writer import write_csv
from readerstudy.results.data_dictionary import COLUMNS
from readerstudy.studies.models import Study

CHUNK = 2000  # rows fetched at a time: what bounds the memory


def stream_answers(study: Study) -> Iterator[str]:
    """Yield the CSV of a study's answers line by line, every revision of each, in reader, phase and position order.

    Source and reference grade come from the frozen protocol. Memory does not grow with the number of answers.
    """
    return write_csv([column.name for column in COLUMNS], _rows(study))


def _rows(study: Study) -> Iterator[list[object]]:
    truth = {
        int(case["case"].removeprefix("C")): (case["case"], case["source"], case["reference_grade"])
        for case in (study.protocol or {"cases": []})["cases"]
    }
    readers = {
        reader.pk: (reader.pseudonym, reader.specialty, reader.years_experience) for reader in study.readers.all()
    }
    answers = (
        Answer.objects.filter(presentation__reader__study=study)
        .annotate(last=Max("presentation__answers__revision"))
        .order_by(
            "presentation__reader__number", "presentation__phase__position", "presentation__position", "revision"
        )
        .values_list(
            "presentation__reader_id",
            "presentation__phase__position",
            "presentation__phase__task",
            "presentation__case__number",
            "presentation__replicate",
            "presentation__position",
            "value",
            "confidence",
            "presentation__first_shown_at",
            "answered_at",
            "response_ms",
            "revision",
            "last",
        )
    )
    for row in answers.iterator(chunk_size=CHUNK):
        reader, phase, task, number, replicate, position, value, confidence, shown, at, ms, revision, last = row
        label, source, grade = truth[number]
        yield [
            study.slug, *readers[reader], phase, task, label, replicate, position, source, grade, value,
            confidence, _iso(shown), _iso(at), ms, revision, "true" if revision == last else "false",
        ]  # fmt: skip


def _iso(moment: datetime | None) -> str:
    if moment is None:
        return ""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
