"""Putting a study together: its phases, and how many images of each source and grade it takes from the bank."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count

from readerstudy.audit.recording import record
from readerstudy.radiographs.leaving_out import leave_out
from readerstudy.radiographs.models import Provenance, Radiograph
from readerstudy.studies import texts
from readerstudy.studies.lifecycle import draft_to_edit
from readerstudy.studies.models import Case, Phase, Study, Task

# (source, KL grade) of any origin, or (source, KL grade, origin) → how many images; see Provenance.origin
Cell = tuple[str, int] | tuple[str, int, str]
Counts = Mapping[tuple[str, int], int] | Mapping[tuple[str, int, str], int] | Mapping[Cell, int]


@transaction.atomic
def create_study(
    *,
    slug: str,
    name: str,
    preset: str,
    by: str,
    seed: int | None = None,
    grade_repeats: int = 0,
    detect_repeats: int = 0,
    consent_text: str = texts.CONSENT,
    grade_introduction: str = texts.GRADE_INTRODUCTION,
    detect_introduction: str = texts.DETECT_INTRODUCTION,
    thanks_text: str = texts.THANKS,
) -> Study:
    """Make a draft with the two phases of the published design: grading first, then real or synthetic.

    Raises ValidationError when a value does not fit; nothing is stored then.
    """
    study = Study(slug=slug, name=name, preset=preset, created_by=by)
    study.consent_text, study.thanks_text = consent_text, thanks_text
    if seed is not None:
        study.seed = seed
    study.full_clean()
    try:
        with transaction.atomic():
            study.save()
    except IntegrityError as error:  # made by another hand, or a second click, since that was looked up
        raise ValidationError(f"There is a study of the short name “{slug}” already.") from error
    for phase in (
        Phase(
            position=1,
            task=Task.GRADE,
            title=texts.GRADE_TITLE,
            introduction=grade_introduction,
            repeats=grade_repeats,
        ),
        Phase(
            position=2,
            task=Task.DETECT,
            title=texts.DETECT_TITLE,
            introduction=detect_introduction,
            repeats=detect_repeats,
            asks_confidence=True,
        ),
    ):
        phase.study = study
        phase.full_clean()
        phase.save()
    chosen = {"preset": preset, "repeats_1": grade_repeats, "repeats_2": detect_repeats}
    record(actor=by, verb="create study", study=study.slug, name=name, **chosen)
    return study


def available_counts(*, preset: str) -> dict[tuple[str, int, str], int]:
    """How many images a study can take of each source, grade and origin in this preset."""
    held = Provenance.objects.filter(radiograph__preset=preset, left_out="")
    fields = ("source", "grade", "dataset", "split", "checkpoint", "checkpoint_digest")
    counts: dict[tuple[str, int, str], int] = {}
    for row in held.values(*fields).annotate(count=Count("pk")).order_by():
        number = row.pop("count")
        cell = (row["source"], row["grade"], Provenance(**row).origin)
        counts[cell] = counts.get(cell, 0) + number
    return counts


def phantom_origins() -> set[str]:
    """The origins whose images show no patient: drawn phantoms, and what was learnt from them."""
    fields = ("source", "dataset", "split", "checkpoint", "checkpoint_digest")
    rows = Provenance.objects.filter(is_phantom=True).values(*fields).distinct()
    return {Provenance(**row).origin for row in rows}


@transaction.atomic
def choose_cases(*, study: Study, counts: Counts, by: str) -> list[Case]:
    """Fill the draft with images drawn at random (by the study's seed) from the bank, replacing earlier cases.

    Images that staff left out are not taken; flagged ones (blurred, near empty) and a second image of one individual
    only where there are not enough others. Cases are numbered in an order that has nothing to do with source or grade.
    Raises ValidationError when the bank holds too few, and when phantoms and radiographs of patients come together.
    """
    study = draft_to_edit(study)
    chosen: list[Radiograph] = []
    short = []
    named_first = sorted(counts.items(), key=lambda item: (-len(item[0]), item))
    for (source, grade, *origin), wanted in named_first:
        candidates = Radiograph.objects.filter(
            preset=study.preset, provenance__source=source, provenance__grade=grade, provenance__left_out=""
        ).select_related("provenance")
        taken = {one.pk for one in chosen}
        held = [one for one in candidates if origin in ([], [one.provenance.origin]) and one.pk not in taken]
        if len(held) < wanted:
            short.append(
                f"{wanted} {' '.join([str(source), 'images', *(f'of {name}' for name in origin)])} of grade {grade} "
                f"are wanted, but the bank holds {len(held)} "
                f"in the preset “{study.preset}”."
            )
        chosen += _drawn(held, wanted, study=study, beside=chosen)
    if short:
        raise ValidationError(short)
    if len({one.provenance.is_phantom for one in chosen}) == 2:
        raise ValidationError(
            "Phantoms and radiographs of patients are never mixed in one study; choose images of one kind. "
            "What a generator draws is of the kind it was trained on."
        )
    study.cases.all().delete()
    chosen.sort(key=lambda one: _rank(study.seed, "number", one.digest))
    cases = [Case(study=study, number=number, radiograph=one) for number, one in enumerate(chosen, start=1)]
    for case in cases:
        case.full_clean(validate_unique=False)
    Case.objects.bulk_create(cases)
    record(
        actor=by,
        verb="choose cases",
        study=study.slug,
        counts={
            " ".join([source, f"KL {grade}", *origin]): number
            for (source, grade, *origin), number in sorted(counts.items())
        },
    )
    return cases


def chosen_counts(cases: Iterable[Case]) -> dict[tuple[str, int, str], int]:
    """How many images these cases take of each source, grade and origin."""
    truths = [case.radiograph.provenance for case in cases]
    return Counter((truth.source, truth.grade, truth.origin) for truth in truths)


@transaction.atomic
def replace_case(*, study: Study, radiograph: Radiograph, reason: str, by: str) -> None:
    """Leave an image of a draft out of all studies to come, and draw the draft's images once more without it.

    Raises ValidationError without a reason or where the bank holds no other of its kind; nothing changes then.
    """
    study = draft_to_edit(study)
    counts = chosen_counts(study.cases.select_related("radiograph__provenance"))
    leave_out(radiograph=radiograph, reason=reason, by=by, study=study.slug)
    choose_cases(study=study, counts=counts, by=by)


def shown_twice(*, study: Study) -> int:
    """How many images show a knee, or a patient, that another image of the study shows, too."""
    shown = Counter(
        case.radiograph.provenance.individual for case in study.cases.select_related("radiograph__provenance")
    )
    return sum(number for number in shown.values() if number > 1)


def _drawn(held: list[Radiograph], wanted: int, *, study: Study, beside: list[Radiograph]) -> list[Radiograph]:
    """`wanted` of the images held, at random by the study's seed, each of another individual as far as that goes."""
    by_chance = sorted(held, key=lambda one: _rank(study.seed, one.digest))
    met = {one.provenance.individual for one in beside}
    drawn: list[Radiograph] = []
    for flagged in (False, True):
        again: list[Radiograph] = []
        for one in by_chance:
            truth = one.provenance
            if (truth.blurred or truth.near_empty) == flagged:
                (again if truth.individual in met else drawn).append(one)
                met.add(truth.individual)
        drawn += again
    return drawn[:wanted]


def _rank(*words: object) -> str:
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()
