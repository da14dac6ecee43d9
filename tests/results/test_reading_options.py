"""The study lead settles how the cases are read, and downloads what was noted of the reading."""

import csv
import re
from pathlib import Path

import pytest
from django.test import Client

from readerstudy.audit.models import Entry
from readerstudy.reading.display import record_display
from readerstudy.results.reading_details import DISPLAYS, VIEWER_USE
from readerstudy.studies.models import Reader, Study
from tests.builders import add_real_image, build_study
from tests.sittings import answer_next, beginning_reader

pytestmark = pytest.mark.django_db


def test_a_draft_takes_the_options_and_an_open_study_keeps_them(staff: Client) -> None:
    study = build_study(opened=False)
    add_real_image(20)
    address = f"/studies/{study.slug}/reading/"
    given = {"contact": "Aino", "allows_windowing": "on", "break_every": "30", "practice_cases": "1"}
    given |= {"repeats_1": "0", "repeats_2": "0"}
    assert staff.post(address, given).status_code == 302
    study.refresh_from_db()
    assert (study.contact, study.allows_zoom, study.allows_windowing, study.break_every) == ("Aino", False, True, 30)
    assert study.practice_cases.count() == 1
    too_many = staff.post(address, given | {"practice_cases": "20", "contact": "Bo"})
    assert "besides the cases of studies that are still read the bank holds 1" in too_many.content.decode()
    assert Study.objects.get().contact == "Aino"
    build_study(slug="opened")
    frozen = staff.post("/studies/opened/reading/", given)
    assert "its protocol is frozen" in frozen.content.decode()
    assert Study.objects.get(slug="opened").contact == ""


def test_hidden_repeats_of_a_draft_can_be_changed_as_long_as_there_are_images_for_them(staff: Client) -> None:
    study = build_study(opened=False, grade_repeats=2)
    address = f"/studies/{study.slug}/reading/"
    given = {"break_every": "30", "practice_cases": "0", "repeats_1": "3", "repeats_2": "1"}
    assert 'name="repeats_1" value="2"' in staff.get(address).content.decode()
    staff.post(address, given)
    assert list(study.phases.order_by("position").values_list("repeats", flat=True)) == [3, 1]
    too_many = staff.post(address, given | {"repeats_1": "5", "contact": "Bo"}).content.decode()
    assert "Phase 1 (Grading) cannot repeat 5 images: the study has 4." in too_many
    study.refresh_from_db()
    assert study.contact == ""
    assert list(study.phases.order_by("position").values_list("repeats", flat=True)) == [3, 1]


def test_readers_are_invited_in_a_language(staff: Client) -> None:
    study = build_study(opened=False, readers=0)
    staff.post(f"/studies/{study.slug}/invite/", {"pasted": "Aino\nBo", "language": "fi"})
    assert list(Reader.objects.values_list("language", flat=True)) == ["fi", "fi"]


def table(client: Client, address: str) -> list[dict[str, str]]:
    lines = b"".join(client.get(address).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    return list(csv.DictReader(lines))


def test_the_use_of_the_viewer_stands_beside_every_answer(staff: Client) -> None:
    study = build_study()
    reader = beginning_reader(study)
    first, second = answer_next(reader), answer_next(reader)
    first.viewer = {"max_zoom": 2.5, "panned": True, "hidden_ms": 0}
    first.remark = "=1+1"
    first.save()
    rows = table(staff, f"/studies/{study.slug}/viewer-use.csv")
    assert [(row["reader"], row["phase"], row["position"], row["revision"]) for row in rows] == [
        ("R01", "1", str(answer.presentation.position), "1") for answer in (first, second)
    ]
    assert (rows[0]["max_zoom"], rows[0]["panned"], rows[0]["inverted"], rows[0]["hidden_ms"]) == (
        "2.5", "true", "", "0",
    )  # fmt: skip
    assert rows[0]["remark"] == "'=1+1"
    assert rows[0]["showing"] == "1"
    assert Entry.objects.filter(verb="export viewer use").count() == 1


def test_displays_are_listed_by_reader(staff: Client) -> None:
    study = build_study()
    record_display(reader=beginning_reader(study), sees_dark=True, sees_bright=False, screen_width=1920)
    row = table(staff, f"/studies/{study.slug}/displays.csv")[0]
    assert (row["reader"], row["sees_dark"], row["sees_bright"], row["screen_width"], row["pixel_ratio"]) == (
        "R01", "true", "false", "1920", "",
    )  # fmt: skip


def test_the_documentation_names_every_column_of_the_two_further_tables() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/export.md").read_text(encoding="utf-8")
    section = page.split("## Two more tables")[1].split("\n## ")[0]
    assert set(re.findall(r"`(\w+)`", section)) - {"response_ms"} == {*VIEWER_USE, *DISPLAYS}
