"""The display on which a reader reads: asked for and noted before the first case."""

from django.db import transaction
from django.utils import timezone

from readerstudy.audit.recording import record
from readerstudy.reading.models import DisplayCheck
from readerstudy.studies.models import Reader


def needs_check(reader: Reader) -> bool:
    """Whether the study asks for a check of the display and the reader has made none."""
    return reader.study.checks_display and not DisplayCheck.objects.filter(reader=reader).exists()


@transaction.atomic
def record_display(
    *,
    reader: Reader,
    sees_dark: bool,
    sees_bright: bool,
    screen_width: int | None = None,
    screen_height: int | None = None,
    pixel_ratio: float | None = None,
    colour_depth: int | None = None,
) -> DisplayCheck:
    """Note what the reader sees of 5 % grey in black and 95 % grey in white, and the browser's word on the screen.

    Sizes in CSS pixels, the ratio in screen pixels for one of them, the depth in bits; None when unknown.
    """
    check = DisplayCheck(
        reader=reader,
        at=timezone.now(),
        sees_dark=sees_dark,
        sees_bright=sees_bright,
        screen_width=screen_width,
        screen_height=screen_height,
        pixel_ratio=pixel_ratio,
        colour_depth=colour_depth,
    )
    check.full_clean()
    check.save()
    record(actor=reader.pseudonym, verb="check display", study=reader.study.slug, dark=sees_dark, bright=sees_bright)
    return check
