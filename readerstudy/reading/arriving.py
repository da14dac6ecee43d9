"""What arrives from a reader's page, before anybody believes it."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from readerstudy.reading.answering import Given
from readerstudy.reading.models import LONGEST_REMARK

PLAIN = (str, int, float, bool, type(None))
UNREADABLE = _("The answer could not be read. Please give it again.")
TOO_LONG = _("The remark is longer than 500 letters. Please shorten it.")
MOST_DIGITS = 12


def read_json(body: bytes) -> dict[str, Any]:
    """The fields of a JSON object: texts, numbers, true, false and null, or flat objects of these.

    Raises ValidationError for anything else: broken or deeply nested JSON, and text that no database can keep.
    """
    try:
        sent = json.loads(body)
        json.dumps(sent, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError):
        sent = None
    if not isinstance(sent, dict) or not all(_is_flat(value) for value in sent.values()):
        raise ValidationError(UNREADABLE)
    return sent


def read_answer(sent: Mapping[str, Any]) -> tuple[str, Given]:
    """The key of the presentation that is answered, and the answer, from the fields that a page or a form sent.

    Raises ValidationError when a field is none of its kind; the domain judges what it means.
    """
    remark = _text(sent, "remark").strip()
    if len(remark) > LONGEST_REMARK:
        raise ValidationError(TOO_LONG)
    viewer = sent.get("viewer")  # an object, which only the script can send
    try:
        client_key = UUID(_text(sent, "client_key"))
    except ValueError as error:
        raise ValidationError(UNREADABLE) from error
    given = Given(
        client_key=client_key,
        value=_text(sent, "value"),
        confidence=_number(sent, "confidence"),
        response_ms=_number(sent, "response_ms"),
        viewer=viewer if isinstance(viewer, dict) else {},
        remark=remark,
        revises=_number(sent, "revises"),
    )
    return _text(sent, "presentation"), given


def _text(sent: Mapping[str, Any], name: str) -> str:
    """Empty where the field is missing; a database keeps no NUL."""
    value = sent.get(name) or ""
    if not isinstance(value, str) or "\0" in value:
        raise ValidationError(UNREADABLE)
    return value


def _number(sent: Mapping[str, Any], name: str) -> int | None:
    """A whole number from 0, in figures where a form sent it; None where the field is missing or empty."""
    value = sent.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= MOST_DIGITS:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValidationError(UNREADABLE)
    return value


def _is_flat(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(one, PLAIN) for one in value.values())
    return isinstance(value, PLAIN)
