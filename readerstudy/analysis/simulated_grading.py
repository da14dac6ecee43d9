"""How much a study will show about grading, by simulation: agreement with the reference, synthetic against real."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from readerstudy.analysis.agreement import kappa_of_tables
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.grade_shares import compare_grade_shares
from readerstudy.analysis.grading_figures import kappa_with_reference
from readerstudy.analysis.obuchowski_rockette import Equivalence, pool_readers
from readerstudy.analysis.planning import ALPHA
from readerstudy.analysis.reader_contrasts import compare_separate_cases
from readerstudy.analysis.readings import one_hot
from readerstudy.analysis.simulation import GRADE_THRESHOLDS, GradingTrait, grades_of, lasting_impression

# Set, not estimated: readers differ in severity by a fifth of a grade, images look a quarter away from their
# reference, and one reading misses by a third.
GRADING = GradingTrait(reader=0.2, case=0.25, interaction=0.2, error=0.35)
GRADES = len(GRADE_THRESHOLDS) + 1
AT_ONCE = 1_000_000  # readings held in memory
LOWEST_KAPPA, HIGHEST_KAPPA = 0.3, 0.98


@dataclass(frozen=True)
class CountedGrading:
    """What the simulated studies found, analysed as the report does; κ is quadratic, with the reference, of the
    readers.

    half_width: of the 95 % interval of κ on the real images; half_width_difference: of synthetic minus real κ; both on
    average over the studies. equivalence: the share of studies that show this difference to lie within ± margin, the
    truth being that there is none. half_width_share and equivalence_shares: the same of the share of images given a
    grade, synthetic minus real: of the grade with the widest interval, and of all grades together.
    """

    studies: int
    kappa: float
    half_width: float
    half_width_difference: float
    equivalence: float
    half_width_share: float
    equivalence_shares: float


def expected_kappa(trait: GradingTrait) -> float:
    """Quadratic κ with the reference of endlessly many readings, every reference grade as often."""
    table = np.array([trait.shares(reference) for reference in range(GRADES)]) / GRADES
    return float(kappa_of_tables(table, weights="quadratic"))


def trait_with_kappa(kappa: float, *, like: GradingTrait = GRADING) -> GradingTrait:
    """The trait with this expected κ in which readers, images and readings weigh against each other as in `like`.

    Raises ValueError outside 0.3 to 0.98.
    """
    if not LOWEST_KAPPA <= kappa <= HIGHEST_KAPPA:
        raise ValueError(f"κ must lie between {LOWEST_KAPPA} and {HIGHEST_KAPPA}.")

    def scaled(factor: float) -> GradingTrait:
        parts = (like.reader, like.case, like.interaction, like.error)
        return GradingTrait(*(factor * part for part in parts))

    return scaled(
        float(
            optimize.brentq(lambda factor: expected_kappa(scaled(factor)) - kappa, 0.05 / like.spread, 10 / like.spread)
        )
    )


def simulate_grading(
    rng: Generator, *, trait: GradingTrait, readers: int, cases: int, margin: float, studies: int
) -> CountedGrading:
    """Draw studies of half real and half synthetic cases, all graded alike, the references 0–4 in turn."""
    reference, synthetic = np.tile(np.arange(cases // 2) % GRADES, 2), np.arange(cases) >= cases // 2
    found: list[tuple[float, ...]] = []
    portion = max(1, AT_ONCE // (readers * cases))
    for start in range(0, studies, portion):
        number = min(portion, studies - start)
        impression = lasting_impression(rng, rng, trait=trait, reference=reference, readers=readers, studies=number)
        grades, _ = grades_of(impression + trait.error * rng.standard_normal(impression.shape))
        found += [_analysed(study.astype(float), reference, synthetic, margin=margin) for study in grades]
    return CountedGrading(studies, *(float(np.nanmean(column)) for column in np.transpose(found)))


def _analysed(
    grades: NDArray[np.float64], reference: NDArray[np.int_], synthetic: NDArray[np.bool_], *, margin: float
) -> tuple[float, ...]:
    """The figures of `CountedGrading` of one study, in its order; NaN where something cannot be estimated."""
    real, other = (kappa_with_reference(grades[:, kind], reference[kind]) for kind in (~synthetic, synthetic))
    alone, apart = pool_readers(real).estimate, compare_separate_cases(other, real).pooled
    shares, together = compare_grade_shares(grades, reference, synthetic, margin=margin)
    return (
        math.nan if alone.value is None else alone.value,
        _half_width(alone),
        _half_width(apart.estimate),
        _is_shown(apart.equivalence(margin)),
        float(np.nanmax([0.0, *(_half_width(one.difference) for one in shares)])),
        _is_shown(together.equivalence),
    )


def _half_width(estimate: Estimate) -> float:
    return math.nan if estimate.low is None or estimate.high is None else (estimate.high - estimate.low) / 2


def _is_shown(test: Equivalence | None) -> float:
    return float(test is not None and test.p_value < ALPHA)


def mean_kappa(grades: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """The readers' mean quadratic κ with the reference: grades [..., readers, cases] 0–4 or NaN → [...].

    NaN where a reader has no κ.
    """
    truth, given = (one_hot(np.asarray(one, dtype=float)) for one in (reference, grades))
    return kappa_of_tables(np.einsum("cg,...rch->...rgh", truth, given), weights="quadratic").mean(-1)
