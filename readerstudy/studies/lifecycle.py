"""Draft → open → closed → archived. Opening freezes the protocol; there is no way back."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from readerstudy.audit.recording import record
from readerstudy.studies.blinding import FEWEST_LETTERS, blinding_objection, blinding_statement
from readerstudy.studies.models import Phase, State, Study
from readerstudy.studies.protocol import protocol_digest, serialise_protocol


def locked(study: Study) -> Study:
    """The study as it stands now, locked until the transaction ends. Raises ValidationError when it was deleted."""
    for there in Study.objects.select_for_update().filter(pk=study.pk):
        return there
    raise ValidationError(f"“{study.name}” was deleted meanwhile.")


def draft_to_edit(study: Study) -> Study:
    """The study as it stands now, locked until the transaction ends. Raises ValidationError unless it is a draft."""
    study = locked(study)
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


@dataclass(frozen=True)
class Missing:
    """What keeps a draft from being opened, in a sentence. mended_in: `images` or `reading`; empty: on no page."""

    sentence: str
    mended_in: str = ""


def missing_before_opening(*, study: Study) -> list[Missing]:
    """What keeps the study from being opened; empty when it is ready. Blinding is apart.

    Nobody needs to be invited: readers can join an open study.
    """
    missing = []
    cases = study.cases.select_related("radiograph__provenance")
    sources = {case.radiograph.provenance.source for case in cases}
    if not sources:
        missing.append(Missing("It has no images.", "images"))
    elif len(sources) == 1:
        sentence = f"All its images are {sources.pop()}; a study needs both real and synthetic ones."
        missing.append(Missing(sentence, "images"))
    if any(case.radiograph.preset != study.preset for case in cases):
        missing.append(Missing("Some of its images were prepared with another preset than the study's.", "images"))
    if left_out := sum(case.radiograph.provenance.left_out != "" for case in cases):
        of_them = "One of its images was" if left_out == 1 else f"{left_out} of its images were"
        missing.append(Missing(f"{of_them} left out of new studies since: draw them anew.", "images"))
    phases = list(study.phases.all())
    if not phases:
        missing.append(Missing("It has no phases."))
    for phase in phases:
        if phase.repeats > len(cases) > 0:
            missing.append(Missing(too_many_repeats(phase, cases=len(cases)), "reading"))
    if study.practice_cases.filter(radiograph__in=[case.radiograph_id for case in cases]).exists():
        sentence = "A radiograph for practice is also a case; choose those for practice again."
        missing.append(Missing(sentence, "reading"))
    if study.practice_cases.exclude(radiograph__provenance__left_out="").exists():
        sentence = "A radiograph for practice was left out since; choose those for practice again."
        missing.append(Missing(sentence, "reading"))
    return missing


def too_many_repeats(phase: Phase, *, cases: int) -> str:
    """That a phase asks for more hidden repeats than the study has images, in a sentence."""
    return f"Phase {phase.position} ({phase.title}) cannot repeat {phase.repeats} images: the study has {cases}."


@transaction.atomic
def open_study(*, study: Study, by: str, blinding_override: str = "") -> Study:
    """Freeze the protocol and let readers in. Raises ValidationError, saying why, when the study is not ready.

    blinding_override: the reason for opening without a current and clear blinding audit; it stands in the protocol
    and in the record. Where the audit is clear there is nothing to override and it is not kept.
    """
    study = draft_to_edit(study)
    if missing := missing_before_opening(study=study):
        raise ValidationError([one.sentence for one in missing])
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
    study = locked(study)
    if study.state != State.OPEN:
        raise ValidationError(
            f"“{study.name}” is {study.get_state_display().lower()}; only an open study can be closed."
        )
    # An answer on its way holds the lock of its reader: it is waited for, every later one is refused.
    consented_at = list(study.readers.select_for_update().order_by("pk").values_list("consented_at", flat=True))
    study.state = State.CLOSED
    study.closed_at = timezone.now()
    study.full_clean()
    study.save()
    taking_part = sum(at is not None for at in consented_at)
    record(actor=by, verb="close study", study=study.slug, invited=len(consented_at), consented=taking_part)
    return study


@transaction.atomic
def archive_study(*, study: Study, by: str) -> Study:
    """Put a closed study out of the way; nothing in it is deleted."""
    study = locked(study)
    if study.state != State.CLOSED:
        raise ValidationError(f"“{study.name}” is {study.get_state_display().lower()}; close it before archiving it.")
    study.state = State.ARCHIVED
    study.full_clean()
    study.save()
    record(actor=by, verb="archive study", study=study.slug)
    return study
