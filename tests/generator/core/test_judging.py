"""Grades hit and kinds told apart, held to scikit-learn and to hand counts."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from generator.judging import FOLDS, auc, detector_auc, folds_by_group, judge
from generator.logistic import fit_logistic

RNG = np.random.default_rng(2)


def test_grades_are_judged_as_scikit_learn_does() -> None:
    grades = RNG.integers(0, 5, 200)
    judged = np.clip(grades + RNG.integers(-2, 3, 200), 0, 4)
    found = judge(grades, judged)
    assert found.kappa == pytest.approx(cohen_kappa_score(grades, judged, weights="quadratic"))
    assert found.accuracy == pytest.approx(np.mean(grades == judged))
    assert judge([0, 1, 2, 3], [0, 2, 4, 3]).within_one == 0.75
    assert judge([2, 2], [2, 1]).kappa is None


def test_a_logistic_fit_is_that_of_scikit_learn() -> None:
    x, y = RNG.standard_normal((150, 6)) * [1, 2, 3, 4, 5, 0] + 7, RNG.integers(0, 3, 150)
    x[:, 0] += y
    ours = fit_logistic(x, y, classes=3, penalty=0.05)
    spread = x.std(0) + (x.std(0) == 0)
    theirs = LogisticRegression(C=1 / (0.05 * 150), tol=1e-8, max_iter=5000).fit((x - x.mean(0)) / spread, y)
    expected = theirs.predict_proba((x - x.mean(0)) / spread)
    scores = np.exp(ours.scores(x))
    assert np.allclose(scores / scores.sum(1, keepdims=True), expected, atol=2e-3)


def test_a_fit_with_fewer_images_than_features_is_that_of_scikit_learn_too() -> None:
    x, y = RNG.standard_normal((40, 90)), RNG.integers(0, 2, 40)
    ours = fit_logistic(x, y, classes=2, penalty=0.1).scores(x)
    standard = (x - x.mean(0)) / x.std(0)
    # One vector of weights for two classes is the difference of our two, so it is penalised half as much.
    theirs = LogisticRegression(C=2 / (0.1 * 40), tol=1e-9, max_iter=5000).fit(standard, y)
    assert np.allclose(ours[:, 1] - ours[:, 0], theirs.decision_function(standard), atol=2e-2)


def test_the_area_under_the_curve_is_that_of_scikit_learn_ties_included() -> None:
    scores, positive = RNG.integers(0, 6, 90).astype(float), RNG.integers(0, 2, 90).astype(bool)
    assert auc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_no_subject_lies_in_two_folds_and_every_fold_has_both_kinds() -> None:
    groups = np.array([f"subject {n // 2}" for n in range(60)] + [f"synthetic {n}" for n in range(60)])
    positive = np.arange(120) >= 60
    fold = folds_by_group(groups, positive, seed=0)
    assert np.array_equal(fold[:60:2], fold[1:60:2])
    for index in range(FOLDS):
        assert positive[fold == index].sum() == (~positive[fold == index]).sum() == 12


def test_a_detector_finds_a_shift_and_finds_nothing_where_there_is_none() -> None:
    groups, positive = np.arange(160), np.arange(160) % 2 == 0
    nothing = RNG.standard_normal((160, 10))
    shifted = nothing + 2 * positive[:, None]
    assert detector_auc(shifted, positive, groups) > 0.95
    assert 0.3 < detector_auc(nothing, positive, groups) < 0.7


def test_a_detector_cannot_win_by_knowing_the_subject() -> None:
    """Each subject has a face of its own and two images: split between folds, the face would give the kind away."""
    faces = RNG.standard_normal((60, 40)).repeat(2, axis=0)
    subject = np.arange(60).repeat(2)
    positive = subject % 2 == 0
    assert detector_auc(faces, positive, np.arange(120)) > 0.8
    assert detector_auc(faces, positive, subject) < 0.7
