"""Long work of the staff pages, on the queue `default`."""

import logging

from celery import shared_task

from readerstudy.audit.recording import record
from readerstudy.results import blinding_audit, study_report
from readerstudy.results.rehearsal import UnservedCase
from readerstudy.studies.models import Study

logger = logging.getLogger(__name__)
NOT_AUDITED = "could not audit blinding"


@shared_task(acks_late=True, reject_on_worker_lost=True)
def audit_blinding(study_pk: int, by: str) -> None:
    """Audit a study; where that fails, the record has why. Run twice, it stores two audits that say the same."""
    study = Study.objects.get(pk=study_pk)
    try:
        blinding_audit.audit_blinding(study=study, by=by)
    except UnservedCase as error:
        logger.exception("the blinding of %s could not be audited", study.slug)
        record(actor=by, verb=NOT_AUDITED, study=study.slug, reason=str(error))


@shared_task(acks_late=True, reject_on_worker_lost=True)
def make_report(study_pk: int, by: str, interim: bool) -> None:
    """Make the report that the site keeps of a study. Run twice, it makes the same one again."""
    study_report.keep_report(study=Study.objects.get(pk=study_pk), by=by, interim=interim)
