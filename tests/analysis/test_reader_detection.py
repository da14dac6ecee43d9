"""One reader's calls: discernment, leaning, predictive values, likelihood ratios; and the ROC curve of all."""

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from readerstudy.analysis import predictive
from readerstudy.analysis.detection import Confusion
from readerstudy.analysis.roc import GRID, mean_roc
from readerstudy.analysis.signal_detection import criterion, discernment

FIRST_READER = Confusion(40, 5, 13, 56)  # of Van Dyke et al. 1993, ratings of 3 and more: 40 of 45 hits, 13 of 69 false


def test_discernment_and_criterion_are_those_of_an_independent_program() -> None:
    # R: qnorm on counts with Hautus' half a reading added
    assert discernment(FIRST_READER).value == pytest.approx(2.044579, abs=1e-6)
    assert criterion(FIRST_READER).value == pytest.approx(-0.154874, abs=1e-6)


def test_a_reader_who_never_errs_has_a_finite_discernment_and_one_who_guesses_has_none() -> None:
    best = discernment(Confusion(30, 0, 0, 30))
    assert best.low < best.value == pytest.approx(4.2824, abs=1e-4) < best.high  # 2 · z(30.5 / 31)
    guessing = discernment(Confusion(15, 15, 15, 15))
    assert guessing.value == pytest.approx(0)
    assert guessing.p_value == pytest.approx(1)
    assert "one of the two kinds" in criterion(Confusion(0, 0, 3, 4)).reason


def test_likelihood_ratios_carry_the_log_interval() -> None:
    ratio = predictive.positive_likelihood_ratio(FIRST_READER)
    value = (40 / 45) / (13 / 69)
    error = math.sqrt(1 / 40 - 1 / 45 + 1 / 13 - 1 / 69)
    assert ratio.value == pytest.approx(value)
    assert (ratio.low, ratio.high) == pytest.approx(
        (value * math.exp(-1.959964 * error), value * math.exp(1.959964 * error))
    )
    assert predictive.negative_likelihood_ratio(FIRST_READER).value == pytest.approx((5 / 45) / (56 / 69))


def test_an_empty_cell_gives_a_reason_and_no_infinite_ratio() -> None:
    assert "no bound" in predictive.positive_likelihood_ratio(Confusion(10, 20, 0, 30)).reason
    none = predictive.positive_likelihood_ratio(Confusion(0, 30, 5, 25))
    assert (none.value, none.low) == (0, None)
    assert predictive.positive_predictive_value(Confusion(0, 30, 0, 30)).reason


def test_predictive_values_are_shares_of_the_calls() -> None:
    assert predictive.positive_predictive_value(FIRST_READER).value == pytest.approx(40 / 53)
    assert predictive.negative_predictive_value(FIRST_READER).value == pytest.approx(56 / 61)


def test_the_mean_roc_curve_is_that_of_the_readers_and_lies_in_its_band() -> None:
    rng = np.random.default_rng(4)
    truth = np.arange(60) % 2 == 1
    ratings = np.clip(np.round(rng.normal(truth * 1.2, 2, (5, 60))), -5, 5)
    curve = mean_roc(ratings, truth, rng=rng)
    assert curve is not None
    for corners, row in zip(curve.corners, ratings, strict=True):
        false, true, _ = roc_curve(truth, row, drop_intermediate=False)
        steps = np.array(corners)
        assert set(map(tuple, np.round(np.transpose([false, true]), 9))) <= set(map(tuple, np.round(steps, 9)))
    area = np.trapezoid(curve.sensitivity, GRID)
    assert area == pytest.approx(np.mean([roc_auc_score(truth, row) for row in ratings]), abs=0.005)
    assert (np.array(curve.low) <= np.array(curve.sensitivity) + 1e-9).all()
    assert (np.array(curve.high) >= np.array(curve.sensitivity) - 1e-9).all()


def test_without_complete_ratings_there_is_no_curve_and_one_reader_has_no_band() -> None:
    truth = np.arange(10) % 2 == 1
    assert mean_roc(np.full((2, 10), np.nan), truth, rng=np.random.default_rng(0)) is None
    one = mean_roc(np.arange(10.0)[None], truth, rng=np.random.default_rng(0))
    assert one is not None
    assert one.low == []
