"""Where a reader's page finds an image: an address for one presentation, unguessable and short-lived."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.signing import BadSignature, TimestampSigner
from django.urls import reverse

from readerstudy.reading.case_queries import image_file

_signer = TimestampSigner(salt="readerstudy.reading.image")


def image_address(*, token: str, key: str) -> str:
    """A fresh address of the image of the presentation of this key, for the reader of this token alone."""
    return reverse("reading:image", args=[token, _signer.sign(key)])


def image_behind(*, token: str, signed: str) -> bytes | None:
    """The encoded image that the address stands for.

    None, whatever the reason, when it is not one that this reader may see now: nonsense, expired, another
    reader's, a phase that is over, a study that is not open.
    """
    try:
        key = _signer.unsign(signed, max_age=settings.IMAGE_ADDRESS_MAX_AGE)
    except BadSignature:
        key = ""  # asked for all the same: nonsense takes as long as what is refused
    name = image_file(token=token, key=key)
    if name is None:
        return None
    with default_storage.open(name) as file:
        encoded: bytes = file.read()
    return encoded
