"""Filling the bank with synthetic radiographs, in chunks that may be lost and repeated without harm."""

from collections.abc import Sequence
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from generator.checkpoints import Checkpoint, load_checkpoint, locate, read_card
from generator.models import SynthesisJob
from generator.sampling import synthesise
from readerstudy.audit.recording import record
from readerstudy.radiographs.bank import add_synthetic
from readerstudy.radiographs.models import Provenance

CHUNK = 16  # images a task: what a killed worker costs
MOST_SEED = 2**63 - 1


@lru_cache(maxsize=2)
def _loaded(checkpoint: str, digest: str) -> Checkpoint:
    """A checkpoint stays in a worker's memory. Raises ValidationError when the files changed since the job was made."""
    loaded = load_checkpoint(checkpoint)
    if loaded.card.digest != digest:
        raise ValidationError(f"The checkpoint “{checkpoint}” is not the one that the job was made for.")
    return loaded


def request_synthesis(
    *, checkpoint: str, grades: Sequence[int], per_grade: int, by: str, first_seed: int = 0, truncation: float = 1.0
) -> SynthesisJob:
    """Ask for `per_grade` images of each grade; Celery workers make them (at once, where tasks are eager).

    What the bank already holds of these recipes is not made again. Raises ValidationError on values that do not fit,
    generator.checkpoints.UnusableCheckpoint when there is no such checkpoint.
    """
    from generator.tasks import synthesise_chunk  # the task calls back into this module

    if per_grade < 1:
        raise ValidationError("At least one image of each grade must be asked for.")
    if not grades or set(grades) - set(range(5)):
        raise ValidationError("A Kellgren–Lawrence grade is a whole number from 0 to 4.")
    if not 0 < truncation <= 1:
        raise ValidationError("Truncation is larger than 0 and at most 1.")
    if first_seed < 0 or first_seed + per_grade > MOST_SEED:
        raise ValidationError("Seeds are whole numbers from 0 to 2⁶³ − 1.")
    card = read_card(locate(checkpoint))
    with transaction.atomic():
        job = SynthesisJob(
            checkpoint=checkpoint,
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
        for grade in job.grades:
            for first in range(first_seed, first_seed + per_grade, CHUNK):
                count = min(CHUNK, first_seed + per_grade - first)
                synthesise_chunk.delay_on_commit(job.pk, grade, first, count)
    job.refresh_from_db()
    return job


def make_chunk(*, job: SynthesisJob, grade: int, first_seed: int, count: int) -> None:
    """Make those images of a chunk that the bank does not hold yet. Twice is the same as once."""
    seeds = range(first_seed, first_seed + count)
    known = _made_of(job).filter(grade=grade, seed__in=seeds).values_list("seed", flat=True)
    missing = sorted(set(seeds) - set(known))
    if missing:
        checkpoint = _loaded(job.checkpoint, job.checkpoint_digest)
        images = synthesise(
            checkpoint.generator, seeds=missing, grades=[grade] * len(missing), truncation=job.truncation
        )
        for seed, pixels in zip(missing, images, strict=True):
            add_synthetic(
                pixels=pixels,
                preset=checkpoint.card.preset,
                grade=grade,
                checkpoint_digest=job.checkpoint_digest,
                seed=seed,
                truncation=job.truncation,
                is_phantom=checkpoint.card.is_phantom,
            )
    update_progress(job=job)


def update_progress(*, job: SynthesisJob) -> None:
    """Count what the bank holds of the job, so that a chunk done twice is not counted twice."""
    with transaction.atomic():
        job = SynthesisJob.objects.select_for_update().get(pk=job.pk)
        seeds = (job.first_seed, job.first_seed + job.per_grade - 1)
        job.made = _made_of(job).filter(grade__in=job.grades, seed__range=seeds).count()
        if job.made == job.requested and job.finished_at is None:
            job.state, job.error, job.finished_at = SynthesisJob.State.DONE, "", timezone.now()
        job.save()


def fail_job(*, job: SynthesisJob, error: str) -> None:
    """Say on the job why it cannot be finished."""
    job = SynthesisJob.objects.get(pk=job.pk)
    job.state, job.error, job.finished_at = SynthesisJob.State.FAILED, error, timezone.now()
    job.save()


def _made_of(job: SynthesisJob) -> QuerySet[Provenance]:
    return Provenance.objects.filter(checkpoint_digest=job.checkpoint_digest, truncation=job.truncation)
