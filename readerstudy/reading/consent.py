"""Consent: given once, with what the reader tells about themselves."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readerstudy.audit.recording import record
from readerstudy.studies.models import Reader, State, Study


@transaction.atomic
def give_consent(*, reader: Reader, specialty: str, years_experience: int | None) -> Reader:
    """Note that the reader consents. Asked a second time, the first answer stands.

    Raises ValidationError when the study is not open, or the specialty or the years do not fit.
    """
    reader = Reader.objects.select_for_update().get(pk=reader.pk)
    if reader.consented_at is not None:
        return reader
    study = Study.objects.only("slug", "state").get(pk=reader.study_id)
    if study.state != State.OPEN:
        raise ValidationError(_("The study is not open, so nobody can take part now."))
    missing = {}
    if not specialty.strip():
        missing["specialty"] = _("Please give your specialty.")
    if years_experience is None:
        missing["years_experience"] = _("Please give your years of experience.")
    if missing:
        raise ValidationError(missing)
    reader.specialty, reader.years_experience = specialty.strip(), years_experience
    reader.consented_at = timezone.now()
    reader.full_clean()
    reader.save(update_fields=["specialty", "years_experience", "consented_at"])
    record(actor=reader.pseudonym, verb="consent", study=study.slug)
    return reader
