"""How often each grade was given: are the grades of synthetic images distributed as those of real ones?"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.grading_figures import equal_mix, share_of_grade
from readerstudy.analysis.multiplicity import adjusted_among_tested
from readerstudy.analysis.obuchowski_rockette import Equivalence, PooledFigure, pool_readers
from readerstudy.analysis.outcomes import Outcome
from readerstudy.analysis.plan import SHARES
from readerstudy.analysis.reader_contrasts import compare_separate_cases

GRADES = 5


@dataclass(frozen=True)
class GradeShare:
    """The share of real and of synthetic images that were given a grade, and synthetic minus real.

    p_adjusted: of the test for a difference, by Holm among the grades. equivalence: within the margin of the plan.
    """

    grade: int
    real: Estimate
    synthetic: Estimate
    difference: Estimate
    equivalence: Equivalence | None
    p_adjusted: float | None = None


def compare_grade_shares(
    grades: ArrayLike, reference: ArrayLike, synthetic: ArrayLike, *, margin: float
) -> tuple[list[GradeShare], Outcome]:
    """Each grade 0–4 of grades [readers, cases] without gaps, for new readers and new cases; and all together.

    reference and synthetic are [cases]. The shares depend on how many images of each reference grade were shown, which
    a study fixes: errors are those of samples within source and reference grade, and both sources are given one mix of
    grades (`equal_mix`).

    The outcome takes the grades whose share can be tested; one that is as frequent in every sample, as one that nobody
    gave, is not, and stands against equivalence only if it differs by the margin. Equivalent: the share of every grade
    is within the margin, so that the largest p counts and none is adjusted (intersection–union: Berger 1982, doi
    10.1080/00401706.1982.10487790); its 90 % limits hold those of all grades. Different: the share of any grade
    differs; the estimate is that of the grade with the smallest p, with Bonferroni's interval and p.
    """
    given, truth, made = np.asarray(grades, dtype=float), np.asarray(reference), np.asarray(synthetic, dtype=bool)
    weights = equal_mix(truth, made)
    shares, differences = [], []
    for grade in range(GRADES):
        real, other = (
            share_of_grade(given[:, kind], truth[kind], grade=grade, weights=weights[kind]) for kind in (~made, made)
        )
        pooled = compare_separate_cases(other, real).pooled
        apart = pool_readers(real).estimate, pool_readers(other).estimate
        shares.append(GradeShare(grade, *apart, pooled.estimate, pooled.equivalence(margin)))
        differences.append(pooled)
    p_values = adjusted_among_tested([one.difference.p_value for one in shares])
    shares = [replace(one, p_adjusted=p_value) for one, p_value in zip(shares, p_values, strict=True)]
    return shares, _together(shares, differences, margin=margin)


def clearest(shares: list[GradeShare]) -> GradeShare | None:
    """The grade whose share differs most clearly, by the smallest p value; None where none is tested."""
    tested = [one for one in shares if one.difference.p_value is not None]
    return min(tested, key=lambda one: (one.difference.p_value, one.grade), default=None)


def least_clear(shares: list[GradeShare]) -> GradeShare | None:
    """The grade whose share is least clearly within the margin, by the largest p value; None where none is tested."""
    tested = [one for one in shares if one.equivalence is not None]
    return max(tested, key=lambda one: (one.equivalence.p_value, -one.grade) if one.equivalence else (), default=None)


def _together(shares: list[GradeShare], differences: list[PooledFigure], *, margin: float) -> Outcome:
    unlike = [one for one in shares if one.equivalence is None and abs(one.difference.value or 0) >= margin]
    first = clearest(shares)
    if unlike or first is None:
        none = (unlike or shares)[0].difference
        reason = f"share of grade {unlike[0].grade}: {none.reason}" if unlike else none.reason
        return Outcome(SHARES, not_estimable(reason, method=none.method, n=none.n), 0.0, None)
    known = [one.equivalence for one in shares if one.equivalence is not None]
    equivalence = Equivalence(
        margin,
        min(one.low for one in known),
        max(one.high for one in known),
        max(one.p_value for one in known),
    )
    return Outcome(SHARES, _one_of(differences[first.grade], tests=len(known), grade=first.grade), 0.0, equivalence)


def _one_of(figure: PooledFigure, *, tests: int, grade: int) -> Estimate:
    """One of so many figures with an interval and a p value that hold for all of them together (Bonferroni)."""
    estimate, uncertainty = figure.estimate, figure.standard_error
    if estimate.value is None or estimate.p_value is None or uncertainty is None:
        return estimate
    reach = float(stats.t.ppf(1 - (1 - LEVEL) / 2 / tests, uncertainty.freedom)) * uncertainty.error
    return replace(
        estimate,
        low=max(estimate.value - reach, -1.0),
        high=min(estimate.value + reach, 1.0),
        p_value=min(tests * estimate.p_value, 1.0),
        method=f"{estimate.method}, KL grade {grade}, Bonferroni of {tests}",
    )
