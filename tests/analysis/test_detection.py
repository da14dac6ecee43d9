"""Telling real from synthetic: counts, exact intervals, and the pooled figure for new readers and cases."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from readerstudy.analysis.detection import (
    Confusion,
    accuracy,
    by_wilson,
    confusion,
    p_of_guessing,
    proportion,
    sensitivity,
    specificity,
)
from readerstudy.analysis.obuchowski_rockette import pooled_proportion


def test_synthetic_is_the_positive_class() -> None:
    table = confusion([1, 1, 0, 0, 0, np.nan], [True, True, True, False, False, True])
    assert table == Confusion(2, 1, 0, 2)
    assert sensitivity(table).value == pytest.approx(2 / 3)
    assert specificity(table).value == 1
    assert accuracy(table).value == 0.8


def test_exact_interval_of_a_textbook_proportion() -> None:
    """81 of 263: 0.2527 to 0.3676 (Newcombe 1998, doi 10.1002/(SICI)1097-0258(19980430)17:8<857, method 5)."""
    estimate = proportion(81, 263)
    assert estimate.low == pytest.approx(0.2527, abs=5e-5)
    assert estimate.high == pytest.approx(0.3676, abs=5e-5)


def test_score_interval_of_the_same_proportion() -> None:
    """81 of 263: 0.2553 to 0.3662; 1 of 29: 0.0061 to 0.1718 (Newcombe 1998, method 3)."""
    for hits, n, low, high in ((81, 263, 0.2553, 0.3662), (1, 29, 0.0061, 0.1718)):
        estimate = by_wilson(proportion(hits, n))
        assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=5e-5)
    assert by_wilson(proportion(0, 0)).reason


def test_the_test_against_one_half_is_the_exact_binomial_one() -> None:
    assert proportion(8, 10).p_value == pytest.approx(2 * sum(stats.binom.pmf(k, 10, 0.5) for k in (8, 9, 10)))


@pytest.mark.parametrize("hits", range(24, 37))
def test_a_reader_guesses_as_far_as_shown_where_the_exact_90_percent_interval_lies_within_the_margin(hits: int) -> None:
    interval = stats.binomtest(hits, 60).proportion_ci(0.90, method="exact")
    p_value = p_of_guessing(
        Confusion(hits // 2, 30 - hits // 2, 30 - (hits - hits // 2), hits - hits // 2), margin=0.12
    )
    assert p_value is not None
    assert (p_value < 0.05) == (interval.low > 0.38 and interval.high < 0.62)
    lower = stats.binomtest(hits, 60, 0.38, alternative="greater").pvalue
    upper = stats.binomtest(hits, 60, 0.62, alternative="less").pvalue
    assert p_value == pytest.approx(max(lower, upper))


def test_a_margin_as_wide_as_the_scale_is_refused_and_without_readings_there_is_no_test() -> None:
    with pytest.raises(ValueError, match="between 0 and"):
        p_of_guessing(Confusion(1, 1, 1, 1), margin=0.5)
    assert p_of_guessing(Confusion(0, 0, 0, 0), margin=0.1) is None


def test_where_there_are_not_as_many_of_each_kind_a_guess_may_have_any_accuracy() -> None:
    """One who calls all of 50 synthetic and 10 real images synthetic is right in five of six."""
    mostly_synthetic = Confusion(50, 0, 10, 0)
    assert accuracy(mostly_synthetic).value == pytest.approx(5 / 6)
    assert accuracy(mostly_synthetic).p_value is None
    assert p_of_guessing(mostly_synthetic, margin=0.1) is None


def test_a_reader_who_saw_no_synthetic_image_has_no_sensitivity() -> None:
    estimate = sensitivity(Confusion(0, 0, 3, 4))
    assert estimate.value is None
    assert estimate.reason


@pytest.mark.parametrize(
    ("truth", "value", "error", "freedom"),
    [("1", 0.8222222222, 0.05893746805, 14.456810787), ("0", 0.8550724638, 0.02789398331, 7.001360471)],
)
def test_pooled_proportion_of_van_dyke(
    shared_data: Path, truth: str, value: float, error: float, freedom: float
) -> None:
    """Sensitivity and specificity at rating ≥ 3 of modality 1; values by MRMCaov 0.3.0 (Hillis df)."""
    with (shared_data / "stats/mrmc/vandyke.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["treatment"] == "1" and row["truth"] == truth]
    readers, cases = sorted({row["reader"] for row in rows}), sorted({row["case"] for row in rows})
    correct = np.full((len(readers), len(cases)), np.nan)
    for row in rows:
        called = int(row["rating"]) >= 3
        correct[readers.index(row["reader"]), cases.index(row["case"])] = called == (truth == "1")
    estimate = pooled_proportion(correct)
    assert estimate.value == pytest.approx(value, abs=1e-9)
    reach = stats.t.ppf(0.975, freedom) * error
    assert estimate.low == pytest.approx(value - reach, abs=1e-7)
    assert estimate.high == pytest.approx(min(value + reach, 1), abs=1e-7)


def test_the_pooled_test_keeps_its_level_where_the_binomial_one_does_not() -> None:
    """Readers and images differ, true accuracy one half: the pooled binomial test cries wolf."""
    rng = np.random.default_rng(5)
    pooled, counted = 0, 0
    studies = 400
    for _ in range(studies):
        logit = rng.normal(0, 0.5, (15, 1)) + rng.normal(0, 1.2, (1, 60)) * rng.choice([-1, 1], 60)
        correct = (rng.random((15, 60)) < 1 / (1 + np.exp(-logit))).astype(float)
        pooled += pooled_proportion(correct).p_value < 0.05
        counted += proportion(int(correct.sum()), correct.size).p_value < 0.05
    assert pooled / studies < 0.09
    assert counted / studies > 0.15


def test_readers_with_missing_readings_are_left_out_of_the_pooled_figure() -> None:
    rng = np.random.default_rng(1)
    correct = (rng.random((4, 20)) < 0.7).astype(float)
    gap = correct.copy()
    gap[3, 0] = np.nan
    assert pooled_proportion(gap) == pooled_proportion(correct[:3])


def test_without_variance_there_is_a_value_but_no_interval() -> None:
    estimate = pooled_proportion(np.ones((3, 10)))
    assert estimate.value == 1
    assert estimate.low is None
    assert "no variance" in estimate.reason


def test_one_reader_cannot_be_pooled() -> None:
    assert pooled_proportion(np.ones((1, 10))).value is None
