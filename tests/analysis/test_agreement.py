"""Agreement, against published and independently computed values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from readerstudy.analysis.agreement import (
    agreement_weights,
    cohen_kappa,
    kappa_of_table,
    kappa_of_tables,
    pairwise_tables,
    percent_agreement,
)
from tests.analysis.canonical import HOLMQUIST


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


def test_cohens_own_example_of_weighted_kappa() -> None:
    """κ 0.49 of 200 pairs, proportions as in Cohen 1968 (doi 10.1037/h0026256), table 1."""
    proportions = np.array([[0.44, 0.07, 0.09], [0.05, 0.20, 0.05], [0.01, 0.03, 0.06]])
    assert kappa_of_table(proportions * 200, weights="none").value == pytest.approx(0.492, abs=5e-4)


def test_gwets_ordinal_weights_fall_with_the_pairs_of_grades_in_between() -> None:
    weights = agreement_weights(5, weights="ordinal")[0]
    assert weights == pytest.approx([1, 0.9, 0.7, 0.4, 0])


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="none, linear, quadratic or ordinal"):
        agreement_weights(5, weights="cubic")
