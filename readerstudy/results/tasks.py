"""Long work of the staff pages, on the queue `default`."""

from celery import shared_task

from readerstudy.results import blinding_audit, study_report
from readerstudy.studies.models import Study


@shared_task(acks_late=True, reject_on_worker_lost=True)
def audit_blinding(study_pk: int, by: str) -> None:
    """Audit a study. Run twice, it stores two audits that say the same."""
    blinding_audit.audit_blinding(study=Study.objects.get(pk=study_pk), by=by)


@shared_task(acks_late=True, reject_on_worker_lost=True)
def make_report(study_pk: int, by: str, interim: bool) -> None:
    """Make the report that the site keeps of a study. Run twice, it makes the same one again."""
    study_report.keep_report(study=Study.objects.get(pk=study_pk), by=by, interim=interim)
