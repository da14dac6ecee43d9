"""What the page of a study tells of its readers, and its record of who did what, in words for people."""

import csv
from decimal import Decimal

import pytest
from django.test import Client

from readerstudy.audit.recording import record
from readerstudy.demonstration.simulated_readers import simulate_reader
from readerstudy.reading.display import record_display
from readerstudy.studies.editing import edit_plan
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import OutcomeName
from tests.builders import build_study
from tests.sittings import answer_next, beginning_reader

pytestmark = pytest.mark.django_db


def test_staff_see_in_which_language_each_reader_was_invited(staff: Client) -> None:
    study = build_study(readers=1, opened=False)
    staff.post(f"/studies/{study.slug}/invite/", {"pasted": "Aino", "language": "fi"})
    page = staff.get(f"/studies/{study.slug}/").content.decode()
    assert page.index("<td>English</td>") < page.index("<td>Suomi</td>")
    links = b"".join(staff.get(f"/studies/{study.slug}/links.csv").streaming_content)  # type: ignore[attr-defined]
    rows = list(csv.DictReader(links.decode().splitlines()))
    assert [row["language"] for row in rows] == ["English", "Suomi"]
    assert "readers: R02; language: Suomi" in staff.get(f"/studies/{study.slug}/record/").content.decode()


def test_of_a_closed_study_the_page_says_where_readers_stopped_and_nothing_of_an_open_one(staff: Client) -> None:
    study = build_study(readers=3)
    simulate_reader(reader=study.readers.get(number=1))
    answer_next(beginning_reader(study, 2))
    page = f"/studies/{study.slug}/"
    assert "<td>reading</td>" in staff.get(page).content.decode()
    assert "while readers read" in staff.get(page).content.decode()
    close_study(study=study, by="lead")
    shown = staff.get(page).content.decode()
    assert [shown.count(f"<td>{said}</td>") for said in ("complete", "stopped after 1 of 8", "did not begin")] == [
        1
    ] * 3
    assert "while readers read" not in shown
    assert "invited: 3; consented: 2" in staff.get(f"{page}record/").content.decode()


def test_the_record_is_in_words(staff: Client) -> None:
    study = build_study(readers=1, opened=False, allows_zoom=False)
    record_display(reader=study.readers.get(), sees_dark=True, sees_bright=False)
    record(actor="manage.py analyze", verb="analyse", study=study.slug)
    margins = dict.fromkeys(OutcomeName.values, Decimal("0.1"))
    edit_plan(study=study, margins=margins, primary=["accuracy"], by="lead")
    shown = " ".join(staff.get(f"/studies/{study.slug}/record/").content.decode().split())
    assert "sees dark grey in black: yes; sees light grey in white: no" in shown
    assert "allows zoom: no" in shown
    assert "make report" in shown
    assert "real KL 0 × 1" in shown
    assert "accuracy 0.1," in shown
    assert "name: A small study; preset: window; repeats in phase 1: 0" in shown
    assert "True" not in shown
