"""Asking for synthetic radiographs: a job for anyone to watch, and its chunks for the workers."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction

from generator.checkpoints import SHIPPED, locate, read_card
from generator.models import SynthesisJob
from generator.synthesis import update_progress
from generator.tasks import synthesise_chunk
from readerstudy.audit.recording import record

CHUNK = 16  # images a task: what a killed worker costs
MOST_SEED = 2**63 - 1


def request_synthesis(
    *, checkpoint: str, grades: Sequence[int], per_grade: int, by: str, first_seed: int = 0, truncation: float = 1.0
) -> SynthesisJob:
    """Ask for `per_grade` images of each grade; Celery workers make them (at once, where tasks are eager).

    What the bank already holds of these recipes is not made again. Raises ValidationError on values that do not fit,
    generator.checkpoints.UnusableCheckpoint when there is no such checkpoint.
    """
    if per_grade < 1:
        raise ValidationError("At least one image of each grade must be asked for.")
    if not grades or set(grades) - set(range(5)):
        raise ValidationError("A Kellgren–Lawrence grade is a whole number from 0 to 4.")
    if not 0 < truncation <= 1:
        raise ValidationError("Truncation is larger than 0 and at most 1.")
    if first_seed < 0 or first_seed + per_grade > MOST_SEED:
        raise ValidationError("Seeds are whole numbers from 0 to 2⁶³ − 1.")
    folder = locate(checkpoint)
    card = read_card(folder)
    with transaction.atomic():
        job = SynthesisJob(
            # Workers have working directories of their own; what ships they find by name, wherever it is installed.
            checkpoint=folder.name if folder.parent == SHIPPED else str(folder.resolve()),
            checkpoint_digest=card.digest,
            truncation=truncation,
            grades=sorted(set(grades)),
            first_seed=first_seed,
            per_grade=per_grade,
            requested=per_grade * len(set(grades)),
            created_by=by,
        )
        job.full_clean()
        job.save()
        record(actor=by, verb="request synthesis", job=job.pk, checkpoint=card.digest, requested=job.requested)
        update_progress(job=job)
        job.refresh_from_db()
        job.found = job.made
        job.save(update_fields=["found"])
        for grade in job.grades:
            for first in range(first_seed, first_seed + per_grade, CHUNK):
                count = min(CHUNK, first_seed + per_grade - first)
                synthesise_chunk.delay_on_commit(job.pk, grade, first, count)  # type: ignore[attr-defined]
    job.refresh_from_db()
    return job
