"""Pooled figures and their differences, for new readers and new cases, against MRMCaov and by hand."""

import itertools
import json
import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import accuracy_score, roc_auc_score

from readerstudy.analysis import reader_figures
from readerstudy.analysis.obuchowski_rockette import OneModality, pool_readers, pooled_proportion, standard_error
from readerstudy.analysis.reader_contrasts import compare_groups, compare_modalities, compare_separate_cases
from readerstudy.analysis.reader_figures import Figure

TRUTH = np.arange(24) % 2


def some_calls(seed: int, readers: int = 6) -> np.ndarray:
    rng = np.random.default_rng(seed)
    evidence = rng.normal(0, 0.5, (readers, 1)) + rng.normal(TRUTH, 1.0) + rng.normal(0, 1, (readers, TRUTH.size))
    return (evidence > 0.5).astype(float)


@pytest.fixture
def mrmcaov(shared_data: Path) -> dict[str, Any]:
    """MRMCaov 0.3.0, identical to the printout of OR-DBM MRMC 2.51 where that exists."""
    known: dict[str, Any] = json.loads((shared_data / "stats/REFERENCE_VALUES.json").read_text())["mrmc_or"]
    return known


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("vandyke_auc_jackknife", partial(reader_figures.auc, covariance="jackknife")),
        ("vandyke_auc_delong", reader_figures.auc),
        ("vandyke_auc_unbiased", partial(reader_figures.auc, covariance="unbiased")),
        ("vandyke_sens_ge3", reader_figures.sensitivity),
        ("vandyke_spec_ge3", reader_figures.specificity),
        ("vandyke_balacc_ge3", partial(reader_figures.balanced_accuracy, covariance="jackknife")),
    ],
)
def test_two_modalities_of_van_dyke_as_by_mrmcaov(
    van_dyke: tuple[np.ndarray, ...], mrmcaov: dict[str, Any], name: str, figure: Figure
) -> None:
    one, two, truth = van_dyke
    known = mrmcaov[name]
    if "auc" not in name:
        one, two = (one >= 3).astype(float), (two >= 3).astype(float)
    found = compare_modalities(figure, one, two, truth)
    components = found.components
    assert components is not None
    assert (
        components.error_variance,
        components.covariance_1,
        components.covariance_2,
        components.covariance_3,
    ) == pytest.approx([known[part] for part in ("var_err", "cov1", "cov2", "cov3")], abs=1e-12)
    pooled = found.pooled
    if "F" in known:
        assert pooled.t is not None
        assert pooled.standard_error is not None
        assert pooled.t**2 == pytest.approx(known["F"], rel=1e-8)
        assert pooled.standard_error.freedom == pytest.approx(known["df2"], rel=1e-8)
        assert pooled.estimate.p_value == pytest.approx(known["p"], rel=1e-7)
    if "ci" in known:
        assert (pooled.estimate.low, pooled.estimate.high) == pytest.approx(known["ci"], abs=1e-9)
        assert (components.mean_square_modality, components.mean_square_interaction) == pytest.approx(
            (known["mst"], known["mstr"]), abs=1e-9
        )
    for modality, ratings in (("1", one), ("2", two)):
        if "single" in known:
            alone, single = pool_readers(figure(ratings, truth)), known["single"][modality]
            assert alone.standard_error is not None
            assert alone.estimate.value == pytest.approx(single["est"], abs=1e-9)
            assert alone.standard_error.error == pytest.approx(single["se"], rel=1e-8)
            assert alone.standard_error.freedom == pytest.approx(single["df"], rel=1e-8)


@pytest.mark.shared_data
def test_the_delong_variance_of_each_reader_is_that_of_proc(
    van_dyke: tuple[np.ndarray, ...], shared_data: Path
) -> None:
    """R pROC 1.18.0."""
    known = pd.read_csv(shared_data / "stats/mrmc/delong_per_reader_pROC.csv")
    for modality, ratings in enumerate(van_dyke[:2], start=1):
        theirs = known[(known["dataset"] == "vandyke") & (known["treatment"].astype(str) == str(modality))]
        ours = reader_figures.auc(ratings, van_dyke[2])
        assert ours.values == pytest.approx(theirs["auc"].to_numpy(), abs=1e-9)
        assert ours.covariance.diagonal() == pytest.approx(theirs["delong_var"].to_numpy(), rel=1e-7)


