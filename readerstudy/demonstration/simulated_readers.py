"""Readers who exist only in the computer, for demonstrations and rehearsals.

They answer through the same functions as a clinician, by the latent-trait models of `analysis.simulation`: readers
differ in discernment, in their leaning towards “synthetic” and in severity, and images in how easily they give
themselves away. Their specialty says “simulated”, so every report says so too.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.core.exceptions import ValidationError
from django.db import transaction
from numpy.random import Generator

from readerstudy.analysis.simulated_grading import GRADING
from readerstudy.analysis.simulation import (
    DetectionTrait,
    GradingTrait,
    answers_of,
    grades_of,
    lasting_evidence,
    lasting_impression,
)
from readerstudy.audit.recording import record
from readerstudy.reading.answering import record_answer
from readerstudy.reading.consent import give_consent
from readerstudy.reading.models import Presentation
from readerstudy.reading.sitting import enter_phase, mark_shown
from readerstudy.studies.invitations import invite_readers
from readerstudy.studies.models import SIMULATED, Phase, Reader, State, Study, Task

DETECTION = DetectionTrait(reader=0.3, case=0.6, leaning=0.3)
ACCURACY = 0.6


@dataclass(frozen=True)
class Behaviour:
    """accuracy: the true share of correct real-or-synthetic answers. seed: draws the same readers and images again."""

    seed: int
    accuracy: float = ACCURACY
    detection: DetectionTrait = DETECTION
    grading: GradingTrait = GRADING


# called after each reader, with how many have answered by then and how many are to
Tell = Callable[[Reader, int, int], object]


def simulate_invited(*, study: Study, behaviour: Behaviour, by: str, tell: Tell) -> int:
    """Answer the open study for every reader who has not consented yet; return how many. See `_require_rehearsal`."""
    _require_rehearsal(study)
    waiting = list(study.readers.filter(consented_at__isnull=True).order_by("number"))
    if not waiting:
        raise ValidationError(
            f"Every invited reader of “{study.name}” has answered; say how many simulated ones to add."
        )
    for done, reader in enumerate(waiting, start=1):
        simulate_reader(reader=reader, behaviour=behaviour, by=by)
        tell(reader, done, len(waiting))
    return len(waiting)


def simulate_more(*, study: Study, count: int, behaviour: Behaviour, by: str, tell: Tell) -> int:
    """Invite so many more readers, simulated ones, to the open study and let them answer; return how many."""
    _require_rehearsal(study)
    for done in range(1, count + 1):
        with transaction.atomic():  # a reader who is invited has also answered
            name = f"Simulated reader {study.readers.count() + 1}"
            reader = invite_readers(study=study, pasted=name, by=by)[0]
            simulate_reader(reader=reader, behaviour=behaviour, by=by)
        tell(reader, done, count)
    return count


def _require_rehearsal(study: Study) -> None:
    """Raise ValidationError unless the study is open and no clinician reads in it: answers are never taken back."""
    if study.state != State.OPEN:
        raise ValidationError(
            f"“{study.name}” is {study.get_state_display().lower()}; only an open study can be answered."
        )
    clinicians = study.readers.filter(consented_at__isnull=False).exclude(specialty=SIMULATED)
    if clinicians.exists():
        raise ValidationError(
            f"{clinicians[0].pseudonym}, who is not simulated, reads in “{study.name}”; rehearse in a study of its own."
        )


@transaction.atomic
def simulate_reader(*, reader: Reader, behaviour: Behaviour | None = None, by: str = "simulation") -> None:
    """Answer every case of an open study on behalf of a simulated reader, or none.

    Deterministic from the behaviour's seed and the reader's number; without a behaviour, from the study's seed. The
    images are drawn from the seed alone, so every reader of a study meets the same ones.
    """
    behaviour = behaviour or Behaviour(seed=reader.study.seed)
    rng = np.random.default_rng([behaviour.seed, reader.number])
    mind = _Mind(reader=reader, behaviour=behaviour, rng=rng)
    reader = give_consent(reader=reader, specialty=SIMULATED, years_experience=int(rng.integers(2, 31)))
    for phase in reader.study.phases.order_by("position"):
        enter_phase(reader=reader, phase=phase)
        presentations = Presentation.objects.filter(reader=reader, phase=phase).select_related("case")
        in_order = list(presentations.order_by("position"))
        mark_shown(in_order[0])
        for presentation in in_order:
            value, confidence = mind.read(presentation, phase)
            presentation.reader = reader
            record_answer(
                presentation=presentation,
                shows_next=True,
                # the same seed in another study makes other keys
                client_key=uuid.uuid5(uuid.UUID(bytes=rng.bytes(16)), reader.study.slug),
                value=value,
                confidence=confidence if phase.asks_confidence else None,
                response_ms=int(rng.lognormal(8.6, 0.5)),
                viewer={},
            )
    record(
        actor=by,
        verb="simulate reader",
        study=reader.study.slug,
        reader=reader.pseudonym,
        accuracy=behaviour.accuracy,
        seed=behaviour.seed,
    )


class _Mind:
    """What one simulated reader makes of each case: lasting from reading to reading, with a new error each time."""

    def __init__(self, *, reader: Reader, behaviour: Behaviour, rng: Generator) -> None:
        cases = (reader.study.protocol or {"cases": []})["cases"]
        self.place = {case["case"]: place for place, case in enumerate(cases)}
        self.behaviour, self.rng = behaviour, rng
        self.evidence = lasting_evidence(
            rng,
            np.random.default_rng([behaviour.seed, 0, 1]),
            trait=behaviour.detection,
            accuracy=behaviour.accuracy,
            synthetic=[case["source"] == "synthetic" for case in cases],
            readers=1,
        )[0, 0]
        self.impression = lasting_impression(
            rng,
            np.random.default_rng([behaviour.seed, 0, 2]),
            trait=behaviour.grading,
            reference=[case["reference_grade"] for case in cases],
            readers=1,
        )[0, 0]

    def read(self, presentation: Presentation, phase: Phase) -> tuple[str, int]:
        """The answer to a presentation, and how sure the reader is, 1–5."""
        place = self.place[presentation.case.label]
        if phase.task == Task.GRADE:
            seen = self.impression[place] + self.behaviour.grading.error * self.rng.standard_normal()
            grade, confidence = grades_of(seen)
            return str(int(grade)), int(confidence)
        called, confidence = answers_of(
            self.evidence[place] + self.rng.standard_normal(), spread=self.behaviour.detection.spread
        )
        return ("synthetic" if called else "real"), int(confidence)
