"""The tidy table: complete, readable as it stands, and streamed."""

import csv
import io
import re
import tracemalloc
import uuid
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils import timezone

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.readings import COLUMNS as ANALYSED
from readerstudy.analysis.readings import read_answers
from readerstudy.csv_writer import write_csv
from readerstudy.demonstration.simulated_readers import simulate_reader
from readerstudy.reading.answering import record_answer
from readerstudy.reading.models import Answer, Presentation
from readerstudy.results.data_dictionary import COLUMNS, data_dictionary
from readerstudy.results.export import stream_answers
from readerstudy.results.table_rows import fields
from readerstudy.studies.models import Study
from tests.builders import build_study

pytestmark = pytest.mark.django_db


def rows_of(study: Study) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(stream_answers(study)))))


def answered_study(**options: int) -> Study:
    study = build_study(**options)  # type: ignore[arg-type]
    for reader in study.readers.all():
        simulate_reader(reader=reader)
    return study


def test_every_answer_is_one_row_with_the_truth_beside_it() -> None:
    study = answered_study(real=3, synthetic=3, readers=2, grade_repeats=1)
    rows = rows_of(study)
    assert len(rows) == 2 * (6 + 1 + 6)
    truth = {case["case"]: case for case in study.protocol["cases"]}
    for row in rows:
        assert row["source"] == truth[row["case"]]["source"]
        assert row["reference_grade"] == str(truth[row["case"]]["reference_grade"])
        assert row["value"] in ("01234" if row["task"] == "grade" else ("real", "synthetic"))
        assert (row["confidence"] == "") == (row["task"] == "grade")
        shown, answered = (datetime.fromisoformat(row[name]) for name in ("first_shown_at", "answered_at"))
        assert shown.tzinfo == UTC
        assert shown <= answered
    assert {row["reader"] for row in rows} == {"R01", "R02"}
    assert [row["replicate"] for row in rows if row["reader"] == "R01" and row["task"] == "grade"].count("2") == 1


def test_the_columns_are_those_of_the_dictionary_and_of_the_analysis() -> None:
    study = build_study()
    header = next(iter(stream_answers(study))).strip().split(",")
    assert header == [column.name for column in COLUMNS] == ANALYSED
    assert all(column.meaning for column in COLUMNS)


def test_revisions_are_all_there_and_one_is_final() -> None:
    study = answered_study(readers=1)
    presentation = Presentation.objects.get(phase__task="detect", position=4)
    first = presentation.answers.get()
    changed = "real" if first.value == "synthetic" else "synthetic"
    Answer.objects.create(
        presentation=presentation,
        revision=2,
        client_key=uuid.uuid4(),
        value=changed,
        confidence=2,
        response_ms=10,
        answered_at=timezone.now(),
    )
    rows = [row for row in rows_of(study) if row["task"] == "detect" and row["position"] == "4"]
    assert [(row["revision"], row["is_final"], row["value"]) for row in rows] == [
        ("1", "false", first.value),
        ("2", "true", changed),
    ]


def test_no_name_address_or_link_leaves_with_the_answers() -> None:
    study = answered_study(readers=1)
    text = "".join(stream_answers(study))
    reader = study.readers.get()
    for secret in (reader.name, reader.email, reader.token):
        assert secret
        assert secret not in text


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\tx", "\rx", "\nx", " =1", "＝1+1", "'=1"])
def test_text_that_a_spreadsheet_would_run_is_made_harmless(text: str) -> None:
    (_, line) = list(write_csv(["a"], [[text]]))
    assert next(csv.reader(io.StringIO(line, newline=""))) == ["'" + text]


@pytest.mark.parametrize(
    "specialty", ["=HYPERLINK(1)", "'=x", "'s-Hertogenbosch", " -", "radiology, knees", 'the "knee"']
)
def test_a_specialty_comes_back_from_the_export_as_it_was_given(specialty: str) -> None:
    study = answered_study(readers=1)
    study.readers.update(specialty=specialty)
    answers = read_answers(io.StringIO("".join(stream_answers(study)), newline=""))
    assert set(answers["specialty"]) == {specialty}


def test_the_data_dictionary_and_the_documentation_name_every_column_in_order() -> None:
    names = [column.name for column in COLUMNS]
    table = list(csv.DictReader(io.StringIO("".join(data_dictionary()))))
    assert [row["column"] for row in table] == names
    page = (Path(__file__).resolve().parents[2] / "docs/export.md").read_text(encoding="utf-8")
    first = page.split("## Two more tables")[0]
    assert re.findall(r"^\| `(\w+)` \|", first, flags=re.M) == names


def test_negative_numbers_and_nothing_stay_as_they_are() -> None:
    assert list(write_csv(["a", "b"], [[-1.5, None]]))[1] == "-1.5,\r\n"


def test_rounding_errors_are_not_written() -> None:
    assert list(write_csv(["a", "b", "c"], [[0.1 + 0.2, 0.9999999999999999, 3e-20]]))[1] == "0.3,1.0,3e-20\r\n"
    nothing = Estimate(1.39e-17, -1e-18, 0.5, "proportion, exact", 4, 0.9999999999999999)
    assert fields(nothing)[:3] == [0.0, 0.0, 0.5]


def test_memory_does_not_grow_with_the_number_of_answers() -> None:
    study = answered_study(readers=1)
    presentation = Presentation.objects.filter(phase__task="grade").first()
    assert presentation is not None

    def peak_of_streaming() -> int:
        tracemalloc.start()
        for _ in stream_answers(study):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    def add_revisions(first: int, last: int) -> None:
        Answer.objects.bulk_create(
            (
                Answer(
                    presentation=presentation,
                    revision=revision,
                    client_key=uuid.uuid4(),
                    value="2",
                    response_ms=1,
                    answered_at=timezone.now(),
                )
                for revision in range(first, last)
            ),
            batch_size=1000,
        )

    add_revisions(2, 6_000)
    few = peak_of_streaming()
    add_revisions(6_000, 24_000)
    assert sum(1 for _ in stream_answers(study)) > 24_000
    assert peak_of_streaming() < 1.5 * few


def test_answering_through_the_domain_is_what_is_exported() -> None:
    study = build_study(real=1, synthetic=1, readers=1)
    reader = study.readers.get()
    simulate_reader(reader=reader)
    presentation = Presentation.objects.filter(phase__task="grade").latest("position")
    answer = presentation.answers.get()
    again = record_answer(
        presentation=presentation,
        client_key=answer.client_key,
        value=answer.value,
        confidence=None,
        response_ms=5,
        viewer={},
    )
    assert again == answer
    assert len(rows_of(study)) == 4
