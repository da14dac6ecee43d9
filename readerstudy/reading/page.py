"""What the reading page is given about one case, for its HTML and its script. Never a source."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from readerstudy.reading.case_queries import Turn
from readerstudy.reading.display import needs_check
from readerstudy.reading.image_address import image_address
from readerstudy.reading.models import Answer
from readerstudy.reading.practice import practice_due
from readerstudy.reading.sitting import Stage, Whereabouts, last_answered, mark_shown
from readerstudy.studies.models import Reader, Study


@dataclass(frozen=True)
class Shown:
    """One case on the page of the reader with this token.

    phase, number: positions. key, ahead: of the presentation, and of the one after it. revises: the answer that is
    being changed, if one is.
    """

    token: str
    phase: int
    key: str
    number: int
    total: int
    can_change: bool
    ahead: str | None = None
    revises: Answer | None = None


def next_case(place: Whereabouts, reader: Reader, *, was_sent: bool = False) -> Shown:
    """The case that is due, stamped as shown; was_sent: unless it was, since its earlier reply may have been lost."""
    if place.phase is None or place.presentation is None:
        raise ValueError("no case is due here")
    if not (was_sent and place.presentation.showings):
        mark_shown(place.presentation)
    return Shown(
        token=reader.token,
        phase=place.phase.position,
        key=place.presentation.key,
        number=place.presentation.position,
        total=place.total,
        can_change=place.answered > 0 and reader.study.allows_change,
        ahead=place.following.key if place.following else None,
    )


def case_after(turn: Turn, *, token: str) -> Shown | None:
    """The case after the one that was just answered, which stamped it as shown; None at the end of the phase."""
    if turn.next is None:
        return None
    return Shown(
        token=token,
        phase=turn.phase,
        key=turn.next.key,
        number=turn.next.position,
        total=turn.total,
        can_change=bool(turn.allows_change),
        ahead=turn.following.key if turn.following else None,
    )


def last_case(place: Whereabouts, reader: Reader) -> Shown | None:
    """The case that was answered last, to change the answer; None when there is none or the study forbids it."""
    if place.phase is None or not place.answered or not reader.study.allows_change:
        return None
    presentation = last_answered(reader=reader, phase=place.phase)
    if presentation is None:
        return None
    mark_shown(presentation)
    return Shown(
        token=reader.token,
        phase=place.phase.position,
        key=presentation.key,
        number=presentation.position,
        total=place.total,
        can_change=False,
        ahead=place.presentation.key if place.presentation else None,
        revises=Answer.objects.filter(presentation=presentation).order_by("-revision").first(),
    )


def case_data(shown: Shown) -> dict[str, Any]:
    """The case as the page's script wants it: strings, numbers and None."""
    given = shown.revises
    return {
        "presentation": shown.key,
        "client_key": str(uuid.uuid4()),
        "phase": shown.phase,
        "number": shown.number,
        "total": shown.total,
        "image": image_address(token=shown.token, key=shown.key),
        # what the page loads and decodes before it is needed
        "next": shown.ahead
        and {"presentation": shown.ahead, "image": image_address(token=shown.token, key=shown.ahead)},
        "can_change": shown.can_change,
        "revises": given.revision if given else None,
        "value": given.value if given else None,
        "confidence": given.confidence if given else None,
        "remark": given.remark if given else "",
    }


def notice(shown: Shown, study: Study) -> str:
    """What the reader should know of this case, if anything; the script says the second of a case that it shows."""
    if shown.revises:
        return _("You are changing your answer to this radiograph.")
    if study.allows_change and shown.number == shown.total:
        return _("The last radiograph of this part: once it is confirmed, no answer of the part can be changed.")
    return ""


def reading_options(study: Study) -> dict[str, bool | int]:
    """What the study's protocol leaves to the reader."""
    return {
        "zoom": study.allows_zoom,
        "windowing": study.allows_windowing,
        "change": study.allows_change,
        "remark": study.asks_remark,
        "break_every": study.break_every,
    }


def is_before_first_case(place: Whereabouts) -> bool:
    """Whether the reader has consented and not begun the first phase."""
    return place.stage == Stage.INTRODUCTION and place.phase is not None and place.phase.position == 1


def what_comes_first(reader: Reader, place: Whereabouts) -> str:
    """The name of the page that comes before the introduction of the first phase; empty when none does."""
    if not is_before_first_case(place):
        return ""
    if needs_check(reader):
        return "reading:display"
    return "reading:practice" if practice_due(reader) else ""


def addresses(reader: Reader) -> dict[str, str]:
    """Where the page's script sends answers, and under which name it keeps one that is not sent yet."""
    return {
        "start": reverse("reading:start", args=[reader.token]),
        "read": reverse("reading:read", args=[reader.token]),
        "answer": reverse("reading:answer", args=[reader.token]),
        # readers may share a browser: unsent answers are kept apart, and the token is not written down
        "store": "unsent-" + salted_hmac("readerstudy.reading.store", reader.token).hexdigest()[:16],
    }
