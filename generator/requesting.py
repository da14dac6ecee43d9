"""Asking for synthetic radiographs: a job for anyone to watch, and its chunks for the workers."""

from collections.abc import Callable, Sequence
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from kombu.exceptions import OperationalError

from generator.checkpoints import SHIPPED, locate, read_card
from generator.models import SynthesisJob
from generator.synthesis import fail_job, update_progress
from generator.tasks import synthesise_chunk
from readerstudy.audit.recording import record
from readerstudy.celery import UNREACHABLE

CHUNK = 16  # images a task: what a killed worker costs
MOST_SEED = 2**63 - 1
MOST_PER_GRADE = 100_000  # the seed study released 64,000 of a grade, and called it many


def request_synthesis(
    *,
    checkpoint: str,
    grades: Sequence[int],
    per_grade: int,
    by: str,
    first_seed: int = 0,
    truncation: float = 1.0,
    progress: Callable[[int], object] = lambda images: None,
) -> SynthesisJob:
    """Ask for `per_grade` images of each grade; Celery workers make them (at once, where tasks are eager).

    What the bank already holds of these recipes is not made again. progress is called with the images of each chunk
    when it has been handed over, which where tasks are eager means made. Raises ValidationError on values that do not
    fit and when the workers' queue cannot be reached, generator.checkpoints.UnusableCheckpoint when there is no such
    checkpoint.
    """
    if per_grade < 1:
        raise ValidationError("At least one image of each grade must be asked for.")
    if per_grade > MOST_PER_GRADE:
        raise ValidationError(f"At most {MOST_PER_GRADE} images of each grade can be asked for at a time.")
    if not grades or set(grades) - set(range(5)):
        raise ValidationError("A Kellgren–Lawrence grade is a whole number from 0 to 4.")
    if not 0 < truncation <= 1:
        raise ValidationError("Truncation is larger than 0 and at most 1.")
    if first_seed < 0 or first_seed + per_grade > MOST_SEED:
        raise ValidationError("Seeds are whole numbers from 0 to 2⁶³ − 1.")
    folder = locate(checkpoint)
    card = read_card(folder)
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
    try:
        _hand_over(job, by=by, progress=progress)
    except OperationalError as error:
        fail_job(job=job, error=UNREACHABLE)
        raise ValidationError(UNREACHABLE) from error
    except KeyboardInterrupt:
        fail_job(job=job, error="It was stopped.")
        raise
    job.refresh_from_db()
    return job


def _hand_over(job: SynthesisJob, *, by: str, progress: Callable[[int], object]) -> None:
    """Store the job and, once it is stored, its chunks go to the workers, or are made where tasks are eager."""
    with transaction.atomic():
        job.save()
        digest = job.checkpoint_digest
        record(actor=by, verb="request synthesis", job=job.pk, checkpoint=digest, requested=job.requested)
        update_progress(job=job)
        job.refresh_from_db()
        job.found = job.made
        job.save(update_fields=["found"])
        for grade in job.grades:
            end = job.first_seed + job.per_grade
            for first in range(job.first_seed, end, CHUNK):
                count = min(CHUNK, end - first)
                synthesise_chunk.delay_on_commit(job.pk, grade, first, count)  # type: ignore[attr-defined]
                transaction.on_commit(partial(progress, count))