def test_two_readers_by_hand() -> None:
    """Readers right on 3 and 2 of 4 cases: MS(R) = 1/32; sample covariance 1/6, over 4 cases 1/24."""
    pooled = pool_readers(reader_figures.proportion_correct([[1, 1, 1, 0], [1, 1, 0, 0]]), null=0.5)
    assert pooled.standard_error is not None
    total = 1 / 32 + 2 / 24
    assert pooled.estimate.value == 0.625
    assert pooled.standard_error.error == pytest.approx(math.sqrt(total / 2))
    assert pooled.standard_error.freedom == pytest.approx((total * 32) ** 2)
    assert pooled.t == pytest.approx(0.125 / math.sqrt(total / 2))


def test_a_negative_covariance_counts_as_none() -> None:
    """Readers right on 2 and 1 of 4 cases, never the same: MS(R) = 1/32 and a covariance below 0."""
    pooled = pool_readers(reader_figures.proportion_correct([[1, 1, 0, 0], [0, 0, 1, 0]]))
    assert pooled.components is not None
    assert pooled.standard_error is not None
    assert pooled.components.covariance < 0
    assert pooled.standard_error.error == pytest.approx(math.sqrt(1 / 64))
    assert pooled.standard_error.freedom == pytest.approx(1)


@pytest.mark.parametrize("covariance", [1e-12, 0.0, -1e-12, -0.003])
def test_the_error_of_a_covariance_counts_on_both_sides_of_zero(covariance: float) -> None:
    """Five readers, MS(R) = 0.02, Var(Cov₂) = 8·10⁻⁶: (0.02/5)² / [0.02²/(25·4) + 8·10⁻⁶/2] = 2, not r − 1 = 4."""
    found = standard_error(OneModality(0.02, 0.01, covariance, 8e-6), readers=5)
    assert found is not None
    assert found.error == pytest.approx(math.sqrt(0.02 / 5))
    assert found.freedom == pytest.approx(2)
    known = standard_error(OneModality(0.02, 0.01, covariance), readers=5)
    assert known is not None
    assert known.freedom == pytest.approx(4)


def test_what_is_left_of_the_readers_scatter_is_theirs() -> None:
    """MS(R) − Var + Cov₂ (Hillis 2007), at least 0."""
    figures = reader_figures.proportion_correct([[1, 1, 1, 1, 1, 0], [1, 0, 0, 0, 0, 0]])
    components = pool_readers(figures).components
    assert components is not None
    assert components.error_variance == pytest.approx(5 / 36 / 5)
    assert components.reader == pytest.approx(2 / 9 - 1 / 36 + components.covariance)
    assert components.covariance == pytest.approx(1 / 36 / 5)


def test_asymmetry_is_positive_when_synthetic_images_are_taken_for_real_more_often() -> None:
    called = np.array([[0, 0, 1, 0, 0, 0, 0, 1.0], [0, 0, 1, 1, 0, 0, 0, 0.0]])
    figures = reader_figures.error_asymmetry(called, [1, 1, 1, 1, 0, 0, 0, 0])
    assert figures.values == pytest.approx([0.75 - 0.25, 0.5])
    assert pool_readers(figures).null == 0


def test_asymmetry_is_the_comparison_of_specificity_with_sensitivity_on_separate_cases() -> None:
    calls = some_calls(1)
    asymmetry = pool_readers(reader_figures.error_asymmetry(calls, TRUTH))
    compared = compare_separate_cases(
        reader_figures.specificity(calls, TRUTH), reader_figures.sensitivity(calls, TRUTH)
    )
    assert compared.pooled.estimate.value == pytest.approx(asymmetry.estimate.value)
    assert compared.pooled.estimate.p_value == pytest.approx(asymmetry.estimate.p_value)
    assert compared.components is not None
    assert compared.components.covariance_1 == compared.components.covariance_3 == 0


