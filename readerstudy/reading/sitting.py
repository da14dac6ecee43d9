"""Where a reader is, counted from the answers alone, and the way into a phase."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, DateTimeField, Exists, F, FilteredRelation, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from readerstudy.audit.recording import record
from readerstudy.reading.models import Answer, Presentation
from readerstudy.studies.allocation import draw_order
from readerstudy.studies.models import Phase, Reader, State, Study
from readerstudy.studies.protocol import strata_of

ANSWERED = Exists(Answer.objects.filter(presentation=OuterRef("pk")))


class Stage(StrEnum):
    NOT_OPEN = "not open"
    CONSENT = "consent"
    INTRODUCTION = "introduction"
    CASE = "case"
    DONE = "done"
    CLOSED = "closed"


@dataclass(frozen=True)
class Whereabouts:
    """What a reader should see now.

    phase: the one to begin or being read. presentation: the next unread one; following: the one after it.
    answered and total: readings of this phase that have an answer, and all that it has.
    """

    stage: Stage
    phase: Phase | None = None
    presentation: Presentation | None = None
    following: Presentation | None = None
    answered: int = 0
    total: int = 0


def find_reader(*, token: str) -> Reader | None:
    """The reader whom this token lets in, with the study but not its protocol, which tells the truth."""
    if "\0" in token:  # PostgreSQL takes no such text, not even to look for it
        return None
    return Reader.objects.select_related("study").defer("study__protocol").order_by("pk").filter(token=token).first()


def readings_of(phases: Iterable[Phase], *, cases: int) -> int:
    """How many readings a reader gives in all, hidden repeats among them."""
    return sum(cases + phase.repeats for phase in phases)


def where_is(reader: Reader) -> Whereabouts:
    """Say what the reader should see next."""
    state = reader.study.state
    if state == State.DRAFT:
        return Whereabouts(Stage.NOT_OPEN)
    if reader.consented_at is None:
        return Whereabouts(Stage.CONSENT if state == State.OPEN else Stage.CLOSED)
    phase, drawn, answered = _active_phase(reader)
    if phase is None:
        return Whereabouts(Stage.DONE)
    if state != State.OPEN:
        return Whereabouts(Stage.CLOSED)
    if not drawn:
        total = reader.study.cases.count() + phase.repeats
        return Whereabouts(Stage.INTRODUCTION, phase=phase, total=total)
    return _at_case(reader, phase, drawn, answered)


def _at_case(reader: Reader, phase: Phase, drawn: int, answered: int) -> Whereabouts:
    unread = list(Presentation.objects.filter(~ANSWERED, reader=reader, phase=phase).order_by("position")[:2])
    if not unread:  # another tab answered the last one since they were counted
        return where_is(reader)
    for presentation in unread:
        presentation.phase, presentation.reader = phase, reader
    return Whereabouts(
        Stage.CASE,
        phase=phase,
        presentation=unread[0],
        following=unread[1] if len(unread) > 1 else None,
        answered=answered,
        total=drawn,
    )


def _active_phase(reader: Reader) -> tuple[Phase | None, int, int]:
    """The first phase that is not complete, how many presentations it has and how many are answered."""
    # Joined from this reader's presentations on: counting by ANSWERED makes PostgreSQL read every answer there is.
    phases = (
        Phase.objects.filter(study=reader.study_id)
        .annotate(own=FilteredRelation("presentations", condition=Q(presentations__reader=reader)))
        .annotate(drawn=Count("own", distinct=True), answered=Count("own__answers__presentation", distinct=True))
        .order_by("position")
    )
    for phase in phases:
        if phase.answered < phase.drawn or not phase.drawn:
            return phase, phase.drawn, phase.answered
    return None, 0, 0


@transaction.atomic
def enter_phase(*, reader: Reader, phase: Phase) -> None:
    """Draw and store the order in which the reader sees the cases of this phase; once, however often asked.

    Raises ValidationError when the study is not open, consent is missing or an earlier phase is not complete.
    """
    # The lock makes a second tab wait; it then finds the order drawn. The protocol is read nowhere else.
    reader = Reader.objects.select_for_update().get(pk=reader.pk)
    study = Study.objects.get(pk=reader.study_id)
    if Presentation.objects.filter(reader=reader, phase=phase).exists():
        return
    reader.study = study
    place = where_is(reader)
    if place.stage != Stage.INTRODUCTION or place.phase != phase:
        raise ValidationError(_("This part cannot be begun yet: the one before it is not complete."))
    if study.protocol is None:
        raise RuntimeError(f"“{study}” is open without a protocol")
    order = draw_order(
        seed=study.seed,
        reader=reader.pseudonym,
        phase=phase.position,
        cases=strata_of(study.protocol),
        repeats=phase.repeats,
    )
    case_of = {case.label: case for case in study.cases.all()}
    presentations = [
        Presentation(reader=reader, phase=phase, position=position, case=case_of[one.label], replicate=one.replicate)
        for position, one in enumerate(order, start=1)
    ]
    for presentation in presentations:
        presentation.clean_fields(exclude=["reader", "phase", "case"])
    Presentation.objects.bulk_create(presentations)
    record(actor=reader.pseudonym, verb="begin phase", study=study.slug, phase=phase.position)


def mark_shown(presentation: Presentation) -> None:
    """Count one more showing of this presentation, and stamp the moment of the first."""
    now = timezone.now()
    Presentation.objects.filter(pk=presentation.pk).update(
        showings=F("showings") + 1, first_shown_at=Coalesce("first_shown_at", Value(now, DateTimeField()))
    )
    presentation.first_shown_at = presentation.first_shown_at or now
    presentation.showings += 1


def last_answered(*, reader: Reader | int, phase: Phase) -> Presentation | None:
    """The presentation that the reader (or the one of this primary key) answered last in this phase."""
    return Presentation.objects.filter(ANSWERED, reader=reader, phase=phase).order_by("-position").first()
