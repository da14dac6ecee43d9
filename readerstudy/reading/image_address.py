"""Where a reader's page finds an image: an address for one presentation, unguessable and short-lived."""

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import Exists, OuterRef
from django.urls import reverse

from readerstudy.reading.models import Presentation
from readerstudy.reading.sitting import ANSWERED
from readerstudy.studies.models import Reader, State

_signer = TimestampSigner(salt="readerstudy.reading.image")


def image_address(presentation: Presentation) -> str:
    """A fresh address of the image of this presentation, for its reader alone."""
    return reverse("reading:image", args=[presentation.reader.token, _signer.sign(presentation.key)])


def image_behind(*, reader: Reader, signed: str) -> bytes | None:
    """The encoded image that the address stands for.

    None, whatever the reason, when it is not one that this reader may see now: nonsense, expired, another
    reader's, a phase that is over, a study that is not open.
    """
    try:
        key = _signer.unsign(signed, max_age=settings.IMAGE_ADDRESS_MAX_AGE)
    except BadSignature:
        return None
    if reader.study.state != State.OPEN:
        return None
    unread = Presentation.objects.filter(~ANSWERED, reader=reader, phase=OuterRef("phase"))
    shown = Presentation.objects.filter(Exists(unread), key=key, reader=reader)
    presentation = shown.select_related("case__radiograph").order_by("pk").first()
    if presentation is None:
        return None
    with presentation.case.radiograph.image.open("rb") as file:
        encoded: bytes = file.read()
    return encoded