def test_equivalence_is_shown_exactly_when_the_ninety_percent_interval_lies_within_the_margin() -> None:
    for seed in range(20):
        pooled = pool_readers(reader_figures.accuracy(some_calls(seed), TRUTH), null=0.65)
        found = pooled.equivalence(0.1)
        assert found is not None
        assert (found.p_value < 0.05) == (found.low > 0.55 and found.high < 0.75)


def test_equivalence_by_hand_and_for_no_margin() -> None:
    pooled = pool_readers(reader_figures.proportion_correct([[1, 1, 1, 0], [1, 1, 0, 0]]), null=0.5)
    found = pooled.equivalence(0.5)
    assert found is not None
    assert pooled.standard_error is not None
    error, freedom = pooled.standard_error.error, pooled.standard_error.freedom
    assert found.p_value == pytest.approx(stats.t.sf(0.375 / error, freedom))
    assert found.low == pytest.approx(0.625 - stats.t.ppf(0.95, freedom) * error)
    assert found.high == 1  # where the scale ends, and with it the 95 % interval
    with pytest.raises(ValueError, match="margin"):
        pooled.equivalence(0)
    without_null = pool_readers(reader_figures.proportion_correct([[1, 1, 1, 0], [1, 1, 0, 0]]))
    assert (without_null.t, without_null.estimate.p_value, without_null.equivalence(0.5)) == (None, None, None)
    assert without_null.estimate.low == pooled.estimate.low


@pytest.mark.parametrize("figure", [reader_figures.auc, reader_figures.sensitivity, reader_figures.specificity])
def test_intervals_of_what_is_often_near_1_are_symmetric_on_the_logit_scale(figure: Figure) -> None:
    pooled = pool_readers(figure(some_calls(1), TRUTH))
    value, low, high = pooled.estimate.value, pooled.estimate.low, pooled.estimate.high
    assert value is not None
    assert low is not None
    assert high is not None
    assert pooled.standard_error is not None
    error, freedom = pooled.standard_error.error, pooled.standard_error.freedom
    middle = math.log(value / (1 - value))
    reach = stats.t.ppf(0.975, freedom) * error / (value * (1 - value))
    assert [math.log(end / (1 - end)) for end in (low, high)] == pytest.approx([middle - reach, middle + reach])
    assert pooled.estimate.method.endswith("logit scale")


def test_the_area_is_tested_on_its_own_scale_so_that_a_better_one_is_no_less_significant() -> None:
    """Areas of 1, 1 and 0.9: an interval on the logit scale that is nearly empty of news, and a test that is not."""
    calls = np.tile(np.arange(20) % 2, (3, 1)).astype(float)
    calls[0, [1, 3]] = 0
    area = pool_readers(reader_figures.auc(calls, np.arange(20) % 2))
    same = pool_readers(reader_figures.balanced_accuracy(calls, np.arange(20) % 2))
    assert area.t == same.t
    assert area.estimate.p_value == same.estimate.p_value
    assert area.estimate.p_value is not None
    assert area.estimate.p_value < 0.05
    assert area.estimate.low is not None
    assert area.estimate.low < 0.5


def test_groups_of_one_size_have_the_error_of_hillis() -> None:
    """SE² = 2/r·[MS(R(T)) + r·(Cov₂ − Cov₃)] for r readers in either group, df = 2(r − 1)·[… / MS]²."""
    calls, size = some_calls(2, readers=8), 4
    figures = reader_figures.accuracy(calls, TRUTH)
    found = compare_groups(reader_figures.accuracy, calls[:4], calls[4:], TRUTH)
    square = (figures.values[:4].var(ddof=1) + figures.values[4:].var(ddof=1)) / 2
    pairs = ~np.eye(4, dtype=bool)
    within = (figures.covariance[:4, :4][pairs].mean() + figures.covariance[4:, 4:][pairs].mean()) / 2
    bracket = square + size * max(within - figures.covariance[:4, 4:].mean(), 0)
    assert found.standard_error is not None
    assert found.standard_error.error == pytest.approx(math.sqrt(2 / size * bracket))
    assert found.standard_error.freedom == pytest.approx(2 * (size - 1) * (bracket / square) ** 2)
    assert found.estimate.value == pytest.approx(figures.values[:4].mean() - figures.values[4:].mean())


