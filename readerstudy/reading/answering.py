"""Taking an answer: never lost, never doubled, never misplaced."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from readerstudy.reading.case_queries import Turn, find_turn, store_answer
from readerstudy.reading.models import VALUES, Answer, Presentation
from readerstudy.reading.viewer_use import LONGEST_MS, known_use, require_allowed
from readerstudy.studies.models import Reader, State

OUT_OF_DATE = _("This page was out of date. Here is the radiograph to read now.")


class MovedOnError(ValidationError):
    """The answer is well formed but does not fit where the reader is: answered already, not shown, closed."""


@dataclass(frozen=True)
class Given:
    """An answer as the reader gave it.

    client_key: made once per displayed case; the same key again is the same answer. confidence: 1–5 where the phase
    asks for it, else None. response_ms: milliseconds in which the image could be seen, from its painting to the
    confirmation, None when unknown. viewer: see `viewer_use`. remark: free text where the study asks for it. revises:
    the number of the revision that this one replaces; without it a presentation is answered once, with it only the
    reader's last answer of the phase is changed.
    """

    client_key: UUID
    value: str
    confidence: int | None = None
    response_ms: int | None = None
    viewer: Mapping[str, Any] = field(default_factory=dict)
    remark: str = ""
    revises: int | None = None


@dataclass(frozen=True)
class Taken:
    """turn: the presentation that was answered and those after it. is_new: False when the same was sent before."""

    turn: Turn
    is_new: bool


def take_answer(*, token: str, key: str, given: Given, shows_next: bool = False) -> Taken:
    """Store the answer that the reader with this token gives to the presentation of this key.

    shows_next: the reply brings the next presentation, which is stamped as shown with the answer.

    Raises MovedOnError when the presentation is not the reader's, the study is not open, the case was never shown or
    is answered already, the client key was used for another answer, or the phase is over; ValidationError when a value
    does not fit the task.
    """
    if taken := _taken(token, key, given, shows_next):
        return taken
    # Something was written between looking and storing. Once more, while nobody else writes for this reader.
    with transaction.atomic():
        Reader.objects.select_for_update().only("pk").get(token=token)
        if taken := _taken(token, key, given, shows_next):
            return taken
    raise MovedOnError(OUT_OF_DATE)  # its client key is that of an answer to another presentation


def record_answer(*, presentation: Presentation, shows_next: bool = False, **given: Any) -> Answer:
    """Store an answer to a presentation and return it; see `Given` and `take_answer`."""
    take_answer(token=presentation.reader.token, key=presentation.key, given=Given(**given), shows_next=shows_next)
    return Answer.objects.get(client_key=given["client_key"])


def _taken(token: str, key: str, given: Given, shows_next: bool) -> Taken | None:
    """Judge the answer by what is there now and store it; None when that changed before it could be stored."""
    turn = find_turn(token=token, key=key)
    if turn is None:
        raise MovedOnError(OUT_OF_DATE)
    if turn.meant.answers and _was_sent_before(turn, given):
        return Taken(turn, is_new=False)
    _require_open(turn)
    _require_turn(turn, given.revises)
    _require_fitting(turn, given)
    use = known_use(given.viewer)
    require_allowed(turn, use)
    # The constraints of the table stand in the database: no `full_clean`, which would ask it about each.
    answer = Answer(
        presentation_id=turn.meant.pk,
        revision=turn.meant.answers + 1,
        client_key=given.client_key,
        value=given.value,
        confidence=given.confidence,
        remark=given.remark,
        response_ms=None if given.response_ms is None else min(given.response_ms, LONGEST_MS),
        viewer=use,
        showing=turn.meant.showings,
        answered_at=timezone.now(),
    )
    return Taken(turn, is_new=True) if store_answer(answer, turn=turn, shows_next=shows_next) else None


def _was_sent_before(turn: Turn, given: Given) -> bool:
    earlier = Answer.objects.filter(presentation=turn.meant.pk, client_key=given.client_key).order_by("pk").first()
    if earlier is None:
        return False
    if (earlier.value, earlier.confidence, earlier.remark) != (given.value, given.confidence, given.remark):
        raise MovedOnError(
            _("This answer was sent before with another value, and the first one is kept. To change it, go back to it.")
        )
    return True


def _require_open(turn: Turn) -> None:
    if turn.state != State.OPEN:
        raise MovedOnError(_("The study is closed, so this answer could not be taken. Earlier answers are kept."))


def _require_turn(turn: Turn, revises: int | None) -> None:
    if not turn.meant.is_shown:
        raise MovedOnError(_("This radiograph was not shown yet. Here is the one to read."))
    if revises is None:
        if turn.meant.answers:
            raise MovedOnError(
                _("This radiograph was answered already, perhaps in another window. Here is the next one.")
            )
        return
    if not turn.allows_change:
        raise MovedOnError(_("In this study an answer cannot be changed. Nothing was changed now."))
    if not turn.meant.answers or revises != turn.meant.answers:
        raise MovedOnError(_("This answer was changed already, perhaps in another window. Nothing was changed now."))
    if turn.next is None:
        raise MovedOnError(_("This part is complete, so its answers cannot be changed any more."))
    if turn.next.answers:
        raise MovedOnError(_("A later radiograph was answered meanwhile, so this answer cannot be changed any more."))


def _require_fitting(turn: Turn, given: Given) -> None:
    if given.value not in VALUES[turn.task]:
        raise ValidationError(_("Please choose one of the answers."))
    if turn.asks_confidence and given.confidence not in range(1, 6):
        raise ValidationError(_("Please say how sure you are, from 1 to 5."))
    if not turn.asks_confidence and given.confidence is not None:
        raise ValidationError(_("This part does not ask how sure you are."))
    if given.remark and not turn.asks_remark:
        raise ValidationError(_("This study does not ask for remarks."))
