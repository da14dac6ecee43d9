"""What the blinding audit means for a study: whether there is a current one, and whether it lets the study open."""

import hashlib
import json
from datetime import datetime
from typing import Any

from django.db import transaction

from readerstudy.audit.recording import record
from readerstudy.studies.models import BlindingAudit, BlindingVerdict, Study

FEWEST_LETTERS = 10  # of a reason for opening without a clear audit


def cases_digest(study: Study) -> str:
    """SHA-256 (hexadecimal) of what the audit depends on: the preset, and every image with its source."""
    cases = study.cases.order_by("radiograph__digest").values_list(
        "radiograph__digest", "radiograph__provenance__source"
    )
    return hashlib.sha256(json.dumps([study.preset, list(cases)]).encode()).hexdigest()


@transaction.atomic
def store_blinding_audit(*, study: Study, channels: list[dict[str, Any]], verdict: str, by: str) -> BlindingAudit:
    """Keep what an audit of the study's present images found. Raises ValidationError when a value does not fit."""
    audit = BlindingAudit(study=study, by=by, cases_digest=cases_digest(study), verdict=verdict, channels=channels)
    audit.full_clean()
    audit.save()
    leaks = [row["channel"] for row in channels if row["verdict"] == BlindingVerdict.LEAK]
    found = {"verdict": verdict, "leaks": leaks, "digest": audit.cases_digest}
    record(actor=by, verb="audit blinding", study=study.slug, state=study.state, **found)
    return audit


def current_blinding_audit(study: Study) -> BlindingAudit | None:
    """The latest audit, if it looked at the images that the study has now."""
    latest = study.blinding_audits.order_by("-at", "-pk").first()
    return latest if latest is not None and latest.cases_digest == cases_digest(study) else None


def audit_in_force(study: Study) -> BlindingAudit | None:
    """What the frozen protocol keeps of the audit that the study was opened by, as an audit that is in no table.

    None in a draft, and where there was no audit of the study's images.
    """
    kept = (study.protocol or {}).get("blinding") or {}
    if not kept.get("audited_at"):
        return None
    at = datetime.fromisoformat(kept["audited_at"])
    return BlindingAudit(study=study, at=at, verdict=kept["verdict"], channels=kept["channels"])


def audit_after_opening(study: Study) -> BlindingAudit | None:
    """The latest audit that ended after the study was opened. It changes nothing in the protocol."""
    if study.opened_at is None:
        return None
    return study.blinding_audits.filter(at__gt=study.opened_at).order_by("-at", "-pk").first()


def blinding_objection(study: Study) -> str:
    """Why the study should not be opened as far as blinding goes, in a sentence; empty when nothing is against it."""
    audit = current_blinding_audit(study)
    if audit is None:
        earlier = study.blinding_audits.exists()
        return (
            "The blinding audit is of other images than the study has now. Run it again."
            if earlier
            else "The blinding audit has not been run."
        )
    if audit.verdict == BlindingVerdict.UNDECIDED:
        return "The blinding audit could not decide: the study has too few images of one kind."
    if audit.verdict == BlindingVerdict.LEAK:
        return "The blinding audit found a leak: a program tells real from synthetic by something other than anatomy."
    return ""


def blinding_statement(study: Study, *, override: str) -> dict[str, Any]:
    """What the frozen protocol says of blinding: the audit it rests on, and why it was opened in spite of it."""
    audit = current_blinding_audit(study)
    return {
        "audited_at": audit.at.isoformat() if audit else None,
        "verdict": audit.verdict if audit else None,
        "channels": audit.channels if audit else [],
        "override": override,
    }
