"""Drawn readers and cases behave as their models say."""

import numpy as np
import pytest
from scipy import stats

from readerstudy.analysis.simulation import (
    DetectionTrait,
    GradingTrait,
    RoeMetz,
    answers_of,
    grades_of,
    lasting_evidence,
    lasting_impression,
    rate_cases,
)
from readerstudy.analysis.variance_components import RatingComponents, components_of

HALF_SYNTHETIC = np.arange(20) % 2 == 0


def correct_answers(trait: DetectionTrait, *, accuracy: float, readers: int, studies: int, seed: int = 5) -> np.ndarray:
    rng = np.random.default_rng(seed)
    evidence = lasting_evidence(
        rng, rng, trait=trait, accuracy=accuracy, synthetic=HALF_SYNTHETIC, readers=readers, studies=studies
    )
    called, _ = answers_of(evidence + rng.standard_normal(evidence.shape), spread=trait.spread)
    return called == HALF_SYNTHETIC


@pytest.mark.parametrize("accuracy", [0.5, 0.8])
def test_the_share_of_correct_answers_is_the_accuracy_asked_for(accuracy: float) -> None:
    trait = DetectionTrait(reader=0.4, case=0.6, interaction=0.5, leaning=0.5)
    correct = correct_answers(trait, accuracy=accuracy, readers=8, studies=3000)
    assert correct.mean() == pytest.approx(accuracy, abs=0.01)


def test_answers_vary_by_reader_case_and_interaction_as_bivariate_normal_probabilities_say() -> None:
    trait = DetectionTrait(reader=0.5, case=0.8, interaction=0.4, leaning=0.6)
    correct = correct_answers(trait, accuracy=0.7, readers=6, studies=6000).astype(float)
    expected = components_of(trait, accuracy=0.7)
    of_reader, of_case, of_study = correct.mean(2), correct.mean(1), correct.mean((1, 2))
    readers, cases = correct.shape[1:]
    mean_square = readers * cases * (of_study**2).mean()
    by_reader, by_case = cases * (of_reader**2).mean(), readers * (of_case**2).mean()
    same_reader = (by_reader - 0.7) / (cases - 1)
    same_case = (by_case - 0.7) / (readers - 1)
    apart = (mean_square - by_reader - by_case + 0.7) / ((readers - 1) * (cases - 1))
    # a reader's other 19 cases are 9 of the same truth and 10 of the other: as good as half and half
    assert same_reader - apart == pytest.approx(expected.reader, abs=0.003)
    assert same_case - apart == pytest.approx(expected.case, abs=0.003)


def test_leaning_moves_sensitivity_against_specificity_and_leaves_accuracy() -> None:
    correct = correct_answers(DetectionTrait(reader=0.0, case=0.0, leaning=1.5), accuracy=0.6, readers=40, studies=200)
    sensitivity, specificity = correct[..., HALF_SYNTHETIC].mean(2), correct[..., ~HALF_SYNTHETIC].mean(2)
    assert np.corrcoef(sensitivity.ravel(), specificity.ravel())[0, 1] < -0.8
    assert correct.mean() == pytest.approx(0.6, abs=0.01)


def test_at_an_accuracy_of_one_half_every_confidence_is_used_as_often() -> None:
    rng = np.random.default_rng(1)
    trait = DetectionTrait(reader=0.0, case=0.7)
    evidence = lasting_evidence(rng, rng, trait=trait, accuracy=0.5, synthetic=HALF_SYNTHETIC, readers=10, studies=1000)
    _, confidence = answers_of(evidence + rng.standard_normal(evidence.shape), spread=trait.spread)
    assert np.bincount(confidence.ravel(), minlength=6)[1:] / confidence.size == pytest.approx(
        np.full(5, 0.2), abs=0.01
    )


def test_readers_drawn_apart_meet_the_same_cases() -> None:
    trait = DetectionTrait(reader=0.2, case=3.0)
    one, two = (
        lasting_evidence(
            np.random.default_rng(reader),
            np.random.default_rng(99),
            trait=trait,
            accuracy=0.5,
            synthetic=np.arange(200) < 100,
            readers=1,
        )
        for reader in (1, 2)
    )
    assert np.corrcoef(one.ravel(), two.ravel())[0, 1] > 0.95


@pytest.mark.parametrize("reference", range(5))
def test_the_shares_of_grades_are_those_of_the_cumulative_model(reference: int) -> None:
    rng = np.random.default_rng(reference)
    trait = GradingTrait(reader=0.3, case=0.3, interaction=0.2, error=0.4)
    impression = lasting_impression(rng, rng, trait=trait, reference=np.full(50, reference), readers=50, studies=100)
    grades, confidence = grades_of(impression + trait.error * rng.standard_normal(impression.shape))
    assert np.bincount(grades.ravel(), minlength=5) / grades.size == pytest.approx(trait.shares(reference), abs=0.02)
    assert set(np.unique(grades)) <= set(range(5))
    assert set(np.unique(confidence)) == set(range(1, 6))


def test_half_a_grade_of_scatter_gives_the_middle_grade_as_often_as_one_standard_deviation_holds() -> None:
    trait = GradingTrait(reader=0.3, case=0.4, interaction=0.0, error=0.0)
    assert trait.shares(2)[2] == pytest.approx(2 * stats.norm.cdf(1) - 1)


def test_ratings_have_the_auc_and_the_variances_of_roe_and_metz() -> None:
    rng = np.random.default_rng(3)
    model = RoeMetz(separation=1.2, reader=0.1, case=0.4, interaction=0.2, error=0.3)
    negative, positive = rate_cases(rng, model=model, readers=4, negative=15, positive=15, studies=8000)
    auc = (positive[..., :, None] > negative[..., None, :]).mean((-1, -2))  # [studies, readers]
    assert auc.mean() == pytest.approx(model.auc, abs=0.003)
    assert model.auc == pytest.approx(stats.norm.cdf(1.2 / np.sqrt(2)))
    mean_square, covariance = RatingComponents(model).expected(30)
    together = np.cov(auc.T)
    assert together[~np.eye(4, dtype=bool)].mean() == pytest.approx(covariance, rel=0.05)
    assert auc.var(axis=1, ddof=1).mean() == pytest.approx(mean_square, rel=0.05)
    shared = np.cov(positive[:, 0, 0], positive[:, 1, 0])[0, 1]
    assert shared == pytest.approx(model.case, abs=0.03)
