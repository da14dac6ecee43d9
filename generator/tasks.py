"""The Celery tasks of the generator, on the queue `gpu`."""

from celery import shared_task

from generator.models import SynthesisJob
from generator.synthesis import fail_job, make_chunk


@shared_task(acks_late=True, reject_on_worker_lost=True)
def synthesise_chunk(job_pk: int, grade: int, first_seed: int, count: int) -> None:
    """One chunk of a job; safe to run twice, so a killed worker's chunk simply runs again."""
    job = SynthesisJob.objects.get(pk=job_pk)
    try:
        make_chunk(job=job, grade=grade, first_seed=first_seed, count=count)
    except Exception as error:
        fail_job(job=job, error=str(error))
        raise
