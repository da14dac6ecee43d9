"""Agreement, against published and independently computed values."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from readerstudy.analysis.agreement import (
    cohen_kappa,
    fleiss_kappa,
    kappa_of_table,
    kappa_of_tables,
    light_kappa,
    pairwise_tables,
    percent_agreement,
)

# 118 slides, two pathologists, four grades: Holmquist 1967, as printed by Landis & Koch 1977 (doi 10.2307/2529786).
HOLMQUIST = [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]]
ratings = st.lists(st.lists(st.integers(0, 4), min_size=8, max_size=8), min_size=3, max_size=5)


@pytest.mark.parametrize(
    ("weights", "kappa", "error"),
    [  # R vcd 1.4-11; unweighted also Agresti, Categorical Data Analysis
        ("none", 0.4930056, 0.05674315),
        ("linear", 0.6488095, 0.04765242),
        ("quadratic", 0.7838219, 0.03867034),
    ],
)
def test_cohen_kappa_of_the_pathologists(weights: str, kappa: float, error: float) -> None:
    estimate = kappa_of_table(HOLMQUIST, weights=weights)
    assert estimate.value == pytest.approx(kappa, abs=1e-6)
    assert estimate.high - estimate.low == pytest.approx(2 * 1.959964 * error, abs=1e-6)
    assert estimate.n == 118


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=6, max_size=60))
def test_cohen_kappa_is_what_statsmodels_computes(pairs: list[tuple[int, int]]) -> None:
    table = np.zeros((5, 5))
    for first, second in pairs:
        table[first, second] += 1
    estimate = cohen_kappa([a for a, _ in pairs], [b for _, b in pairs], weights="quadratic")
    if estimate.value is None:
        assert len({*pairs}) == 1
        return
    independent = cohens_kappa(table, weights=np.arange(5), wt="fc")
    assert estimate.value == pytest.approx(independent.kappa, abs=1e-9)
    if estimate.high is None:
        assert not independent.std_kappa > 1e-6  # 0, or the root of a rounded negative
        assert "no width" in estimate.reason
        return
    assert estimate.high == pytest.approx(min(independent.kappa_upp, 1), abs=1e-6)


def test_a_grade_that_nobody_used_still_belongs_to_the_scale() -> None:
    first, second = [0, 0, 2, 2, 0, 2], [0, 2, 2, 2, 0, 2]
    over_five = cohen_kappa(first, second, weights="linear").value
    over_three = cohen_kappa(first, second, weights="linear", categories=3).value
    assert over_five == pytest.approx(over_three)  # κ is a ratio of disagreements: a linear rescaling cancels
    assert cohen_kappa([4, 4], [4, 4]).value is None


def test_perfect_agreement_is_one_and_none_at_all_is_below_zero() -> None:
    perfect = cohen_kappa(range(5), range(5))
    assert perfect.value == pytest.approx(1)
    assert (perfect.low, perfect.high) == (None, None)
    assert "no width" in perfect.reason
    assert cohen_kappa([0, 0, 4, 4], [4, 4, 0, 0]).value == pytest.approx(-1)


def test_missing_pairs_are_left_out() -> None:
    with_gap = cohen_kappa([0, 1, 2, np.nan, 4], [0, 1, 3, 4, np.nan])
    assert with_gap.n == 3
    assert with_gap.value == cohen_kappa([0, 1, 2], [0, 1, 3]).value


def test_one_case_has_no_kappa_and_says_why() -> None:
    assert "fewer than two" in cohen_kappa([1], [1]).reason


def test_fleiss_kappa_of_fleiss_diagnoses(shared_data: Path) -> None:
    """0.430 in Fleiss 1971; standard error by R irrCAC 1.4."""
    with (shared_data / "stats/agreement/fleiss1971_diagnoses_irr.csv").open() as file:
        codes = np.array([[int(code) - 1 for code in row] for row in list(csv.reader(file))[1:]], dtype=float)
    estimate = fleiss_kappa(codes.T)
    assert estimate.value == pytest.approx(0.43024452, abs=1e-8)
    assert estimate.high - estimate.value == pytest.approx(2.04523 * 0.0542, abs=2e-4)


def test_fleiss_kappa_with_missing_ratings(shared_data: Path) -> None:
    """Gwet's four raters and five observers; values by R irrCAC 1.4."""
    for name, kappa, error, freedom in (
        ("krippendorff_gwet_raw4raters", 0.76117, 0.15302, 2.2010),
        ("gwet_raw5observers", 0.45762, 0.12045, None),
    ):
        with (shared_data / f"stats/agreement/{name}.csv").open() as file:
            rows = list(csv.reader(file))[1:]
        codes = np.array([[float(code) if code not in ("", "NA") else np.nan for code in row] for row in rows])
        codes -= np.nanmin(codes)
        estimate = fleiss_kappa(codes.T)
        assert estimate.value == pytest.approx(kappa, abs=1e-4), name
        if freedom is not None:
            assert estimate.value - estimate.low == pytest.approx(freedom * error, abs=2e-3), name


def test_light_kappa_is_the_mean_of_the_pairs() -> None:
    rng = np.random.default_rng(2)
    latent = rng.integers(0, 5, 40)
    matrix = np.clip(latent + rng.integers(-1, 2, (4, 40)), 0, 4)
    pairs = [cohen_kappa(matrix[i], matrix[j]).value for i in range(4) for j in range(i)]
    estimate = light_kappa(matrix)
    assert estimate.value == pytest.approx(np.mean(pairs))
    assert estimate.low < estimate.value < estimate.high
    assert estimate == light_kappa(matrix)


@settings(max_examples=25, deadline=None)
@given(ratings, st.randoms(use_true_random=False))
def test_the_order_of_readers_and_cases_does_not_matter(rows: list[list[int]], random: object) -> None:
    matrix = np.array(rows, dtype=float)
    readers = list(range(len(matrix)))
    cases = list(range(matrix.shape[1]))
    random.shuffle(readers)  # type: ignore[attr-defined]
    random.shuffle(cases)  # type: ignore[attr-defined]
    shuffled = matrix[readers][:, cases]
    for matrices in (matrix, shuffled):
        assert matrices.shape == matrix.shape
    before, after = fleiss_kappa(matrix), fleiss_kappa(shuffled)
    assert (before.value is None) == (after.value is None)
    if before.value is not None:
        assert after.value == pytest.approx(before.value)
        assert after.low == pytest.approx(before.low)


def test_pairwise_tables_count_each_pair() -> None:
    matrix = np.array([[0, 1, 2, np.nan], [0, 1, 1, 3]])
    tables = pairwise_tables(matrix, np.array([1.0, 1, 2, 1]))
    expected = np.zeros((5, 5))
    expected[0, 0], expected[1, 1], expected[2, 1] = 1, 1, 2
    assert np.array_equal(tables[0, 1], expected)
    assert np.array_equal(tables[1, 0], expected.T)
    assert np.isnan(kappa_of_tables(np.zeros((5, 5)), weights="none"))


def test_percent_agreement_exactly_and_within_one_grade() -> None:
    exact = percent_agreement([0, 1, 2, 3], [0, 1, 3, 1])
    assert (exact.value, exact.n) == (0.5, 4)
    assert exact.low == pytest.approx(0.0676, abs=1e-4)  # Clopper–Pearson for 2 of 4 (Newcombe 1998, tabulated)
    assert percent_agreement([0, 1, 2, 3], [0, 1, 3, 1], within=1).value == 0.75
