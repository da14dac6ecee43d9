"""Coefficients of agreement of drawn readers and cases: those of the repeated rows and columns, own copies left out."""

import itertools

import numpy as np
import pytest

from readerstudy.analysis import resampled_agreement
from readerstudy.analysis.agreement import agreement_weights
from readerstudy.analysis.chance_corrected import gwet_ac
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.specific_agreement import specific_agreement
from readerstudy.analysis.summary_agreement import COEFFICIENTS, KENDALL, ON_GRADE, QUADRATIC, summarise_agreement
from readerstudy.analysis.two_way_bootstrap import Floats

REFERENCE = np.tile(np.arange(5), 6)
SYNTHETIC = np.arange(30) >= 15
STRATA = REFERENCE + 5 * SYNTHETIC


def some_grades(seed: int, *, readers: int = 5, missing: float = 0.0, severity: float = 0.3) -> Floats:
    rng = np.random.default_rng(seed)
    impressions = REFERENCE + rng.normal(0, severity, (readers, 1)) + rng.normal(0, 0.6, (readers, 30))
    grades = np.clip(np.round(impressions), 0, 4)
    return np.where(rng.random(grades.shape) < missing, np.nan, grades)


def values_of(grades: Floats, readers: Floats, cases: Floats, names: list[str]) -> list[float]:
    chosen = [COEFFICIENTS[name][1] for name in names]
    found = resampled_agreement.coefficients_of(grades, chosen)(readers[None].astype(float), cases[None].astype(float))
    return [float(one) for one in found[0]]


@pytest.mark.parametrize("missing", [0.0, 0.25])
def test_of_every_reader_and_case_drawn_once_they_are_the_coefficients_themselves(missing: float) -> None:
    grades = some_grades(1, missing=missing)
    names = list(COEFFICIENTS)
    expected = [COEFFICIENTS[name][0](grades).value for name in names]
    assert values_of(grades, np.ones(5), np.ones(30), names) == pytest.approx(expected)


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_a_case_drawn_twice_counts_as_two_cases(name: str) -> None:
    grades = some_grades(2, missing=0.2)
    drawn = np.random.default_rng(3).integers(0, 30, 30)
    found = values_of(grades, np.ones(5), np.bincount(drawn, minlength=30), [name])
    assert found == pytest.approx([COEFFICIENTS[name][0](grades[:, drawn]).value])


@pytest.mark.parametrize("missing", [0.0, 0.25])
def test_agreement_on_each_grade_is_that_of_the_repeated_cases(missing: float) -> None:
    grades = some_grades(4, missing=missing)
    drawn = np.random.default_rng(5).integers(0, 30, 30)
    counts = np.vstack([np.ones(30), np.bincount(drawn, minlength=30)])
    statistic = resampled_agreement.coefficients_of(grades, list(ON_GRADE.values()))
    expected = [[one.value for one in specific_agreement(of)] for of in (grades, grades[:, drawn])]
    assert statistic(np.ones((2, 5)), counts) == pytest.approx(np.array(expected, dtype=float))


@pytest.mark.parametrize("seed", range(3))
def test_a_reader_drawn_twice_makes_no_pair_with_themselves(seed: int) -> None:
    """By loops over the pairs of drawn readers of each drawn case."""
    rng, grades = np.random.default_rng(seed), some_grades(seed)
    readers, cases = rng.integers(0, 5, 5), rng.integers(0, 30, 30)
    w = agreement_weights(5, weights="quadratic")
    pairs = [(i, j) for i, j in itertools.permutations(readers, 2) if i != j]
    agreed = np.mean([w[int(grades[i, case]), int(grades[j, case])] for case in cases for i, j in pairs])
    given = np.bincount(grades[readers][:, cases].astype(int).ravel(), minlength=5) / 150
    by_chance = given @ w @ given
    scale = w.sum() / 20 * (given * (1 - given)).sum()
    found = values_of(
        grades,
        np.bincount(readers, minlength=5),
        np.bincount(cases, minlength=30),
        ["Fleiss’ κ, quadratic weights", "Gwet’s AC2, quadratic weights", "Krippendorff’s α, interval"],
    )
    expected = [(agreed - chance) / (1 - chance) for chance in (by_chance, scale)]
    assert found[:2] == pytest.approx(expected)
    of_pairs = np.bincount([int(grades[i, case]) for case in cases for i, _ in pairs], minlength=5) / 30 / len(pairs)
    assert 1 - found[2] == pytest.approx((1 - agreed) / (1 - of_pairs @ w @ of_pairs) * 149 / 150)


def summarised(grades: Floats):  # type: ignore[no-untyped-def]
    again = np.full_like(grades, np.nan)
    return summarise_agreement(grades, again, SYNTHETIC, strata=STRATA, weights=np.ones(30), seed=1, samples=400)


def test_four_readers_have_intervals_for_new_readers_and_three_for_these() -> None:
    four, three = summarised(some_grades(5, readers=4)), summarised(some_grades(5, readers=3))
    assert four.for_new_readers
    assert not three.for_new_readers
    for name in [QUADRATIC, *COEFFICIENTS]:
        assert "readers and cases" in four.coefficient(name).all.method
        assert four.coefficient(name).synthetic.n == 4
        assert "readers and cases" not in three.coefficient(name).all.method
    assert "jackknife over cases" in four.coefficient(KENDALL).all.method


def test_the_more_severe_some_readers_are_the_less_a_figure_says_of_others() -> None:
    alike, apart = summarised(some_grades(6, severity=0.05)), summarised(some_grades(6, severity=0.7))

    def width(estimate: Estimate) -> float:
        assert estimate.low is not None
        assert estimate.high is not None
        return estimate.high - estimate.low

    for name in (QUADRATIC, "Fleiss’ κ, quadratic weights", "Krippendorff’s α, ordinal"):
        assert width(apart.coefficient(name).all) > 2 * width(alike.coefficient(name).all)


def test_intervals_hold_for_new_readers_and_new_cases() -> None:
    """Readers whose severity differs by 0.45 of a grade; intervals of samples of images alone miss it too often."""
    name = "Gwet’s AC2, quadratic weights"
    drawn = [some_grades(seed, readers=6, severity=0.45) for seed in range(300)]
    truth = np.mean([gwet_ac(grades).value for grades in drawn])
    held = []
    for grades in drawn[:100]:
        new, same = summarised(grades).coefficient(name).all, gwet_ac(grades)
        held.append((new.low <= truth <= new.high, same.low <= truth <= same.high))
    assert np.mean(held, axis=0)[0] > 0.88
    assert np.mean(held, axis=0)[1] < 0.85
