"""U- and V-statistic variances of AUCs and proportions, complete or with gaps, against iMRMC and by counting."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from readerstudy.analysis.reader_figures import auc
from readerstudy.analysis.u_statistics import (
    compare_auc,
    compare_correct,
    correct_scores,
    mean_of,
    moments_of,
    pooled_auc,
    pooled_correct,
    rating_scores,
    variance_of,
)

TRUTH = np.array([0, 0, 0, 1, 1, 1, 1])


def some_ratings(seed: int, *, readers: int = 4, missing: float = 0.0, truth: np.ndarray = TRUTH) -> np.ndarray:
    rng = np.random.default_rng(seed)
    ratings = rng.normal(truth, 1) + rng.normal(0, 1, (readers, truth.size))
    return np.where(rng.random(ratings.shape) < missing, np.nan, np.round(2 * ratings))


@pytest.fixture
def imrmc(shared_data: Path) -> dict[str, Any]:
    """iMRMC 2.1.2; its MLE is the V-statistic."""
    known = json.loads((shared_data / "stats/REFERENCE_VALUES.json").read_text())["mrmc_ustat_iMRMC_2.1.2"]
    assert isinstance(known, dict)
    return known


@pytest.mark.shared_data
def test_the_auc_of_van_dyke_is_that_of_imrmc(van_dyke: tuple[np.ndarray, ...], imrmc: dict[str, Any]) -> None:
    one, two, truth = van_dyke
    scores = [rating_scores(ratings, truth) for ratings in (one, two)]
    known = imrmc["vandyke_auc"]
    for figures, name, place in ((scores[:1], "var1", 0), (scores[1:], "var2", 1), (scores, "var_diff", 2)):
        found = variance_of(figures)
        assert found.unbiased == pytest.approx(known["U"][name], rel=1e-8)
        assert found.biased == pytest.approx(known["MLE"][name], rel=1e-8)
        assert found.freedom(found.unbiased) == pytest.approx(known["U"]["dfBDG"][place], rel=1e-8)
        assert found.freedom(found.biased) == pytest.approx(known["MLE"]["dfBDG"][place], rel=1e-8)
    difference = compare_auc(one, two, truth)
    assert difference.standard_error is not None
    assert difference.t is not None
    # iMRMC takes the whole part of the degrees of freedom
    assert 2 * stats.t.sf(abs(difference.t), int(difference.standard_error.freedom)) == pytest.approx(
        known["U"]["p_diff_t"], rel=1e-8
    )


@pytest.mark.shared_data
def test_calls_and_shares_of_correct_answers_of_van_dyke_are_those_of_imrmc(
    van_dyke: tuple[np.ndarray, ...], imrmc: dict[str, Any]
) -> None:
    one, two, truth = van_dyke
    calls = [(ratings >= 3).astype(float) for ratings in (one, two)]
    known = imrmc["vandyke_binary_ge3_AUC"]["U"]
    found = variance_of([rating_scores(call, truth) for call in calls])
    assert found.unbiased == pytest.approx(known["var_diff"], rel=1e-8)
    assert found.freedom(found.unbiased) == pytest.approx(known["dfBDG"][2], rel=1e-8)
    for name, call in zip(("t1", "t2"), calls, strict=True):
        percent = imrmc["vandyke_percent_correct_ge3"][name]
        correct = (call == truth).astype(float)
        found = variance_of([correct_scores(correct)])
        assert pooled_correct(correct).estimate.value == pytest.approx(percent["est"], abs=1e-9)
        assert found.unbiased == pytest.approx(percent["var_U"], rel=1e-8)
        assert found.biased == pytest.approx(percent["var_MLE"], rel=1e-8)
        assert found.freedom(found.unbiased) == pytest.approx(percent["dfBDG_U"], rel=1e-8)


def test_moments_with_gaps_are_those_counted_one_by_one() -> None:
    scores = rating_scores(some_ratings(3, missing=0.2), TRUTH)
    tuples = [
        (place, score)
        for reader, table in enumerate(scores)
        for (real, synthetic), score in np.ndenumerate(table)
        for place in [(reader, real, synthetic)]
        if not np.isnan(score)
    ]
    found = moments_of(scores, scores)
    for shared, moment, products in zip(found.shared, found.moments, found.products, strict=True):
        counted = [
            x * y
            for (a, x), (b, y) in itertools.product(tuples, repeat=2)
            if {factor for factor in range(3) if a[factor] == b[factor]} == shared
        ]
        assert products == len(counted)
        assert moment == pytest.approx(np.mean(counted))


def test_the_first_moments_are_those_of_one_reader() -> None:
    found = moments_of(rating_scores(some_ratings(1), TRUTH), rating_scores(some_ratings(1), TRUTH))
    of_one = [{0, 1, 2}, {0, 2}, {0, 1}, {0}]
    assert found.shared == [*of_one, *(shared - {0} for shared in of_one)]


def test_the_variance_is_right_on_average_with_a_third_of_the_readings_missing() -> None:
    rng = np.random.default_rng(4)
    gaps = rng.random((5, 12)) < 1 / 3
    values, variances = [], []
    for _ in range(2500):
        accuracy = 0.6 + rng.normal(0, 0.1, (5, 1)) + rng.normal(0, 0.15, 12)
        correct = np.where(gaps, np.nan, (rng.random((5, 12)) < accuracy).astype(float))
        values.append(mean_of(correct_scores(correct)))
        variances.append(variance_of([correct_scores(correct)]).unbiased)
    assert np.mean(variances) == pytest.approx(np.var(values), rel=0.08)


def test_gaps_are_no_obstacle() -> None:
    ratings = some_ratings(9, missing=0.2)
    pooled = pooled_auc(ratings, TRUTH)
    assert pooled.estimate.value == pytest.approx(mean_of(rating_scores(ratings, TRUTH)))
    assert pooled.standard_error is not None


def test_complete_readings_have_the_mean_of_the_readers_aucs() -> None:
    ratings = some_ratings(6)
    assert pooled_auc(ratings, TRUTH).estimate.value == pytest.approx(auc(ratings, TRUTH).values.mean())


def test_a_negative_variance_is_answered_by_the_v_statistic_and_said() -> None:
    estimate = pooled_correct(np.eye(4)).estimate
    assert variance_of([correct_scores(np.eye(4))]).unbiased < 0
    assert "V-statistic" in estimate.method
    assert "not positive" in estimate.reason
    assert estimate.low is not None


@pytest.mark.parametrize(
    ("correct", "reason"),
    [
        (np.full((3, 4), np.nan), "no readings"),
        (np.ones((1, 4)), "fewer than two readers"),
        (np.ones((4, 1)), "fewer than two cases"),
        (np.ones((3, 4)), "neither the U- nor the V-statistic"),
        (np.where([[1, 1], [0, 1]], 1.0, np.nan), ""),
    ],
)
def test_why_a_proportion_has_no_interval(correct: np.ndarray, reason: str) -> None:
    estimate = pooled_correct(correct).estimate
    assert estimate.low is None
    assert reason in estimate.reason
    assert estimate.reason


def test_an_auc_needs_readers_who_read_both_kinds() -> None:
    ratings = some_ratings(7, readers=2)
    ratings[0, :3] = ratings[1, 3:] = np.nan
    assert "both a real and a synthetic" in pooled_auc(ratings, TRUTH).estimate.reason


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_readers_and_cases_does_not_matter(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ratings = some_ratings(seed, missing=0.1)
    readers, cases = rng.permutation(4), rng.permutation(TRUTH.size)
    before = variance_of([rating_scores(ratings, TRUTH)])
    after = variance_of([rating_scores(ratings[readers][:, cases], TRUTH[cases])])
    assert after.unbiased == pytest.approx(before.unbiased, nan_ok=True)
    assert after.biased == pytest.approx(before.biased)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_ratings_turned_round_give_the_complement_with_the_same_variance(seed: int) -> None:
    ratings = some_ratings(seed)
    there, back = (variance_of([rating_scores(sign * ratings, TRUTH)]) for sign in (1, -1))
    assert back.unbiased == pytest.approx(there.unbiased)
    assert mean_of(rating_scores(-ratings, TRUTH)) == pytest.approx(1 - mean_of(rating_scores(ratings, TRUTH)))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=5, deadline=None)
def test_over_all_ways_to_label_the_cases_the_auc_is_one_half_also_with_gaps(seed: int) -> None:
    ratings = np.round(np.random.default_rng(seed).normal(0, 2, (3, 6)))
    ratings[0, 0] = np.nan
    values = [
        [np.nanmean(table) for table in rating_scores(ratings, np.isin(np.arange(6), chosen))]
        for chosen in itertools.combinations(range(6), 3)
    ]
    assert np.mean(values, axis=0) == pytest.approx(np.full(3, 0.5))


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10, deadline=None)
def test_a_modality_compared_with_itself_differs_by_nothing(seed: int) -> None:
    correct = (some_ratings(seed) > 1).astype(float)
    assert compare_correct(correct, correct).estimate.value == 0
    assert compare_correct(correct, correct).estimate.low is None


def test_a_variance_that_is_hardly_positive_by_chance_makes_no_interval_of_no_width() -> None:
    """Of a few readings, one U-statistic in many lies just above zero: 0.594 [0.589, 0.599] was called a share."""
    rng = np.random.default_rng(5)
    widths = []
    for _ in range(300):
        correct = np.where(rng.random((8, 40)) < 0.1, (rng.random((8, 40)) < 0.6).astype(float), np.nan)
        estimate = pooled_correct(correct).estimate
        if estimate.low is not None and estimate.high is not None:
            widths.append(estimate.high - estimate.low)
    assert len(widths) > 250
    assert min(widths) > 0.05
