"""The one way to write to the audit record."""

from typing import Any

from readerstudy.audit.models import Entry


def record(*, actor: str, verb: str, study: str = "", **detail: Any) -> Entry:
    """Note that `actor` did `verb`, to the study with this slug if there is one; details must be JSON."""
    entry = Entry(actor=actor, verb=verb, study=study, detail=detail)
    entry.full_clean()
    entry.save()
    return entry
