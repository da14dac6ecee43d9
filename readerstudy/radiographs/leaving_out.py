"""Keeping an image of the bank out of the studies to come, with the reason, and taking it back."""

from django.core.exceptions import ValidationError
from django.db import transaction

from readerstudy.audit.recording import record
from readerstudy.radiographs.models import Provenance, Radiograph


@transaction.atomic
def leave_out(*, radiograph: Radiograph, reason: str, by: str, study: str = "") -> None:
    """No study that is put together from now on takes this image; those that are opened keep it.

    study: the short name of the draft in which it was seen, for the record. Raises ValidationError without a reason.
    """
    if not reason.strip() or "\0" in reason:
        raise ValidationError("Say why the image is left out: whoever reads the record wants to know.")
    _set(radiograph, reason=reason.strip(), by=by, study=study, verb="leave out image")


@transaction.atomic
def take_back(*, radiograph: Radiograph, by: str) -> None:
    """Studies may take this image again."""
    _set(radiograph, reason="", by=by, study="", verb="take back image")


def _set(radiograph: Radiograph, *, reason: str, by: str, study: str, verb: str) -> None:
    truth = Provenance.objects.select_for_update().get(radiograph=radiograph)
    truth.left_out = reason
    truth.full_clean()
    truth.save()
    record(
        actor=by, verb=verb, study=study, radiograph=radiograph.digest, kind=f"{truth.source} KL {truth.grade}",
        reason=reason,
    )  # fmt: skip
