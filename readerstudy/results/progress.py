"""How far each reader is, counted from answers alone."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Max, OuterRef, Q

from readerstudy.reading.models import Answer, Presentation
from readerstudy.studies.models import Phase, Reader, State, Study


@dataclass(frozen=True)
class PhaseProgress:
    phase: Phase
    answered: int
    total: int

    @property
    def complete(self) -> bool:
        return self.answered == self.total


@dataclass(frozen=True)
class ReaderProgress:
    reader: Reader
    phases: list[PhaseProgress]
    last_answer_at: datetime | None
    is_over: bool  # the study takes no answer any more

    @property
    def status(self) -> str:
        if all(phase.complete for phase in self.phases):
            return "complete"
        answered = sum(phase.answered for phase in self.phases)
        if self.is_over:
            asked = sum(phase.total for phase in self.phases)
            return f"stopped after {answered} of {asked}" if answered else "did not begin"
        if self.reader.consented_at is None:
            return "invited"
        return "reading" if answered else "consented"


def progress_of(study: Study) -> list[ReaderProgress]:
    """One row a reader, in four queries however many there are."""
    cases = study.cases.count()
    phases = list(study.phases.order_by("position"))
    is_answered = Exists(Answer.objects.filter(presentation=OuterRef("pk")))
    counted = {
        (row["reader"], row["phase"]): row["answered"]
        for row in Presentation.objects.filter(reader__study=study)
        .order_by()
        .values("reader", "phase")
        .annotate(answered=Count("pk", filter=Q(is_answered)))
    }
    readers = study.readers.annotate(last_answer_at=Max("presentations__answers__answered_at")).order_by("number")
    return [
        ReaderProgress(
            reader=reader,
            phases=[
                PhaseProgress(phase, counted.get((reader.pk, phase.pk), 0), cases + phase.repeats) for phase in phases
            ],
            last_answer_at=reader.last_answer_at,
            is_over=study.state in (State.CLOSED, State.ARCHIVED),
        )
        for reader in readers
    ]
