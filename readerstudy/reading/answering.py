"""Taking an answer: never lost, never doubled, never misplaced."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from readerstudy.reading.models import VALUES, Answer, Presentation
from readerstudy.reading.sitting import ANSWERED
from readerstudy.studies.models import Phase, Reader, State, Study

LONGEST_MS = 2**31 - 1  # what the column holds; a page left open for a month still gives an answer
LARGEST_ZOOM = 100


class MovedOnError(ValidationError):
    """The answer is well formed but does not fit where the reader is: answered already, not shown, closed."""


@transaction.atomic
def record_answer(
    *,
    presentation: Presentation,
    client_key: UUID,
    value: str,
    confidence: int | None,
    response_ms: int | None,
    viewer: Mapping[str, Any],
    revises: int | None = None,
) -> Answer:
    """Store the reader's answer to a presentation and return it.

    client_key: made once per displayed case; the same key again returns the answer stored under it.
    confidence: 1–5 where the phase asks for it, else None. response_ms: milliseconds from the painted image
    to the confirmation, None when unknown. viewer: max_zoom (times), window_changed, inverted. revises: the
    number of the revision that this one replaces; without it a presentation is answered once.

    Raises MovedOnError when the study is not open, the case was never shown or is answered already, or its
    phase is over; ValidationError when a value does not fit the task.
    """
    # One reader's answers wait for one another, and closing the study waits for them (`close_study`).
    # The state of the study is asked for only after the lock is held.
    Reader.objects.select_for_update().only("pk").get(pk=presentation.reader_id)
    answers = list(Answer.objects.filter(presentation=presentation).order_by("revision"))
    for answer in answers:
        if answer.client_key == client_key:
            return answer
    phase = Phase.objects.get(pk=presentation.phase_id)
    _require_open(phase)
    _require_turn(presentation, answers, revises)
    _require_fitting(phase, value, confidence)
    answer = Answer(
        presentation=presentation,
        revision=len(answers) + 1,
        client_key=client_key,
        value=value,
        confidence=confidence,
        response_ms=None if response_ms is None else min(response_ms, LONGEST_MS),
        viewer=_viewer_use(viewer),
        answered_at=timezone.now(),
    )
    # The lock has settled uniqueness and the constraints stand in the database: no further questions to it.
    answer.full_clean(exclude=["presentation"], validate_unique=False, validate_constraints=False)
    answer.save(force_insert=True)
    return answer


def _require_open(phase: Phase) -> None:
    if Study.objects.values_list("state", flat=True).get(pk=phase.study_id) != State.OPEN:
        raise MovedOnError("The study is closed, so this answer could not be taken. Earlier answers are kept.")


def _require_turn(presentation: Presentation, answers: list[Answer], revises: int | None) -> None:
    if presentation.first_shown_at is None:
        raise MovedOnError("This radiograph was not shown yet. Here is the one to read.")
    if revises is None and answers:
        raise MovedOnError("This radiograph was answered already, perhaps in another window. Here is the next one.")
    if revises is not None:
        if not answers or revises != answers[-1].revision:
            raise MovedOnError("This answer was changed already, perhaps in another window. Nothing was changed now.")
        unread = Presentation.objects.filter(~ANSWERED, reader=presentation.reader_id, phase=presentation.phase_id)
        if not unread.exists():
            raise MovedOnError("This part is complete, so its answers cannot be changed any more.")


def _require_fitting(phase: Phase, value: str, confidence: int | None) -> None:
    if value not in VALUES[phase.task]:
        raise ValidationError("Please choose one of the answers.")
    if phase.asks_confidence and confidence not in range(1, 6):
        raise ValidationError("Please say how sure you are, from 1 to 5.")
    if not phase.asks_confidence and confidence is not None:
        raise ValidationError("This part does not ask how sure you are.")


def _viewer_use(viewer: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what the page reports about the viewer, and nothing else that somebody may send."""
    use: dict[str, Any] = {}
    zoom = viewer.get("max_zoom")
    if isinstance(zoom, int | float) and 1 <= zoom <= LARGEST_ZOOM:
        use["max_zoom"] = round(float(zoom), 2)
    for name in ("window_changed", "inverted"):
        if isinstance(viewer.get(name), bool):
            use[name] = viewer[name]
    return use
