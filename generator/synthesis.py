"""Filling the bank with synthetic radiographs, in chunks that may be lost and repeated without harm.

`requesting` asks for them, `tasks` runs them.
"""

from collections.abc import Sequence
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from generator.checkpoints import Checkpoint, load_checkpoint
from generator.devices import default_device
from generator.models import SynthesisJob
from generator.sampling import synthesise
from readerstudy.radiographs.bank import add_synthetic
from readerstudy.radiographs.models import Provenance


@lru_cache(maxsize=2)
def _loaded(checkpoint: str, digest: str) -> Checkpoint:
    """A checkpoint stays in a worker's memory. Raises ValidationError when the files changed since the job was made."""
    loaded = load_checkpoint(checkpoint, device=default_device())
    if loaded.card.digest != digest:
        raise ValidationError(f"The checkpoint “{checkpoint}” is not the one that the job was made for.")
    return loaded


def make_chunk(*, job: SynthesisJob, grade: int, first_seed: int, count: int) -> None:
    """Make those images of a chunk that the bank does not hold yet. Twice is the same as once."""
    seeds = range(first_seed, first_seed + count)
    missing = _missing(job, grade, seeds)
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
                checkpoint=checkpoint.card.name,
                checkpoint_digest=job.checkpoint_digest,
                seed=seed,
                truncation=job.truncation,
                is_phantom=checkpoint.card.is_phantom,
            )
    update_progress(job=job, identical=[(grade, seed) for seed in _missing(job, grade, seeds)])


def update_progress(*, job: SynthesisJob, identical: Sequence[tuple[int, int]] = ()) -> None:
    """Count what the bank holds of the job, so that a chunk done twice is not counted twice.

    identical: grades and seeds that were drawn but whose pixels were there already under another recipe. A job whose
    images are all there is done, whatever happened on the way; one that failed stays so until then.
    """
    with transaction.atomic():
        job = SynthesisJob.objects.select_for_update().get(pk=job.pk)
        seeds = (job.first_seed, job.first_seed + job.per_grade - 1)
        job.made = _made_of(job).filter(grade__in=job.grades, seed__range=seeds).count()
        job.identical = sorted({tuple(pair) for pair in job.identical} | set(identical))
        if job.is_complete and job.state != SynthesisJob.State.DONE:
            job.state, job.error, job.finished_at = SynthesisJob.State.DONE, "", timezone.now()
        job.save()


def fail_job(*, job: SynthesisJob, error: str) -> None:
    """Say on the job why it cannot be finished; a job that is done meanwhile stays done, a first error stays first."""
    running = SynthesisJob.objects.filter(pk=job.pk, state=SynthesisJob.State.RUNNING)
    running.update(state=SynthesisJob.State.FAILED, error=error, finished_at=timezone.now())


def _missing(job: SynthesisJob, grade: int, seeds: Sequence[int]) -> list[int]:
    known = _made_of(job).filter(grade=grade, seed__in=seeds).values_list("seed", flat=True)
    return sorted(set(seeds) - set(known))


def _made_of(job: SynthesisJob) -> QuerySet[Provenance]:
    return Provenance.objects.filter(checkpoint_digest=job.checkpoint_digest, truncation=job.truncation)
