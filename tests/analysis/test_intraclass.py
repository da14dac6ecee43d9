"""Intraclass correlation, Kendall's W and limits of agreement, against the papers and R."""

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats

from readerstudy.analysis.bland_altman import limits_of_agreement
from readerstudy.analysis.concordance import kendall_w
from readerstudy.analysis.intraclass import FORMS, intraclass
from tests.analysis.canonical import ANXIETY, MINI_WRIGHT, SHROUT_FLEISS, WRIGHT


@pytest.mark.parametrize(
    ("form", "published", "low", "high"),
    [  # Shrout & Fleiss 1979, table 4; intervals by R psych 2.2.9
        ("1,1", 0.17, -0.132932325, 0.72256006),
        ("2,1", 0.29, 0.018786513, 0.76108437),
        ("3,1", 0.71, 0.342464765, 0.94585826),
        ("1,k", 0.44, -0.884442155, 0.91241542),
        ("2,k", 0.62, 0.071136815, 0.92723204),
        ("3,k", 0.91, 0.675674714, 0.98589168),
    ],
)
def test_six_correlations_of_shrout_and_fleiss(form: str, published: float, low: float, high: float) -> None:
    estimate = intraclass(SHROUT_FLEISS, form=form)
    assert estimate.value == pytest.approx(published, abs=5e-3)
    assert (estimate.low, estimate.high) == pytest.approx((low, high), abs=1e-7)


def test_correlations_of_other_readings_are_those_of_another_program() -> None:
    rng = np.random.default_rng(7)
    ratings = rng.normal(0, 1, 12) + rng.normal(0, 0.7, (4, 12)) + rng.normal(0, 0.4, (4, 1))
    long = pd.DataFrame(
        [(case, reader, ratings[reader, case]) for case in range(12) for reader in range(4)], columns=list("crv")
    )
    table = pingouin.intraclass_corr(long, targets="c", raters="r", ratings="v")
    for form, value in zip(FORMS, table["ICC"], strict=True):
        assert intraclass(ratings, form=form).value == pytest.approx(value)


def test_cases_that_not_all_read_leave_the_correlation() -> None:
    gap = np.column_stack([SHROUT_FLEISS.astype(float), [1, 2, 3, np.nan]])
    assert intraclass(gap) == intraclass(SHROUT_FLEISS)


@pytest.mark.parametrize("form", FORMS)
def test_identical_readings_correlate_fully_and_constant_ones_not_at_all(form: str) -> None:
    identical = intraclass(np.tile([0.0, 2, 4, 1], (3, 1)), form=form)
    assert (identical.value, identical.low) == (1, None)
    assert identical.reason
    assert intraclass(np.full((3, 4), 2), form=form).value is None


def test_readers_who_differ_by_a_constant_are_consistent_and_disagree() -> None:
    shifted = np.array([[0.0, 1, 2, 3], [1, 2, 3, 4]])
    assert intraclass(shifted, form="3,1").value == 1
    absolute = intraclass(shifted, form="2,1")
    assert absolute.value == pytest.approx(10 / 13)  # mean squares 10/3, 2, 0: (10/3) / (10/3 + 2·2/4)
    assert absolute.low is None


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(ValueError, match="form is one of"):
        intraclass(SHROUT_FLEISS, form="4,1")


def test_concordance_on_anxiety_with_ties() -> None:
    """W 0.54: the example of kendall() in the manual of R irr 0.84.1."""
    estimate = kendall_w(ANXIETY - 1, categories=6)
    assert estimate.value == pytest.approx(0.540, abs=5e-4)
    assert estimate.low < estimate.value < estimate.high


def test_concordance_without_ties_is_a_mean_rank_correlation() -> None:
    rng = np.random.default_rng(1)
    orders = np.array([rng.permutation(8) for _ in range(4)])
    pairs = [stats.spearmanr(orders[i], orders[j]).statistic for i in range(4) for j in range(i)]
    assert kendall_w(orders, categories=8).value == pytest.approx((1 + 3 * np.mean(pairs)) / 4)


def test_the_jackknife_of_concordance_ranks_anew_without_each_case() -> None:
    def w_of(ratings: np.ndarray) -> float:
        ranks = stats.rankdata(ratings, axis=1)
        m, n = ranks.shape
        ties = sum((t**3 - t) for row in ratings for t in np.unique(row, return_counts=True)[1])
        return 12 * ((ranks.sum(0) - m * (n + 1) / 2) ** 2).sum() / (m**2 * (n**3 - n) - m * ties)

    left_out = np.array([w_of(np.delete(ANXIETY, case, 1)) for case in range(20)])
    error = np.sqrt(19 / 20 * ((left_out - left_out.mean()) ** 2).sum())
    estimate = kendall_w(ANXIETY - 1, categories=6)
    assert estimate.high - estimate.value == pytest.approx(stats.t.ppf(0.975, 19) * error)


def test_the_same_order_is_full_concordance_and_a_constant_reader_has_none() -> None:
    assert kendall_w([[0, 1, 2, 3], [1, 2, 3, 4]]).value == pytest.approx(1)
    assert "same grade" in kendall_w([[0, 1, 2, 3], [1, 1, 1, 1]]).reason


def test_limits_of_agreement_of_two_peak_flow_meters() -> None:
    """Bland & Altman 1986: bias −2.1 (−22.0 to 17.8), deviation 38.8; limits of 2 deviations, ± 19.9·√3 or so wide."""
    result = limits_of_agreement(MINI_WRIGHT, WRIGHT)
    assert result.bias.value == pytest.approx(-2.1, abs=0.05)
    assert (result.bias.low, result.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert result.spread == pytest.approx(38.8, abs=0.05)
    assert result.bias.p_value is None  # readers whose mean is a score are no sample in it
    assert result.upper.value - result.lower.value == pytest.approx(2 * 1.96 * 38.8, abs=0.3)
    # 1986 rounds the error of a limit to √(3 s²/n) = 9.4·√3 = 16.3; 1999 gives √(1/n + 1.96²/(2(n − 1)))·s = 16.4
    assert (result.upper.high - result.upper.value) / stats.t.ppf(0.975, 16) == pytest.approx(16.4, abs=0.05)


def test_scores_that_differ_by_a_constant_have_a_bias_without_interval() -> None:
    result = limits_of_agreement([1, 2, 3, 4], [2, 3, 4, 5])
    assert result.bias.value == 1
    assert "no width" in result.bias.reason
    assert limits_of_agreement([1, np.nan, 2], [1, 2, 2]).bias.value is None
