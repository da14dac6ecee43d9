"""manage.py demo: a study to try, built once."""

import io
import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.test import Client

from readerstudy.radiographs.models import Provenance
from readerstudy.reading.models import Answer, Presentation
from readerstudy.results.progress import progress_of
from readerstudy.studies.models import Reader, Study

pytestmark = pytest.mark.django_db(transaction=True)


def demo(**options: object) -> str:
    out = io.StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def test_the_demonstration_is_built_once_and_its_addresses_work(settings: LazySettings, client: Client) -> None:
    settings.DEBUG = True
    first = demo()
    study = Study.objects.get()
    assert study.state == "open"
    assert "phantom" in study.name
    assert not Provenance.objects.filter(is_phantom=False).exists()
    assert [row.status for row in progress_of(study)] == ["invited"] + ["complete"] * 6
    broken_off = study.readers.get(number=4)
    Answer.objects.filter(presentation__reader=broken_off).delete()
    Presentation.objects.filter(reader=broken_off).delete()
    Reader.objects.filter(pk=broken_off.pk).update(consented_at=None)
    second = demo()
    assert Study.objects.count() == 1
    assert [row.status for row in progress_of(study)] == ["invited"] + ["complete"] * 6
    link = re.compile(r"Reader:\s+\S+?(/r/\S+)")
    assert link.search(first)[1] == link.search(second)[1]
    assert client.get(link.search(second)[1], follow=True).status_code == 200
    user, password = re.search(r"user (\S+), password (\S+)", second).groups()
    assert client.login(username=user, password=password)
    assert client.get(f"/studies/{study.slug}/").status_code == 200


def test_with_a_data_set_its_radiographs_are_the_real_ones(settings: LazySettings, shared_data: Path) -> None:
    settings.DEBUG = True
    out = demo(dataset=shared_data / "kneeKL224")
    assert "phantom" not in Study.objects.get().name
    assert not Provenance.objects.filter(is_phantom=True).exists()
    assert "Reader:" in out


def test_a_folder_without_radiographs_leaves_no_study(settings: LazySettings, tmp_path: Path) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError, match="neither folders named 0 to 4"):
        demo(dataset=tmp_path)
    assert not Study.objects.exists()


def test_it_does_not_run_in_production() -> None:
    with pytest.raises(CommandError, match="DEBUG only"):
        demo()
