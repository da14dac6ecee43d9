"""Draft → open → closed → archived. Opening freezes the protocol; there is no way back."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from readerstudy.audit.recording import record
from readerstudy.studies.blinding import FEWEST_LETTERS, blinding_objection, blinding_statement
from readerstudy.studies.models import State, Study
from readerstudy.studies.protocol import protocol_digest, serialise_protocol


def draft_to_edit(study: Study) -> Study:
    """The study as it stands now, locked until the transaction ends. Raises ValidationError unless it is a draft."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.state != State.DRAFT:
        raise ValidationError(
            f"“{study.name}” was opened, so its protocol is frozen and cannot be edited. Make a new study instead."
        )
    return study


@transaction.atomic
def delete_draft(*, study: Study, by: str) -> None:
    """Delete a study that nobody could read yet, with its invitations; its images stay in the bank.

    Raises ValidationError unless it is a draft.
    """
    study = draft_to_edit(study)
    record(actor=by, verb="delete draft", study=study.slug, name=study.name)
    study.delete()


def missing_before_opening(*, study: Study) -> list[str]:
    """What keeps the study from being opened, one sentence each; empty when it is ready. Blinding is apart."""
    missing = []
    cases = study.cases.select_related("radiograph__provenance")
    sources = {case.radiograph.provenance.source for case in cases}
    if not sources:
        missing.append("It has no images.")
    elif len(sources) == 1:
        missing.append(f"All its images are {sources.pop()}; a study needs both real and synthetic ones.")
    if any(case.radiograph.preset != study.preset for case in cases):
        missing.append("Some of its images were prepared with another preset than the study's.")
    phases = list(study.phases.all())
    if not phases:
        missing.append("It has no phases.")
    if any(phase.repeats > len(cases) for phase in phases):
        missing.append("A phase repeats more cases than there are.")
    if study.practice_cases.filter(radiograph__in=[case.radiograph_id for case in cases]).exists():
        missing.append("A radiograph for practice is also a case; choose those for practice again.")
    if not study.readers.exists():
        missing.append("Nobody is invited to read.")
    return missing


@transaction.atomic
def open_study(*, study: Study, by: str, blinding_override: str = "") -> Study:
    """Freeze the protocol and let readers in. Raises ValidationError, saying why, when the study is not ready.

    blinding_override: the reason for opening without a current and clear blinding audit; it stands in the protocol
    and in the record. Where the audit is clear there is nothing to override and it is not kept.
    """
    study = draft_to_edit(study)
    if missing := missing_before_opening(study=study):
        raise ValidationError(missing)
    override = _reason_if_needed(blinding_objection(study), blinding_override.strip())
    study.protocol = serialise_protocol(study) | {"blinding": blinding_statement(study, override=override)}
    study.protocol_digest = protocol_digest(study.protocol)
    study.state = State.OPEN
    study.opened_at = timezone.now()
    study.full_clean()
    study.save()
    if override:
        record(actor=by, verb="override blinding audit", study=study.slug, reason=override)
    record(actor=by, verb="open study", study=study.slug, protocol_digest=study.protocol_digest)
    return study


def _reason_if_needed(objection: str, reason: str) -> str:
    """The reason where there is an objection to overrule, else nothing. Raises ValidationError when it is missing."""
    if objection and (len(reason) < FEWEST_LETTERS or "\0" in reason):
        raise ValidationError(
            [objection, "To open the study all the same, give the reason; the protocol and the record will show it."]
        )
    return reason if objection else ""


@transaction.atomic
def close_study(*, study: Study, by: str) -> Study:
    """End the reading: every answer given stays, no further one is taken, image addresses stop working."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.state != State.OPEN:
        raise ValidationError(
            f"“{study.name}” is {study.get_state_display().lower()}; only an open study can be closed."
        )
    # An answer on its way holds the lock of its reader: it is waited for, every later one is refused.
    list(study.readers.select_for_update().order_by("pk").values_list("pk", flat=True))
    study.state = State.CLOSED
    study.closed_at = timezone.now()
    study.full_clean()
    study.save()
    record(actor=by, verb="close study", study=study.slug)
    return study


@transaction.atomic
def archive_study(*, study: Study, by: str) -> Study:
    """Put a closed study out of the way; nothing in it is deleted."""
    study = Study.objects.select_for_update().get(pk=study.pk)
    if study.state != State.CLOSED:
        raise ValidationError(f"“{study.name}” is {study.get_state_display().lower()}; close it before archiving it.")
    study.state = State.ARCHIVED
    study.full_clean()
    study.save()
    record(actor=by, verb="archive study", study=study.slug)
    return study
