"""Editing the texts of a draft."""

from django.db import transaction

from readerstudy.audit.recording import record
from readerstudy.studies.lifecycle import draft_to_edit
from readerstudy.studies.models import Study


@transaction.atomic
def edit_texts(
    *, study: Study, name: str, consent_text: str, thanks_text: str, introductions: dict[int, str], by: str
) -> Study:
    """Replace the texts of a draft; introductions are keyed by phase position.

    Raises ValidationError when the study was opened or a text does not fit, and nothing changes then.
    """
    study = draft_to_edit(study)
    study.name, study.consent_text, study.thanks_text = name, consent_text, thanks_text
    study.full_clean()
    study.save()
    for phase in study.phases.all():
        phase.introduction = introductions[phase.position]
        phase.full_clean()
        phase.save()
    record(actor=by, verb="edit texts", study=study.slug)
    return study
