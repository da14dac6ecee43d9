"""How often each grade was given: shares by source, their differences, and all grades together."""

import numpy as np
import pytest
from scipy import stats

from readerstudy.analysis.grade_shares import clearest, compare_grade_shares, least_clear
from readerstudy.analysis.outcomes import Verdict
from readerstudy.analysis.two_way_bootstrap import Floats

READERS, CASES = 6, 40
SYNTHETIC = np.arange(CASES) >= CASES // 2
REFERENCE = np.arange(CASES) % 4  # grade 4 is not among them
STRATA = [np.flatnonzero((grade == REFERENCE) & kind) for grade in range(4) for kind in (~SYNTHETIC, SYNTHETIC)]


def some_grades(seed: int, *, shift: float = 0.0, readers: int = READERS) -> Floats:
    rng = np.random.default_rng(seed)
    impressions = REFERENCE + shift * SYNTHETIC + rng.normal(0, 0.2, (readers, 1))
    return np.clip(np.round(impressions + rng.normal(0, 0.5, (readers, CASES))), 0, 3)


def test_differences_are_those_of_two_modalities_with_their_own_cases_counted_by_loops() -> None:
    """Hillis 2014 for figures of separate cases: SE² = [MS(R) + r·Cov₂] / r of the readers' differences.

    The degrees of freedom are Satterthwaite's, with the error of Cov₂ from what each case adds to it.
    """
    grades = some_grades(1)
    shares, _ = compare_grade_shares(grades, REFERENCE, SYNTHETIC, margin=0.1)
    for one in shares[:4]:
        hit = (grades == one.grade).astype(float)
        apart = hit[:, SYNTHETIC].mean(1) - hit[:, ~SYNTHETIC].mean(1)
        covariance, added = np.zeros((READERS, READERS)), np.zeros(CASES)
        others = ~np.eye(READERS, dtype=bool)
        for part in STRATA:  # 5 cases of each grade in 20 of each source
            covariance += (5 / 20) ** 2 * np.cov(hit[:, part]) / 5
            for case in part:
                off = hit[:, case] - hit[:, part].mean(1)
                added[case] = np.outer(off, off)[others].mean() * 5 / 4 / 20**2
        between = covariance[others].mean()
        assert added.sum() == pytest.approx(between)
        square = apart.var(ddof=1)
        total = square + READERS * max(between, 0)
        error = np.sqrt(total / READERS)
        doubt = sum(20 * added[kind].var(ddof=1) for kind in (~SYNTHETIC, SYNTHETIC))
        # also where Cov₂ is not above 0 and adds nothing to the variance: its error is there all the same
        parts = square**2 / (READERS**2 * (READERS - 1)) + doubt / 2
        freedom = min((READERS - 1) * (total / square) ** 2, max(error**4 / parts, 1))
        reach = stats.t.ppf(0.975, freedom) * error
        assert (one.difference.value, one.difference.low, one.difference.high) == pytest.approx(
            (apart.mean(), apart.mean() - reach, apart.mean() + reach)
        )
        assert one.equivalence is not None
        assert one.equivalence.p_value == pytest.approx(stats.t.sf((0.1 - abs(apart.mean())) / error, freedom))


def test_together_the_grades_are_equivalent_when_each_is_and_the_clearest_difference_bears_bonferroni() -> None:
    shares, outcome = compare_grade_shares(some_grades(2, readers=30), REFERENCE, SYNTHETIC, margin=0.3)
    tests = [one.equivalence for one in shares[:4]]
    assert outcome.equivalence is not None
    assert outcome.equivalence.p_value == max(one.p_value for one in tests if one)
    assert outcome.equivalence.low == min(one.low for one in tests if one)
    assert outcome.verdict == Verdict.EQUIVALENT
    first = clearest(shares)
    assert first is not None
    assert first.difference.p_value == min(one.difference.p_value for one in shares[:4])
    assert outcome.estimate.value == first.difference.value
    assert outcome.estimate.p_value == pytest.approx(min(4 * first.difference.p_value, 1))  # nobody gave grade 4
    assert outcome.estimate.high - outcome.estimate.low > first.difference.high - first.difference.low
    assert first.p_adjusted == pytest.approx(outcome.estimate.p_value)  # Holm begins as Bonferroni


def test_unlike_mixes_of_reference_grades_are_no_difference_of_the_grading() -> None:
    """Everybody grades as the reference says: real images are of 0 and 1, three to one, synthetic ones one to three."""
    reference = np.array([0] * 12 + [1] * 4 + [0] * 4 + [1] * 12)
    synthetic = np.arange(32) >= 16
    rng = np.random.default_rng(6)
    grades = np.where(rng.random((8, 32)) < 0.1, 1 - reference, reference).astype(float)
    shares, outcome = compare_grade_shares(grades, reference, synthetic, margin=0.2)
    assert shares[0].real.value == pytest.approx(shares[0].synthetic.value, abs=0.1)
    assert outcome.verdict == Verdict.EQUIVALENT
    half = [np.mean(grades[:, (reference == grade) & ~synthetic] == 0) for grade in (0, 1)]
    assert shares[0].real.value == pytest.approx(np.mean(half))  # of all 32 images, half are of each grade


def test_a_grade_that_all_read_alike_does_not_stand_against_equivalence_of_the_others() -> None:
    rng = np.random.default_rng(7)
    reference = np.tile(np.arange(3), 40)
    grades = np.where((reference < 2) & (rng.random((20, 120)) < 0.15), 1 - reference, reference).astype(float)
    shares, outcome = compare_grade_shares(grades, reference, np.arange(120) >= 60, margin=0.15)
    assert shares[2].equivalence is None  # nobody errs on grade 2
    assert outcome.verdict == Verdict.EQUIVALENT
    last = least_clear(shares)
    assert last is not None
    assert last.equivalence is not None
    assert last.equivalence.p_value == outcome.equivalence.p_value


def test_a_shift_of_the_grades_is_found_and_a_grade_that_nobody_gave_is_left_out() -> None:
    shares, outcome = compare_grade_shares(some_grades(3, shift=1.0), REFERENCE, SYNTHETIC, margin=0.1)
    assert outcome.verdict == Verdict.DIFFERENT
    assert shares[4].difference.value == 0
    assert shares[4].difference.p_value is None


def test_of_one_reader_or_without_any_scatter_there_is_a_reason() -> None:
    _, alone = compare_grade_shares(some_grades(4, readers=1), REFERENCE, SYNTHETIC, margin=0.1)
    assert "fewer than two readers" in alone.estimate.reason
    assert alone.verdict == Verdict.NOT_ESTIMABLE
    perfect = np.tile(REFERENCE.astype(float), (3, 1))
    _, same = compare_grade_shares(perfect, REFERENCE, SYNTHETIC, margin=0.1)
    assert "no variance to judge by" in same.estimate.reason
    assert same.verdict == Verdict.NOT_ESTIMABLE


def test_where_the_grades_are_alike_a_difference_is_found_no_oftener_than_the_level() -> None:
    """300 studies: above 5 % by more than 3 standard errors of the simulation would be a wrong level."""
    found = sum(
        compare_grade_shares(some_grades(seed), REFERENCE, SYNTHETIC, margin=0.1)[1].verdict == Verdict.DIFFERENT
        for seed in range(100, 400)
    )
    assert found / 300 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)
