"""Choosing the radiographs that readers grade for practice."""

import hashlib

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from readerstudy.radiographs.models import Radiograph, Source
from readerstudy.studies.models import Case, PracticeCase, State, Study

MOST_PRACTICE = 20


@transaction.atomic
def choose_practice(*, study: Study, wanted: int) -> list[PracticeCase]:
    """Give the draft so many radiographs for practice, in place of earlier ones, drawn by the study's seed.

    They are real, so that their reference grade is one that a reader gave, of the same kind (patients or phantoms) as
    the cases, not left out by staff, and neither one of them nor a case of another study that is read or will be.
    Grades are as evenly spread as the bank allows. Raises ValidationError when it holds too few.
    """
    study.practice_cases.all().delete()
    if not wanted:
        return []
    of_kind = study.cases.values_list("radiograph__provenance__is_phantom", flat=True).first()
    to_be_read = Case.objects.filter(Q(study=study) | Q(study__state__in=[State.DRAFT, State.OPEN]))
    candidates = Radiograph.objects.filter(
        preset=study.preset, provenance__source=Source.REAL, provenance__left_out=""
    ).exclude(pk__in=to_be_read.values("radiograph"))
    if of_kind is not None:
        candidates = candidates.filter(provenance__is_phantom=of_kind)
    by_grade: dict[int, list[Radiograph]] = {}
    for one in sorted(candidates.select_related("provenance"), key=lambda one: _rank(study, one)):
        by_grade.setdefault(one.provenance.grade, []).append(one)
    turns = sorted(
        (turn, _rank(study, one), one) for of_grade in by_grade.values() for turn, one in enumerate(of_grade)
    )
    chosen = [one for _, _, one in turns[:wanted]]
    if len(chosen) < wanted:
        raise ValidationError(
            f"{wanted} radiographs are wanted for practice, but besides the cases of studies that are still read the "
            f"bank holds {len(chosen)} real ones in the preset “{study.preset}”."
        )
    chosen.sort(key=lambda one: _rank(study, one)[1])
    practice = [
        PracticeCase(study=study, number=number, radiograph=one, reference_grade=one.provenance.grade)
        for number, one in enumerate(chosen, start=1)
    ]
    for case in practice:
        case.full_clean(validate_unique=False, validate_constraints=False)
    return PracticeCase.objects.bulk_create(practice)


def _rank(study: Study, radiograph: Radiograph) -> tuple[bool, str]:
    """Flagged images (blurred, near empty) last, else by chance."""
    truth = radiograph.provenance
    words = f"{study.seed} practice {radiograph.digest}"
    return truth.blurred or truth.near_empty, hashlib.sha256(words.encode()).hexdigest()
