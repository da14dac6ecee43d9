"""The report on the staff pages: made at a button, the same as the command's, and on record."""

import io
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from readerstudy.audit.models import Entry
from readerstudy.demonstration.simulated_readers import simulate_reader
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import Study
from tests.builders import build_study

pytestmark = pytest.mark.django_db


def answered(study: Study) -> Study:
    simulate_reader(reader=study.readers.get())
    return study


def make(staff: Client, study: Study, commit: DjangoCaptureOnCommitCallbacks) -> str:
    with commit(execute=True):
        return staff.post(f"/studies/{study.slug}/report/run/", follow=True).content.decode()


def test_the_report_of_the_page_is_that_of_the_command(
    staff: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, tmp_path: Path
) -> None:
    study = close_study(study=answered(build_study(readers=1)), by="lead")
    page = make(staff, study, django_capture_on_commit_callbacks)
    assert "The report is made." in page
    call_command("analyze", study.slug, out=tmp_path / "out")
    with zipfile.ZipFile(io.BytesIO(staff.get(f"/studies/{study.slug}/report.zip").content)) as files:
        packed = {name: files.read(name) for name in files.namelist()}
    written = {path.relative_to(tmp_path / "out").as_posix(): path for path in (tmp_path / "out").rglob("*.*")}
    assert packed["report.html"] == written["report.html"].read_bytes()
    assert {name: path.read_bytes() for name, path in written.items()}.items() <= packed.items()
    response = staff.get(f"/studies/{study.slug}/report/")
    link = f'\n    <p class="back"><a href="/studies/{study.slug}/">← Study</a></p>'
    assert link in response.content.decode()
    assert response.content.decode().replace(link, "").encode() == packed["report.html"]
    assert "style-src 'unsafe-inline'" in response["Content-Security-Policy"]
    assert list(Entry.objects.filter(verb="analyse").values_list("actor", flat=True)) == ["lead", "manage.py analyze"]


def test_a_new_report_takes_the_place_of_the_one_before(
    staff: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, media_root: Path
) -> None:
    study = answered(build_study(readers=1))
    make(staff, study, django_capture_on_commit_callbacks)
    assert b"Interim analysis." in staff.get(f"/studies/{study.slug}/report/").content
    assert Entry.objects.filter(verb="view interim report").count() == 1
    assert "interim," in staff.get(f"/studies/{study.slug}/").content.decode()
    (media_root / "reports" / str(study.pk) / ".DS_Store").write_bytes(b"")
    (media_root / "reports" / str(study.pk) / "interim-report.zip").write_bytes(b"cut short")
    assert "Make it again" in staff.get(f"/studies/{study.slug}/report/", follow=True).content.decode()
    close_study(study=study, by="lead")
    make(staff, study, django_capture_on_commit_callbacks)
    assert "interim," not in staff.get(f"/studies/{study.slug}/").content.decode()
    assert b"Interim analysis." not in staff.get(f"/studies/{study.slug}/report/").content
    assert Entry.objects.filter(verb="view interim report").count() == 2
    assert len(list((media_root / "reports").rglob("*.zip"))) == 1


def test_where_there_is_nothing_to_report_the_page_says_so(
    staff: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    study = build_study()
    assert "has no answers yet" in make(staff, study, django_capture_on_commit_callbacks)
    assert "Read the report" not in staff.get(f"/studies/{study.slug}/").content.decode()
    assert staff.get(f"/studies/{study.slug}/report/").status_code == 404
