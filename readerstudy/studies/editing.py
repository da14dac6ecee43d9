"""Editing the texts of a draft, how its cases are read, and what it will be judged by."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction

from readerstudy.audit.recording import record
from readerstudy.studies.analysis_plan import WIDEST
from readerstudy.studies.lifecycle import draft_to_edit, too_many_repeats
from readerstudy.studies.models import OutcomeName, Phase, PlannedOutcome, Study
from readerstudy.studies.practice import choose_practice
from readerstudy.studies.protocol import READING_OPTIONS
from readerstudy.studies.texts import plain


@transaction.atomic
def edit_texts(
    *,
    study: Study,
    name: str,
    consent_text: str,
    thanks_text: str,
    titles: Mapping[int, str],
    introductions: Mapping[int, str],
    by: str,
) -> Study:
    """Replace the texts of a draft; the titles and introductions of the phases are keyed by their positions.

    Raises ValidationError when the study was opened or a text does not fit, and nothing changes then.
    """
    study = draft_to_edit(study)
    changed = _replace(study, name=name, consent_text=consent_text, thanks_text=thanks_text)
    for phase in study.phases.all():
        at = phase.position
        of_phase = _replace(phase, title=titles[at], introduction=introductions[at])
        changed += [f"{field} of phase {at}" for field in of_phase]
    record(actor=by, verb="edit texts", study=study.slug, changed=changed)
    return study


def _replace(row: Study | Phase, **given: str) -> list[str]:
    """Store these fields of a row; the names of those that are another value now."""
    texts = {field: plain(value) for field, value in given.items()}
    changed = [field for field, value in texts.items() if plain(getattr(row, field)) != value]
    for field, value in texts.items():
        setattr(row, field, value)
    row.full_clean()
    row.save()
    return changed


@transaction.atomic
def edit_reading(
    *,
    study: Study,
    options: Mapping[str, bool | int],
    by: str,
    contact: str = "",
    practice_cases: int = 0,
    repeats: Mapping[int, int] | None = None,
) -> Study:
    """Settle how the cases of a draft are read; options are keyed by the names in `READING_OPTIONS`.

    practice_cases: how many radiographs are graded for practice before the first phase. repeats: how many cases are
    read twice, keyed by phase position; a phase that is not named keeps its number.
    Raises ValidationError when the study was opened, a value does not fit, a phase would repeat more cases than there
    are or the bank has too few for practice.
    """
    study = draft_to_edit(study)
    for name in READING_OPTIONS:
        if name in options:
            setattr(study, name, options[name])
    study.contact = contact
    study.full_clean()
    study.save()
    choose_practice(study=study, wanted=practice_cases)
    _set_repeats(study, repeats or {})
    chosen = {f"repeats_{position}": number for position, number in (repeats or {}).items()}
    record(actor=by, verb="edit reading", study=study.slug, **options, practice_cases=practice_cases, **chosen)
    return study


@transaction.atomic
def edit_plan(*, study: Study, margins: Mapping[str, Decimal], primary: Collection[str], by: str) -> Study:
    """Settle the margin of each outcome of a draft, in its own unit, and by which of them the study is judged.

    Raises ValidationError when the study was opened, an outcome has no margin that could be missed, or none is primary.
    """
    study = draft_to_edit(study)
    if not primary:
        raise ValidationError("Choose at least one primary outcome: it is what the study is judged by.")
    for name, widest in WIDEST.items():
        if not 0 < margins[name] < widest:
            raise ValidationError(
                f"{OutcomeName(name).label}: the margin must lie above 0 and below {widest:g}; as wide as the scale "
                "itself, it would call anything equivalent."
            )
    study.planned_outcomes.all().delete()
    for name in OutcomeName.values:
        outcome = PlannedOutcome(study=study, name=name, margin=margins[name], is_primary=name in primary)
        outcome.full_clean()
        outcome.save()
    written = {name: str(margin) for name, margin in margins.items()}
    record(actor=by, verb="edit analysis plan", study=study.slug, margins=written, primary=sorted(primary))
    return study


def _set_repeats(study: Study, repeats: Mapping[int, int]) -> None:
    cases = study.cases.count()
    for phase in study.phases.filter(position__in=repeats):
        phase.repeats = repeats[phase.position]
        if cases and phase.repeats > cases:  # without images, opening asks again
            raise ValidationError(too_many_repeats(phase, cases=cases))
        phase.full_clean()
        phase.save()
