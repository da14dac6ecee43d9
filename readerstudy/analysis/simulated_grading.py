"""How much a study will show about grading, by simulation: agreement with the reference, synthetic against real."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from readerstudy.analysis.agreement import kappa_of_tables
from readerstudy.analysis.planning import ALPHA
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
    """What the simulated studies found; κ is quadratic, with the reference, the mean of the readers.

    half_width: of the 95 % interval of κ on the real images; half_width_difference: of synthetic minus real κ; both
    are 1.96 standard deviations over the studies, the narrowest that an interval can be and hold what it promises.
    equivalence: the share of studies whose 90 % interval of the difference, as narrow, lies within ± margin, the
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
    reference = np.arange(cases // 2) % GRADES
    found, shares = [], []
    portion = max(1, AT_ONCE // (readers * cases))
    for start in range(0, studies, portion):
        number = min(portion, studies - start)
        impression = lasting_impression(
            rng, rng, trait=trait, reference=np.tile(reference, 2), readers=readers, studies=number
        )
        grades, _ = grades_of(impression + trait.error * rng.standard_normal(impression.shape))
        halves = grades[..., : cases // 2], grades[..., cases // 2 :]
        found.append([mean_kappa(half, reference) for half in halves])
        shares.append([one_hot(half.astype(float)).mean((-3, -2)) for half in halves])
    real, synthetic = np.concatenate(found, axis=1)
    difference = synthetic - real
    spread = float(difference.std(ddof=1))
    of_real, of_synthetic = np.concatenate(shares, axis=1)  # [studies, grades]
    apart = of_synthetic - of_real
    spreads = apart.std(axis=0, ddof=1)
    narrow, wide = (float(stats.norm.ppf(1 - alpha)) for alpha in (ALPHA, ALPHA / 2))
    return CountedGrading(
        studies,
        kappa=float(real.mean()),
        half_width=wide * float(real.std(ddof=1)),
        half_width_difference=wide * spread,
        equivalence=float((np.abs(difference) + narrow * spread < margin).mean()),
        half_width_share=wide * float(spreads.max()),
        equivalence_shares=float((np.abs(apart) + narrow * spreads < margin).all(1).mean()),
    )


def mean_kappa(grades: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """The readers' mean quadratic κ with the reference: grades [..., readers, cases] 0–4 or NaN → [...].

    NaN where a reader has no κ.
    """
    truth, given = (one_hot(np.asarray(one, dtype=float)) for one in (reference, grades))
    return kappa_of_tables(np.einsum("cg,...rch->...rgh", truth, given), weights="quadratic").mean(-1)
