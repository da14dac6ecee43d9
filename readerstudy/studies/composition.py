"""Putting a study together: its phases, and how many images of each source and grade it takes from the bank."""

import hashlib
from collections import Counter
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count

from readerstudy.audit.recording import record
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
    study.save()
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
    """How many images the bank holds of each source, grade and origin in this preset."""
    held = Provenance.objects.filter(radiograph__preset=preset)
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

    Flagged images (blurred, near empty) and a second image of one individual are left out while enough others are
    there. Cases are numbered in an order
    that has nothing to do with source or grade. Raises ValidationError when the bank holds too few, and when phantoms
    and radiographs of patients come together.
    """
    study = draft_to_edit(study)
    chosen: list[Radiograph] = []
    short = []
    named_first = sorted(counts.items(), key=lambda item: (-len(item[0]), item))
    for (source, grade, *origin), wanted in named_first:
        candidates = Radiograph.objects.filter(
            preset=study.preset, provenance__source=source, provenance__grade=grade
        ).select_related("provenance")
        held = [one for one in candidates if origin in ([], [one.provenance.origin]) and one not in chosen]
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


def shown_twice(*, study: Study) -> int:
    """How many images show a knee, or a patient, that another image of the study shows, too."""
    shown = Counter(
        case.radiograph.provenance.individual for case in study.cases.select_related("radiograph__provenance")
    )
    return sum(number for number in shown.values() if number > 1)


def _drawn(held: list[Radiograph], wanted: int, *, study: Study, beside: list[Radiograph]) -> list[Radiograph]:
    """`wanted` of the images held, at random by the study's seed, each of another individual as far as that goes."""
    rank = {one.pk: _rank(study.seed, one.digest) for one in held}
    met = {one.provenance.individual for one in beside}
    drawn: list[Radiograph] = []
    for _ in range(min(wanted, len(held))):
        best = min(
            (one for one in held if one not in drawn),
            key=lambda one: (
                one.provenance.blurred or one.provenance.near_empty,
                one.provenance.individual in met,
                rank[one.pk],
            ),
        )
        drawn.append(best)
        met.add(best.provenance.individual)
    return drawn


def _rank(*words: object) -> str:
    return hashlib.sha256(" ".join(map(str, words)).encode()).hexdigest()