def test_groups_of_unequal_size_weigh_the_readers_scatter_by_their_sizes() -> None:
    """SE² = MS·(1/2 + 1/4) + covariances, MS the variance within both groups together."""
    calls = np.where(np.arange(6)[:, None] == np.arange(12) // 2, 1.0, 0.0)
    calls[1, 6], calls[4, 0] = 1, 1
    figures = reader_figures.accuracy(calls, np.ones(12))
    found = compare_groups(reader_figures.accuracy, calls[:2], calls[2:], np.ones(12))
    parts = figures.values[:2], figures.values[2:]
    square = sum(((part - part.mean()) ** 2).sum() for part in parts) / 4
    pairs = [figures.covariance[:2, :2], figures.covariance[2:, 2:]]
    within = sum(block[~np.eye(len(block), dtype=bool)].mean() for block in pairs)
    covariance = max(within - 2 * figures.covariance[:2, 2:].mean(), 0)
    assert found.standard_error is not None
    assert found.standard_error.error == pytest.approx(math.sqrt(square * (1 / 2 + 1 / 4) + covariance))


@pytest.mark.parametrize("name", ["accuracy", "AUC"])
def test_two_groups_as_by_plain_loops(name: str) -> None:
    """The formulas of Hillis 2014 written out over scikit-learn, each image left out in turn: no program at hand has
    groups of unequal size."""
    rng = np.random.default_rng(6)
    ratings = np.round(rng.normal(TRUTH * 1.1, 1.0, (7, 24)) + rng.normal(0, 0.5, 24))
    readings = ratings if name == "AUC" else (ratings > 0).astype(float)
    score = roc_auc_score if name == "AUC" else accuracy_score
    figure = partial(reader_figures.auc, covariance="jackknife") if name == "AUC" else reader_figures.accuracy
    values = [score(TRUTH, row) for row in readings]
    without = [[score(np.delete(TRUTH, at), np.delete(row, at)) for at in range(24)] for row in readings]

    def covariance(one: int, two: int) -> float:
        pairs = zip(without[one], without[two], strict=True)
        middle = np.mean(without[one]), np.mean(without[two])
        return 23 / 24 * sum((a - middle[0]) * (b - middle[1]) for a, b in pairs)

    groups = range(3), range(3, 7)
    means = [np.mean([values[reader] for reader in group]) for group in groups]
    squares = sum((values[reader] - mean) ** 2 for group, mean in zip(groups, means, strict=True) for reader in group)
    scatter = squares / 5 * (1 / 3 + 1 / 4)
    within = sum(np.mean([covariance(a, b) for a, b in itertools.combinations(group, 2)]) for group in groups)
    across = np.mean([covariance(a, b) for a, b in itertools.product(*groups)])
    total = scatter + max(within - 2 * across, 0)
    found = compare_groups(figure, readings[:3], readings[3:], TRUTH)
    assert found.standard_error is not None
    assert found.estimate.value == pytest.approx(means[0] - means[1])
    assert found.standard_error.error == pytest.approx(math.sqrt(total))
    assert found.standard_error.freedom == pytest.approx(5 * (total / scatter) ** 2)


def test_groups_drawn_alike_differ_as_often_as_the_level_allows() -> None:
    alarms = 0
    for seed in range(300):
        calls = some_calls(seed, readers=9)
        p_value = compare_groups(reader_figures.accuracy, calls[:4], calls[4:], TRUTH).estimate.p_value
        alarms += p_value is not None and p_value < 0.05
    assert alarms / 300 < 0.09


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_the_order_of_readers_and_cases_does_not_matter(seed: int) -> None:
    calls, rng = some_calls(seed), np.random.default_rng(seed)
    readers, cases = rng.permutation(len(calls)), rng.permutation(TRUTH.size)
    for figure in (reader_figures.accuracy, reader_figures.error_asymmetry, reader_figures.balanced_accuracy):
        before = pool_readers(figure(calls, TRUTH)).estimate
        after = pool_readers(figure(calls[readers][:, cases], TRUTH[cases])).estimate
        assert after.value == pytest.approx(before.value)
        assert after.p_value == pytest.approx(before.p_value)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_exchanging_real_and_synthetic_exchanges_sensitivity_and_specificity(seed: int) -> None:
    calls = some_calls(seed)
    sensitivity = pool_readers(reader_figures.sensitivity(calls, TRUTH)).estimate
    specificity = pool_readers(reader_figures.specificity(1 - calls, 1 - TRUTH)).estimate
    assert sensitivity == specificity
    area, mirrored = (pool_readers(reader_figures.auc(sign * calls, TRUTH)).estimate for sign in (1, -1))
    assert area.value is not None
    assert mirrored.value == pytest.approx(1 - area.value)
    assert mirrored.p_value == pytest.approx(area.p_value)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_over_all_ways_to_label_the_cases_the_auc_is_one_half(seed: int) -> None:
    ratings = np.round(np.random.default_rng(seed).normal(0, 2, (3, 6)))
    labels = [np.isin(np.arange(6), chosen) for chosen in itertools.combinations(range(6), 3)]
    for figure, readings in ((reader_figures.auc, ratings), (reader_figures.balanced_accuracy, ratings > 0)):
        values = [pool_readers(figure(readings, one)).estimate.value for one in labels]
        assert np.mean(values) == pytest.approx(0.5)


def test_exchanging_modalities_turns_the_difference_round() -> None:
    first, second = some_calls(3), some_calls(4)
    there, back = (
        compare_modalities(reader_figures.accuracy, one, two, TRUTH).pooled.estimate
        for one, two in ((first, second), (second, first))
    )
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert there.p_value == pytest.approx(back.p_value)


def test_readers_with_a_gap_in_either_modality_are_left_out() -> None:
    first, second = some_calls(5), some_calls(6)
    gap, other_gap = first.copy(), second.copy()
    gap[0, 3] = other_gap[4, 7] = np.nan
    kept = [1, 2, 3, 5]
    assert (
        compare_modalities(reader_figures.accuracy, gap, other_gap, TRUTH).pooled
        == compare_modalities(reader_figures.accuracy, first[kept], second[kept], TRUTH).pooled
    )


def test_a_gap_in_a_real_case_leaves_the_sensitivity_alone() -> None:
    calls = some_calls(7)
    gap = calls.copy()
    gap[2, 0] = np.nan  # case 0 is real
    assert reader_figures.sensitivity(gap, TRUTH).rows.size == 6
    assert reader_figures.accuracy(gap, TRUTH).rows.size == 5


@pytest.mark.parametrize(
    ("correct", "reason"),
    [
        (np.full((3, 4), np.nan), "fewer than two readers"),
        (np.ones((1, 4)), "fewer than two readers"),
        (np.ones((3, 1)), "fewer than two cases"),
        (np.ones((3, 4)), "whatever the cases"),
        (np.eye(4), "fall on different cases"),
    ],
)
def test_why_there_is_no_interval(correct: np.ndarray, reason: str) -> None:
    estimate = pooled_proportion(correct)
    assert estimate.low is None
    assert reason in estimate.reason


def test_without_two_cases_of_each_kind_there_is_no_asymmetry_and_no_auc() -> None:
    truth = np.array([1, 0, 0, 0])
    for figure in (reader_figures.error_asymmetry, reader_figures.auc, reader_figures.balanced_accuracy):
        pooled = pool_readers(figure(np.ones((3, 4)), truth))
        assert pooled.estimate.value is None
        assert "synthetic" in pooled.estimate.reason
        assert pooled.equivalence(0.1) is None


def test_one_reader_in_a_group_cannot_stand_for_it() -> None:
    calls = some_calls(8)
    estimate = compare_groups(reader_figures.accuracy, calls[:1], calls[1:], TRUTH).estimate
    assert estimate.value is None
    assert "one group" in estimate.reason


def test_an_unknown_covariance_is_refused() -> None:
    with pytest.raises(ValueError, match="jackknife, delong, unbiased"):
        reader_figures.auc(some_calls(1), TRUTH, covariance="bootstrap")
