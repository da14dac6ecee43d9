"""Inviting readers: a pasted list in, personal links out."""

import csv
import io
import re

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse

from readerstudy.audit.recording import record
from readerstudy.studies.lifecycle import locked
from readerstudy.studies.models import Language, Reader, State, Study


@transaction.atomic
def invite_readers(*, study: Study, pasted: str, by: str, language: str = Language.ENGLISH) -> list[Reader]:
    """Invite one reader a line: NAME, EMAIL or either alone; or NAME <EMAIL>, as mail programs write it.

    language: of their pages, until a reader chooses another.
    Everybody in the list is invited or, with a ValidationError that names each bad line, nobody is.
    """
    study = locked(study)
    if study.state not in (State.DRAFT, State.OPEN):
        raise ValidationError(f"“{study.name}” is {study.get_state_display().lower()}; nobody can be invited any more.")
    known = {email.lower() for email in study.readers.exclude(email="").values_list("email", flat=True)}
    invited, errors = [], []
    listed: set[str] = set()
    names = {name.casefold() for name in study.readers.filter(email="").values_list("name", flat=True)}
    number = study.readers.order_by("-number").values_list("number", flat=True).first() or 0
    for at, line in enumerate(pasted.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            name, email = _name_and_email(line)
            if email in known:
                raise ValidationError(f"{email} is invited already")
            if email in listed:
                raise ValidationError(f"{email} stands in the list twice")
            listed |= {email} - {""}
            if not email and name.casefold() in names:
                raise ValidationError(
                    f"“{name}” is invited already; tell two people of one name apart, by an address or a word more"
                )
            names |= {name.casefold()} if not email else set()
            number += 1
            reader = Reader(study=study, number=number, name=name, email=email, language=language)
            reader.full_clean(validate_constraints=False)
            invited.append(reader)
        except csv.Error:
            errors.append(f"Line {at}: it is too long; write one reader a line: NAME, EMAIL.")
        except ValidationError as error:
            errors.append(f"Line {at}: {' '.join(error.messages)}.".replace("..", "."))
    if not invited and not errors:
        errors.append("The list is empty: give one reader a line.")
    if errors:
        raise ValidationError(errors)
    for reader in invited:
        reader.save()
    pseudonyms = [reader.pseudonym for reader in invited]
    record(actor=by, verb="invite readers", study=study.slug, readers=pseudonyms, language=Language(language).label)
    return invited


def _name_and_email(line: str) -> tuple[str, str]:
    """Separated by commas, semicolons, tabs or angle brackets; beside an address, a name may hold a comma itself."""
    fields = [field.strip() for field in next(csv.reader(io.StringIO(re.sub(r"[\t;<>]", ",", line))))]
    emails = [field for field in fields if "@" in field]
    names = [field for field in fields if field and "@" not in field]
    if len(emails) > 1 or (len(names) > 1 and not emails):
        raise ValidationError("more than one name or address; write one reader a line: NAME, EMAIL")
    for email in emails:
        try:
            validate_email(email)
        except ValidationError as error:
            raise ValidationError(f"“{email}” is no e-mail address") from error
    return ", ".join(names), (emails or [""])[0].lower()


def personal_link(reader: Reader) -> str:
    """The address that lets this reader in, without a password, at any time while the study is open."""
    return settings.SITE_URL + reverse("reading:start", args=[reader.token])
