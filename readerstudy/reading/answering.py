"""Taking an answer: never lost, never doubled, never misplaced."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from readerstudy.reading.models import VALUES, Answer, Presentation
from readerstudy.reading.sitting import ANSWERED, last_answered
from readerstudy.reading.viewer_use import LONGEST_MS, known_use, require_allowed
from readerstudy.studies.models import Phase, Reader, State


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
    remark: str = "",
    revises: int | None = None,
) -> Answer:
    """Store the reader's answer to a presentation and return it.

    client_key: made once per displayed case; the same key again returns the answer stored under it.
    confidence: 1–5 where the phase asks for it, else None. response_ms: milliseconds in which the image could be
    seen, from its painting to the confirmation, None when unknown. viewer: see `viewer_use`. remark: free text where
    the study asks for it. revises: the number of the revision that this one replaces; without it a presentation is
    answered once, with it only the reader's last answer of the phase is changed.

    Raises MovedOnError when the study is not open, the case was never shown or is answered already, the key was used
    for another answer, or its phase is over; ValidationError when a value does not fit the task.
    """
    # One reader's answers wait for one another, and closing the study waits for them (`close_study`).
    # The state of the study is asked for only after the lock is held.
    Reader.objects.select_for_update().only("pk").get(pk=presentation.reader_id)
    answers = list(Answer.objects.filter(presentation=presentation).order_by("revision"))
    for answer in answers:
        if answer.client_key == client_key:
            _require_same(answer, value, confidence, remark)
            return answer
    phase = Phase.objects.select_related("study").defer("study__protocol").get(pk=presentation.phase_id)
    _require_open(phase)
    _require_turn(presentation, phase, answers, revises)
    _require_fitting(phase, value, confidence, remark)
    use = known_use(viewer)
    require_allowed(phase.study, use)
    answer = Answer(
        presentation=presentation,
        revision=len(answers) + 1,
        client_key=client_key,
        value=value,
        confidence=confidence,
        remark=remark,
        response_ms=None if response_ms is None else min(response_ms, LONGEST_MS),
        viewer=use,
        showing=presentation.showings,
        answered_at=timezone.now(),
    )
    # The lock has settled uniqueness and the constraints stand in the database: no further questions to it.
    answer.full_clean(exclude=["presentation"], validate_unique=False, validate_constraints=False)
    answer.save(force_insert=True)
    return answer


def _require_same(answer: Answer, value: str, confidence: int | None, remark: str) -> None:
    if (answer.value, answer.confidence, answer.remark) != (value, confidence, remark):
        raise MovedOnError(
            _("This answer was sent before with another value, and the first one is kept. To change it, go back to it.")
        )


def _require_open(phase: Phase) -> None:
    if phase.study.state != State.OPEN:
        raise MovedOnError(_("The study is closed, so this answer could not be taken. Earlier answers are kept."))


def _require_turn(presentation: Presentation, phase: Phase, answers: list[Answer], revises: int | None) -> None:
    if presentation.first_shown_at is None:
        raise MovedOnError(_("This radiograph was not shown yet. Here is the one to read."))
    if revises is None:
        if answers:
            raise MovedOnError(
                _("This radiograph was answered already, perhaps in another window. Here is the next one.")
            )
        return
    if not phase.study.allows_change:
        raise MovedOnError(_("In this study an answer cannot be changed. Nothing was changed now."))
    if not answers or revises != answers[-1].revision:
        raise MovedOnError(_("This answer was changed already, perhaps in another window. Nothing was changed now."))
    reader = presentation.reader_id
    if not Presentation.objects.filter(~ANSWERED, reader=reader, phase=phase).exists():
        raise MovedOnError(_("This part is complete, so its answers cannot be changed any more."))
    if last_answered(reader=reader, phase=phase) != presentation:
        raise MovedOnError(_("A later radiograph was answered meanwhile, so this answer cannot be changed any more."))


def _require_fitting(phase: Phase, value: str, confidence: int | None, remark: str) -> None:
    if value not in VALUES[phase.task]:
        raise ValidationError(_("Please choose one of the answers."))
    if phase.asks_confidence and confidence not in range(1, 6):
        raise ValidationError(_("Please say how sure you are, from 1 to 5."))
    if not phase.asks_confidence and confidence is not None:
        raise ValidationError(_("This part does not ask how sure you are."))
    if remark and not phase.study.asks_remark:
        raise ValidationError(_("This study does not ask for remarks."))
