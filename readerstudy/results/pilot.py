"""What a pilot study tells about the next one: how its readers and images differ, how well it was graded."""

from pathlib import Path

import numpy as np
import pandas as pd

from readerstudy.analysis.readings import UnusableAnswers, detection_matrix, grade_matrix, read_answers, truth_of
from readerstudy.analysis.simulated_grading import mean_kappa
from readerstudy.analysis.variance_components import Components, estimate_components
from readerstudy.studies.models import SIMULATED

SCATTERS = {"reader": "readers", "case": "images", "interaction": "readers and images together"}
FOLLOWS = {
    "reader": " The plan therefore takes all readers for equally good, which so small a pilot cannot show: the chances "
    "below are too high, and numbers of readers too low, where readers differ. Compare --components published.",
    "case": " The plan therefore takes all images for equally easy, which so small a pilot cannot show: the chances "
    "below are too high, and numbers of images too low, where images differ. Compare --components published.",
    "interaction": "",  # the plan has it from the two others
}
FEW_READERS, FEW_CASES = 10, 30


class UnusablePilot(ValueError):
    """The pilot cannot tell what was asked of it; the message says why, in a sentence that names the file."""


def pilot_components(path: Path) -> tuple[Components, list[str]]:
    """The variance components of a pilot's real-or-synthetic answers, and sentences about their worth.

    path: an exported table of answers. Raises UnusablePilot.
    """
    answers = _answers(path)
    calls = detection_matrix(answers)
    if calls.empty:
        raise UnusablePilot(f"{path} holds no real-or-synthetic answers; readers and images cannot be compared.")
    called = calls.to_numpy(dtype=float)
    try:
        synthetic = (truth_of(answers).loc[calls.columns, "source"] == "synthetic").to_numpy()
        pilot = estimate_components(np.where(np.isnan(called), np.nan, called == synthetic), synthetic)
        pilot.correlations()
    except ValueError as error:
        raise UnusablePilot(f"{path}: {error}") from error
    if (calls.nunique(axis=1) <= 1).all():
        raise UnusablePilot(f"{path}: every reader gave one answer to all images, so how they differ cannot be told.")
    said = [
        f"Estimated from {path.name}: {_size(calls)}, accuracy {100 * pilot.accuracy:.0f} % (U-statistics); carried "
        "over to the true accuracy above."
    ]
    said += [
        f"The estimate for {SCATTERS[name]} was negative and counts as 0.{FOLLOWS[name]}" for name in pilot.negative
    ]
    if len(calls) < FEW_READERS or len(calls.columns) < FEW_CASES:
        said.append("So small a pilot knows little about how readers and images differ: plan with a reserve.")
    return pilot, said + _simulated(answers)


def pilot_kappa(path: Path) -> tuple[float, list[str]]:
    """The mean over a pilot's readers of quadratic κ with the reference, and sentences about it.

    path: an exported table of answers. Raises UnusablePilot.
    """
    answers = _answers(path)
    grades = grade_matrix(answers)
    if grades.empty:
        raise UnusablePilot(f"{path} holds no grades.")
    try:
        kappa = float(mean_kappa(grades, truth_of(answers).loc[grades.columns, "reference_grade"]))
    except ValueError as error:
        raise UnusablePilot(f"{path}: {error}") from error
    if np.isnan(kappa):
        raise UnusablePilot(f"{path}: a reader gave the same single grade as the reference, so κ cannot be told.")
    return kappa, [f"κ estimated from {path.name}: {_size(grades)}.", *_simulated(answers)]


def _answers(path: Path) -> pd.DataFrame:
    try:
        return read_answers(str(path))
    except OSError as error:
        raise UnusablePilot(f"{path} cannot be read: {error.strerror}.") from error
    except UnusableAnswers as error:
        raise UnusablePilot(f"{path}: {' '.join(str(error).split())}") from error


def _size(matrix: pd.DataFrame) -> str:
    return f"{len(matrix)} readers, {len(matrix.columns)} images"


def _simulated(answers: pd.DataFrame) -> list[str]:
    if (answers["specialty"] == SIMULATED).any():
        return ["It has simulated readers, so it is no evidence about clinicians."]
    return []
