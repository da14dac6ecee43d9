"""Consent is given once, while the study is open."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from readerstudy.audit.models import Entry
from readerstudy.reading.consent import give_consent
from readerstudy.studies.lifecycle import close_study
from readerstudy.studies.models import Reader
from tests.builders import build_study
from tests.sittings import reader_of

pytestmark = pytest.mark.django_db


def test_consent_is_kept_with_what_the_reader_told() -> None:
    reader = give_consent(reader=reader_of(build_study()), specialty=" Radiology ", years_experience=0)
    stored = Reader.objects.get(pk=reader.pk)
    assert (stored.specialty, stored.years_experience) == ("Radiology", 0)
    assert stored.consented_at is not None
    assert Entry.objects.get(verb="consent").actor == "R01"


def test_the_first_consent_stands() -> None:
    study = build_study()
    first = give_consent(reader=reader_of(study), specialty="Radiology", years_experience=12)
    give_consent(reader=reader_of(study), specialty="Rheumatology", years_experience=3)
    stored = Reader.objects.get()
    assert (stored.specialty, stored.years_experience) == ("Radiology", 12)
    assert stored.consented_at == first.consented_at
    assert Entry.objects.filter(verb="consent").count() == 1


@pytest.mark.parametrize(("specialty", "years"), [("", 4), ("  ", 4), ("Radiology", None), ("Radiology", 71)])
def test_consent_without_its_details_is_refused_and_leaves_nothing(specialty: str, years: int | None) -> None:
    with pytest.raises(ValidationError):
        give_consent(reader=reader_of(build_study()), specialty=specialty, years_experience=years)
    assert Reader.objects.get().consented_at is None
    assert not Entry.objects.filter(verb="consent").exists()


def test_a_closed_study_takes_no_consent() -> None:
    study = build_study()
    close_study(study=study, by="study lead")
    with pytest.raises(ValidationError, match="not open"):
        give_consent(reader=reader_of(study), specialty="Radiology", years_experience=12)


def test_a_clock_that_was_set_back_after_the_invitation_keeps_nobody_out() -> None:
    reader = reader_of(build_study())
    Reader.objects.update(invited_at=timezone.now() + timedelta(hours=2))
    assert give_consent(reader=reader, specialty="Radiology", years_experience=12).consented_at is not None
