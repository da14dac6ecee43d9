"""What arrives from a reader's page, before anybody believes it."""

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

PLAIN = (str, int, float, bool, type(None))


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
        raise ValidationError(_("The answer could not be read. Please give it again."))
    return sent


def _is_flat(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(one, PLAIN) for one in value.values())
    return isinstance(value, PLAIN)
