"""All that the report says about a study, from its answers."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

from readerstudy.analysis.contrasts import Contrast, with_adjusted
from readerstudy.analysis.course import Block
from readerstudy.analysis.outcomes import Outcome, adjusted
from readerstudy.analysis.plan import AnalysisPlan
from readerstudy.analysis.readings import detection_matrix, grade_matrix, rating_matrix, truth_of
from readerstudy.analysis.summary_detection import Detection, summarise_detection
from readerstudy.analysis.summary_grading import Grading, summarise_grading

SAMPLES = 2000


@dataclass(frozen=True)
class Analysis:
    """primary: the outcomes the plan names, of the phases that have answers, adjusted for all that it names.

    without_confidence: first calls of a reader that have none, where readers were asked for it.
    """

    study: str
    readers: list[str]
    cases: dict[str, int]  # by source
    answers: int
    revised: int
    missing: dict[str, dict[str, int]]  # task that anybody read → reader → first readings that are missing
    without_confidence: dict[str, int]
    plan: AnalysisPlan
    primary: list[Outcome]
    grading: Grading | None
    detection: Detection | None

    def began(self, task: str) -> int:
        """How many readers gave any first reading of a task."""
        images = sum(self.cases.values())
        return len(self.readers) - sum(lost >= images for lost in self.missing.get(task, {}).values())

    @property
    def outcomes(self) -> list[Outcome]:
        """All that could be judged of the phases that have answers, the primary ones as adjusted."""
        named = {one.name: one for one in self.primary}
        return [named.get(one.name, one) for one in _judged(self.grading, self.detection)]

    def outcome(self, name: str) -> Outcome:
        """The outcome of this name. Raises StopIteration where its phase has no answers."""
        return next(one for one in self.outcomes if one.name == name)

    @property
    def contrasts(self) -> list[Contrast]:
        """Two conditions compared, of both tasks."""
        found = list(self.detection.exploration.contrasts) if self.detection else []
        return found + (self.grading.contrasts if self.grading else [])

    @property
    def courses(self) -> dict[str, list[Block]]:
        """The share of right readings along the sitting, by task."""
        found = {"grade": self.grading.course} if self.grading else {}
        return found | ({"detect": self.detection.exploration.course} if self.detection else {})

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists and numbers, for JSON."""
        return asdict(self)


def analyse(answers: pd.DataFrame, *, plan: AnalysisPlan, seed: int = 0, samples: int = SAMPLES) -> Analysis:
    """Compute everything for one study's answers (as `read_answers` gives them); deterministic from the seed.

    samples: of each bootstrap.

    Raises UnusableAnswers when a case has two truths, ValueError when there is no answer at all.
    """
    if answers.empty:
        raise ValueError("There are no answers to analyse.")
    truth = truth_of(answers)
    grades, calls = grade_matrix(answers), detection_matrix(answers)
    grading = (
        summarise_grading(answers, grades, truth, plan=plan, seed=seed, samples=samples) if not grades.empty else None
    )
    detection = summarise_detection(answers, calls, truth, plan=plan, seed=seed) if not calls.empty else None
    grading, detection = _adjusted_contrasts(grading, detection)
    return Analysis(
        study=str(answers["study"].iloc[0]),
        readers=sorted(answers["reader"].unique()),
        cases={source: int((truth["source"] == source).sum()) for source in ("real", "synthetic")},
        answers=int(answers["is_final"].sum()),
        revised=int((~answers["is_final"]).sum()),
        missing={
            task: _missing(matrix, answers)
            for task, matrix in (("grade", grades), ("detect", calls))
            if not matrix.empty
        },
        without_confidence=_unrated(answers, calls),
        plan=plan,
        primary=_primary(grading, detection, plan),
        grading=grading,
        detection=detection,
    )


def _adjusted_contrasts(
    grading: Grading | None, detection: Detection | None
) -> tuple[Grading | None, Detection | None]:
    """The contrasts of both tasks are one family, as they are one table."""
    of_calls = detection.exploration.contrasts if detection else []
    found = with_adjusted(of_calls + (grading.contrasts if grading else []))
    if detection:
        exploration = replace(detection.exploration, contrasts=found[: len(of_calls)])
        detection = replace(detection, exploration=exploration)
    return grading and replace(grading, contrasts=found[len(of_calls) :]), detection


def _missing(matrix: pd.DataFrame, answers: pd.DataFrame) -> dict[str, int]:
    """First readings that are missing, by reader, those included who never began with the task."""
    everybody = matrix.reindex(index=sorted(answers["reader"].unique()), columns=sorted(answers["case"].unique()))
    return _gaps(everybody)


def _unrated(answers: pd.DataFrame, calls: pd.DataFrame) -> dict[str, int]:
    ratings = rating_matrix(answers)
    return _gaps(ratings.where(calls.notna(), 0.0)) if ratings.notna().any(axis=None) else {}


def _gaps(matrix: pd.DataFrame) -> dict[str, int]:
    """Cells without a reading, by reader with any."""
    return {str(reader): int(count) for reader, count in matrix.isna().sum(axis=1).items() if count}


def _primary(grading: Grading | None, detection: Detection | None, plan: AnalysisPlan) -> list[Outcome]:
    found = _judged(grading, detection)
    return adjusted([one for one in found if one.name in plan.primary], planned=len(plan.primary))


def _judged(grading: Grading | None, detection: Detection | None) -> list[Outcome]:
    return ([detection.equivalence] if detection else []) + (list(grading.equivalence.values()) if grading else [])
