"""Long work of the staff pages, on the queue `default`."""

from celery import shared_task

from readerstudy.results import blinding_audit
from readerstudy.studies.models import Study


@shared_task(acks_late=True, reject_on_worker_lost=True)
def audit_blinding(study_pk: int, by: str) -> None:
    """Audit a study. Run twice, it stores two audits that say the same."""
    blinding_audit.audit_blinding(study=Study.objects.get(pk=study_pk), by=by)
