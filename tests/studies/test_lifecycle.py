"""Draft, open, closed: what may change, when."""

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from readerstudy.audit.models import Entry
from readerstudy.reading.sitting import Stage, where_is
from readerstudy.studies.composition import choose_cases
from readerstudy.studies.invitations import invite_readers
from readerstudy.studies.lifecycle import Missing, archive_study, close_study, missing_before_opening, open_study
from readerstudy.studies.models import Study
from readerstudy.studies.protocol import protocol_digest
from tests.builders import OVERRIDE, build_study

pytestmark = pytest.mark.django_db


def test_opening_freezes_the_protocol_under_its_digest() -> None:
    study = build_study(real=2, synthetic=2, readers=1, opened=True)
    study.refresh_from_db()
    assert study.state == "open"
    assert study.opened_at is not None
    assert study.protocol_digest == protocol_digest(study.protocol)
    assert [case["case"] for case in study.protocol["cases"]] == ["C001", "C002", "C003", "C004"]
    assert sorted(case["source"] for case in study.protocol["cases"]) == ["real", "real", "synthetic", "synthetic"]
    assert json.loads(json.dumps(study.protocol)) == study.protocol
    assert Entry.objects.get(verb="open study").detail == {"protocol_digest": study.protocol_digest}


def test_the_digest_changes_with_any_word_of_the_protocol() -> None:
    study = build_study(opened=True)
    changed = json.loads(json.dumps(study.protocol))
    changed["phases"][0]["introduction"] += " "
    assert protocol_digest(changed) != study.protocol_digest


@pytest.mark.parametrize(
    ("real", "synthetic", "repeats", "sentence", "mended_in"),
    [
        (0, 0, 0, "It has no images.", "images"),
        (2, 0, 0, "All its images are real; a study needs both real and synthetic ones.", "images"),
        (2, 2, 5, "Phase 2 (Real or synthetic) cannot repeat 5 images: the study has 4.", "reading"),
    ],
)
def test_an_unready_study_is_not_opened_and_says_why_and_where_to_mend_it(
    real: int, synthetic: int, repeats: int, sentence: str, mended_in: str
) -> None:
    study = build_study(real=real, synthetic=synthetic, detect_repeats=repeats, opened=False)
    assert missing_before_opening(study=study) == [Missing(sentence, mended_in)]
    with pytest.raises(ValidationError) as refused:
        open_study(study=study, by="lead")
    assert sentence in refused.value.messages
    study.refresh_from_db()
    assert (study.state, study.protocol, study.opened_at) == ("draft", None, None)


def test_the_images_of_an_opened_study_cannot_be_changed() -> None:
    study = build_study(opened=True)
    before = list(study.cases.values_list("number", "radiograph"))
    with pytest.raises(ValidationError, match="frozen"):
        choose_cases(study=study, counts={("real", 0): 1}, by="lead")
    assert list(study.cases.values_list("number", "radiograph")) == before


def test_a_draft_that_was_deleted_meanwhile_is_not_opened() -> None:
    study = build_study(readers=1)
    Study.objects.get(pk=study.pk).delete()
    with pytest.raises(ValidationError, match="was deleted meanwhile"):
        open_study(study=study, by="lead", blinding_override=OVERRIDE)
    assert not Study.objects.exists()


def test_a_study_is_opened_closed_and_archived_once_each_in_that_order() -> None:
    study = build_study(opened=False)
    with pytest.raises(ValidationError, match="only an open study"):
        close_study(study=study, by="lead")
    study = open_study(study=study, by="lead", blinding_override=OVERRIDE)
    with pytest.raises(ValidationError, match="frozen"):
        open_study(study=study, by="lead", blinding_override=OVERRIDE)
    with pytest.raises(ValidationError, match="close it"):
        archive_study(study=study, by="lead")
    study = close_study(study=study, by="lead")
    assert study.closed_at is not None
    assert archive_study(study=study, by="lead").state == "archived"
    verbs = list(Entry.objects.filter(study=study.slug).values_list("verb", flat=True))
    assert verbs[-3:] == ["open study", "close study", "archive study"]


def test_the_database_itself_refuses_an_open_study_without_a_protocol() -> None:
    study = build_study(opened=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(state="open")


def test_a_study_that_nobody_is_invited_to_opens_and_takes_readers_later() -> None:
    study = open_study(study=build_study(readers=0, opened=False), by="lead", blinding_override=OVERRIDE)
    assert study.state == "open"
    (reader,) = invite_readers(study=study, pasted="Aino", by="lead")
    assert where_is(reader).stage == Stage.CONSENT
