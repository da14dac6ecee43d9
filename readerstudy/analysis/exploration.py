"""Further questions to the real-or-synthetic answers: who, where in the order, how fast, and which images deceive."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from readerstudy.analysis import reader_figures
from readerstudy.analysis.contrasts import Contrast, accuracy, area, contrasts_of, experience_halves, reader_groups
from readerstudy.analysis.course import Block, course_of
from readerstudy.analysis.crossed import crossed_part
from readerstudy.analysis.crossed_logistic import CrossedFit, fit_crossed_logistic
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.multiplicity import adjusted_among_tested
from readerstudy.analysis.obuchowski_rockette import pool_readers
from readerstudy.analysis.readings import as_wide, detection_matrix, laid_out, rating_matrix
from readerstudy.analysis.time_ratio import time_ratio

Floats = NDArray[np.float64]
MOST_DECEPTIVE = 10
EXPERIENCE, POSITION, GRADE = "ten years more of experience", "ten places later in the order", "one KL grade higher"
SOURCE = "source"  # stays in the model for the others, without a ratio of its own
SLOWER = "slower when wrong"
LEANING = (
    "there are not as many real as synthetic images: how readers lean, and what changes it, would pass for how well "
    "they tell the two apart"
)
NO_EFFECT = "no experience, position or grade varies between the answers"


@dataclass(frozen=True)
class GroupAccuracy:
    """Accuracy (balanced, as that of all readers) of the readers of one specialty, or of so much experience."""

    name: str
    readers: int
    accuracy: Estimate


@dataclass(frozen=True)
class DeceptiveCase:
    """An image that more readers misjudged than not. wrong of read."""

    case: str
    source: str
    grade: int
    wrong: int
    read: int


@dataclass(frozen=True)
class Exploration:
    """by_grade: accuracy by images and reference grade 0–4. odds_ratios of a correct call, by effect, from one model
    in which real and synthetic images may differ; no_model: why there is none. slower_when_wrong: ratio of the times
    of wrong to right calls. p_adjusted: of these effects and of `SLOWER`, by Holm. course: over the sitting.
    fooled_all: images that every reader misjudged, of those that several read."""

    contrasts: list[Contrast]
    groups: list[GroupAccuracy]
    by_grade: dict[str, list[Estimate]]
    odds_ratios: dict[str, Estimate]
    no_model: str
    slower_when_wrong: Estimate
    p_adjusted: dict[str, float | None]
    course: list[Block]
    deceptive: list[DeceptiveCase]
    fooled_all: int


def explore(answers: pd.DataFrame, calls: pd.DataFrame, ratings: Floats, truth: pd.DataFrame) -> Exploration:
    """calls: readers × cases, 1 synthetic and 0 real; ratings: as `rating_matrix`; truth by case."""
    cases = truth.loc[calls.columns]
    synthetic = (cases["source"] == "synthetic").to_numpy()
    matrix = calls.to_numpy(dtype=float)
    correct = np.where(np.isnan(matrix), np.nan, matrix == synthetic)
    everyone = answers.drop_duplicates("reader").set_index("reader")
    position, time = (as_wide(answers, calls, "detect", name) for name in ("position", "response_ms"))
    fit = _model(correct, position, cases, everyone.loc[calls.index])
    odds_ratios = {name: fit.odds_ratio(name) for name in (EXPERIENCE, POSITION, GRADE) if name in fit.effects}
    slower = time_ratio(time, correct)
    tested = {**odds_ratios, SLOWER: slower}
    deceptive = _deceptive(calls, correct, cases)
    groups = reader_groups(everyone, calls.index)
    measures = [accuracy(matrix, synthetic)]
    again = [detection_matrix(answers, replicate=2)]
    if np.isfinite(ratings).any():
        measures.append(area(ratings, synthetic))
        again.append(rating_matrix(answers, replicate=2))
    return Exploration(
        contrasts=[
            one
            for measure, repeated in zip(measures, again, strict=True)
            for one in contrasts_of(measure, groups, position, time, laid_out(repeated, calls))
        ],
        groups=_groups(matrix, synthetic, everyone, calls.index),
        by_grade=_by_grade(correct, synthetic, cases["reference_grade"].to_numpy()),
        odds_ratios=odds_ratios,
        no_model=fit.reason,
        slower_when_wrong=slower,
        p_adjusted=dict(zip(tested, adjusted_among_tested([one.p_value for one in tested.values()]), strict=True)),
        course=course_of(correct, position, null=reader_figures.accuracy_of_guessing(synthetic)),
        deceptive=[one for one in deceptive if 2 * one.wrong > one.read > 1][:MOST_DECEPTIVE],
        fooled_all=sum(one.wrong == one.read > 1 for one in deceptive),
    )


def _groups(
    calls: Floats, synthetic: NDArray[np.bool_], everyone: pd.DataFrame, present: pd.Index
) -> list[GroupAccuracy]:
    """Each specialty, and the two halves by experience, where there are several; calls of the readers present."""
    specialty = everyone.loc[present, "specialty"]
    specialties = sorted(specialty.unique())
    named = [(str(name), (specialty == name).to_numpy()) for name in specialties if len(specialties) > 1]
    named += experience_halves(everyone, present)
    crossed = crossed_part(calls)
    whole, truth = crossed.of(calls), synthetic[crossed.cases]
    as_many = reader_figures.accuracy_of_guessing(truth) is not None
    figure = reader_figures.accuracy if as_many else reader_figures.balanced_accuracy
    return [
        GroupAccuracy(name, int(rows.sum()), pool_readers(figure(whole[rows[crossed.readers]], truth)).estimate)
        for name, rows in named
    ]


def _by_grade(correct: Floats, synthetic: NDArray[np.bool_], grades: NDArray[np.int_]) -> dict[str, list[Estimate]]:
    kinds = {"all": np.ones_like(synthetic), "real": ~synthetic, "synthetic": synthetic}
    return {
        name: [
            pool_readers(reader_figures.proportion_correct(correct[:, chosen], synthetic[chosen])).estimate
            for chosen in (kind & (grades == grade) for grade in range(5))
        ]
        for name, kind in kinds.items()
    }


def _model(correct: Floats, position: Floats, cases: pd.DataFrame, readers: pd.DataFrame) -> CrossedFit:
    """The odds of a correct call by all effects that vary here, real and synthetic images apart.

    How real and synthetic images differ is no question for this model: each reader leans to one answer, which makes a
    difference of their own that a random intercept does not take up. `reader_figures.error_asymmetry` answers it.
    """
    effects: dict[str, Floats] = {
        EXPERIENCE: readers["years_experience"].to_numpy(dtype=float)[:, None] / 10,
        POSITION: position / 10,
        GRADE: cases["reference_grade"].to_numpy(dtype=float),
    }
    usable = {name: x for name, x in effects.items() if np.unique(x[~np.isnan(x)]).size > 1}
    if EXPERIENCE in usable and (~np.isnan(usable[EXPERIENCE])).sum() < len(readers):
        del usable[EXPERIENCE]  # a reader who did not say would be left out
    if not usable:
        return CrossedFit(reason=NO_EFFECT)
    synthetic = (cases["source"] == "synthetic").to_numpy().astype(float)
    if reader_figures.accuracy_of_guessing(synthetic) is None and np.unique(synthetic).size > 1:
        return CrossedFit(reason=LEANING)
    return fit_crossed_logistic(correct, usable | ({SOURCE: synthetic} if np.unique(synthetic).size > 1 else {}))


def _deceptive(calls: pd.DataFrame, correct: Floats, cases: pd.DataFrame) -> list[DeceptiveCase]:
    """All images, those that most readers misjudged first."""
    wrong, read = (correct == 0).sum(0), (~np.isnan(correct)).sum(0)
    found = [
        DeceptiveCase(str(case), str(source), int(grade), int(missed), int(n))
        for case, source, grade, missed, n in zip(
            calls.columns, cases["source"].tolist(), cases["reference_grade"].tolist(), wrong, read, strict=True
        )
    ]
    return sorted(found, key=lambda one: (-one.wrong / max(one.read, 1), one.case))
