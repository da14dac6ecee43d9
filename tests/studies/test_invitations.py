"""A pasted list of readers becomes personal links, all or none."""

import pytest
from django.core.exceptions import ValidationError

from readerstudy.studies.invitations import invite_readers, personal_link
from readerstudy.studies.lifecycle import close_study
from tests.builders import build_study

pytestmark = pytest.mark.django_db


def test_each_line_is_a_reader_whatever_its_form() -> None:
    study = build_study(readers=0, opened=False)
    pasted = "Aino Virtanen, aino@example.org\n\nbo@example.org\nCarl Berg\nd@example.org\tDora, \n"
    pasted += 'Eva Eld <EVA@example.org>\nFritz; f@example.org\n"Grün, Gero" <g@example.org>\nHe, Hu, h@example.org\n'
    readers = invite_readers(study=study, pasted=pasted, by="lead")
    assert [(reader.name, reader.email) for reader in readers] == [
        ("Aino Virtanen", "aino@example.org"),
        ("", "bo@example.org"),
        ("Carl Berg", ""),
        ("Dora", "d@example.org"),
        ("Eva Eld", "eva@example.org"),
        ("Fritz", "f@example.org"),
        ("Grün, Gero", "g@example.org"),
        ("He, Hu", "h@example.org"),
    ]
    assert [reader.pseudonym for reader in readers] == [f"R0{number}" for number in range(1, 9)]
    assert len({personal_link(reader) for reader in readers}) == 8


def test_one_bad_line_is_named_and_nobody_is_invited() -> None:
    study = build_study(readers=0, opened=False)
    with pytest.raises(ValidationError) as refused:
        invite_readers(study=study, pasted="Aino, aino@example.org\nBo, bo@nowhere\nA, b", by="lead")
    assert refused.value.messages == [
        "Line 2: “bo@nowhere” is no e-mail address.",
        "Line 3: more than one name or address; write one reader a line: NAME, EMAIL.",
    ]
    assert study.readers.count() == 0


def test_an_address_is_invited_once_whatever_its_case() -> None:
    study = build_study(readers=0, opened=False)
    invite_readers(study=study, pasted="aino@example.org", by="lead")
    with pytest.raises(ValidationError, match="invited already"):
        invite_readers(study=study, pasted="AINO@example.org", by="lead")
    with pytest.raises(ValidationError, match=r"bo@example\.org stands in the list twice"):
        invite_readers(study=study, pasted="bo@example.org\nBo@example.org", by="lead")


def test_two_people_of_one_name_without_an_address_are_told_apart_first() -> None:
    study = build_study(readers=0, opened=False)
    invite_readers(study=study, pasted="Aino Virtanen", by="lead")
    with pytest.raises(ValidationError, match="“aino virtanen” is invited already"):
        invite_readers(study=study, pasted="aino virtanen", by="lead")
    invite_readers(study=study, pasted="Aino Virtanen, aino@example.org", by="lead")


def test_a_line_without_end_is_named() -> None:
    study = build_study(readers=0, opened=False)
    with pytest.raises(ValidationError, match="Line 1: it is too long"):
        invite_readers(study=study, pasted="a" * 140_000, by="lead")


def test_an_empty_list_says_so() -> None:
    with pytest.raises(ValidationError, match="empty"):
        invite_readers(study=build_study(readers=0, opened=False), pasted=" \n\n", by="lead")


def test_readers_can_join_an_open_study_but_not_a_closed_one() -> None:
    study = build_study(readers=1, opened=True)
    (late,) = invite_readers(study=study, pasted="late@example.org", by="lead")
    assert late.pseudonym == "R02"
    close_study(study=study, by="lead")
    with pytest.raises(ValidationError, match="closed"):
        invite_readers(study=study, pasted="later@example.org", by="lead")
