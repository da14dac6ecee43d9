"""Readers who exist only in the computer, so that a demonstration has results to look at.

Each grades with a latent-trait error around the reference and tells real from synthetic with a sensitivity of their
own. They answer through the same functions as a clinician, and their specialty says “simulated”.
"""

import random
import uuid

from readerstudy.reading.answering import record_answer
from readerstudy.reading.consent import give_consent
from readerstudy.reading.sitting import Stage, enter_phase, mark_shown, where_is
from readerstudy.studies.models import Reader, Task

SPECIALTY = "simulated"


def simulate_reader(*, reader: Reader) -> None:
    """Answer every case of an open study on behalf of a simulated reader; deterministic from the study's seed."""
    rng = random.Random(f"{reader.study.seed} {reader.pseudonym}")  # noqa: S311  # not a secret
    error, discernment = rng.uniform(0.35, 0.6), rng.uniform(0.2, 1.0)
    protocol = reader.study.protocol or {"cases": []}
    truth = {case["case"]: (case["source"], case["reference_grade"]) for case in protocol["cases"]}
    reader = give_consent(reader=reader, specialty=SPECIALTY, years_experience=rng.randrange(2, 30))
    while True:
        here = where_is(reader)
        if here.stage == Stage.INTRODUCTION and here.phase is not None:
            enter_phase(reader=reader, phase=here.phase)
            continue
        if here.stage != Stage.CASE or here.presentation is None or here.phase is None:
            return
        source, grade = truth[here.presentation.case.label]
        if here.phase.task == Task.GRADE:
            value, confidence = str(min(max(round(rng.gauss(grade, error)), 0), 4)), None
        else:
            evidence = rng.gauss(discernment * (0.5 if source == "synthetic" else -0.5), 1)
            value, confidence = ("synthetic" if evidence > 0 else "real"), min(1 + int(2.5 * abs(evidence)), 5)
        mark_shown(here.presentation)
        record_answer(
            presentation=here.presentation,
            client_key=uuid.UUID(int=rng.getrandbits(128), version=4),
            value=value,
            confidence=confidence,
            response_ms=int(rng.lognormvariate(8.6, 0.5)),
            viewer={},
        )
