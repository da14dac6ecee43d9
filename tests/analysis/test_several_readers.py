"""Agreement of more than two readers, with gaps, against the papers and R."""

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from readerstudy.analysis.agreement import cohen_kappa
from readerstudy.analysis.chance_corrected import fleiss_kappa, gwet_ac, pairwise_agreement
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.krippendorff import krippendorff_alpha
from readerstudy.analysis.multireader_kappa import light_kappa
from tests.analysis.canonical import FLEISS, GWET_OBSERVERS, HOLMQUIST, KRIPPENDORFF, as_ratings

WITH_GAPS = arrays(
    float, st.tuples(st.integers(2, 5), st.integers(4, 12)), elements=st.sampled_from([0, 1, 2, 4, np.nan])
)


def error_of(estimate: Estimate) -> float:
    """The standard error behind a t interval with n − 1 degrees of freedom, from its lower half."""
    return float((estimate.value - estimate.low) / stats.t.ppf(0.975, estimate.n - 1))


@pytest.mark.parametrize(
    ("ratings", "categories", "weights", "ac", "fleiss"),
    [  # coefficient and standard error by R irrCAC 1.4
        (KRIPPENDORFF, 5, "none", (0.77544, 0.14295), (0.76117, 0.15302)),
        (KRIPPENDORFF, 5, "quadratic", (0.91400, 0.10396), (0.86494, 0.14603)),
        (KRIPPENDORFF, 5, "ordinal", (0.89894, 0.10690), (0.85021, 0.14704)),
        (GWET_OBSERVERS, 4, "none", (0.49662, 0.12197), (0.45762, 0.12045)),
        (GWET_OBSERVERS, 4, "linear", (0.68964, 0.08769), (0.61185, 0.10974)),
        (GWET_OBSERVERS, 4, "quadratic", (0.83043, 0.05825), (0.75072, 0.09732)),
        (GWET_OBSERVERS, 4, "ordinal", (0.78534, 0.06819), (0.70122, 0.10297)),
        (FLEISS, 5, "none", (0.44788, 0.05566), (0.43024, 0.05420)),
    ],
)
def test_gwets_coefficients_and_fleiss_kappa_are_those_of_irrcac(
    ratings: NDArray[np.float64], categories: int, weights: str, ac: tuple[float, float], fleiss: tuple[float, float]
) -> None:
    for estimate, (value, error) in (
        (gwet_ac(ratings, weights=weights, categories=categories), ac),
        (fleiss_kappa(ratings, weights=weights, categories=categories), fleiss),
    ):
        assert estimate.value == pytest.approx(value, abs=6e-6)
        assert error_of(estimate) == pytest.approx(error, abs=6e-6)


def test_fleiss_kappa_is_the_published_one() -> None:
    assert fleiss_kappa(FLEISS).value == pytest.approx(0.430, abs=5e-4)


def test_two_readers_ac1_of_the_pathologists() -> None:
    """AC1 0.5263, standard error 0.0583 with n, not n − 1, in it (R irrCAC 1.4, two-reader formula)."""
    estimate = gwet_ac(as_ratings(HOLMQUIST), weights="none", categories=4)
    assert estimate.value == pytest.approx(0.5263035056, abs=1e-9)
    assert error_of(estimate) * np.sqrt(117 / 118) == pytest.approx(0.05833954096, abs=1e-6)


def test_pairs_agree_as_often_as_irrcac_says() -> None:
    estimate = pairwise_agreement(GWET_OBSERVERS, categories=4)
    assert estimate.value == pytest.approx(0.615555555555556)
    assert error_of(estimate) == pytest.approx(0.09067, abs=6e-6)
    assert pairwise_agreement([[0, 1, 2], [1, 1, 4]], within=1).value == pytest.approx(2 / 3)


def test_one_grade_for_all_has_an_ac1_but_no_kappa() -> None:
    same = np.full((3, 10), 2.0)
    assert gwet_ac(same).value == 1
    assert "no width" in gwet_ac(same).reason
    assert fleiss_kappa(same).value is None
    assert krippendorff_alpha(same).value is None


@pytest.mark.parametrize(("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_of_the_canonical_example(metric: str, alpha: float) -> None:
    """Krippendorff 2011, Computing Krippendorff's Alpha-Reliability."""
    estimate = krippendorff_alpha(KRIPPENDORFF, metric=metric)
    assert estimate.value == pytest.approx(alpha, abs=5e-4)
    assert estimate.n == 11  # the twelfth unit has one reading


@settings(max_examples=60, deadline=None)
@given(WITH_GAPS, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_is_what_another_program_computes(ratings: NDArray[np.float64], metric: str) -> None:
    estimate = krippendorff_alpha(ratings, metric=metric)
    several = (~np.isnan(ratings)).sum(0) > 1
    used = ratings[:, several]
    if several.sum() < 2 or np.unique(used[~np.isnan(used)]).size < 2:
        assert estimate.value is None
        return
    independent = krippendorff.alpha(ratings, level_of_measurement=metric, value_domain=[0, 1, 2, 3, 4])
    assert estimate.value == pytest.approx(independent, abs=1e-9)


def test_the_interval_of_alpha_leaves_out_one_case_at_a_time() -> None:
    estimate = krippendorff_alpha(FLEISS, metric="nominal")
    left_out = [krippendorff.alpha(np.delete(FLEISS, case, 1), level_of_measurement="nominal") for case in range(30)]
    error = np.sqrt(29 / 30 * ((left_out - np.mean(left_out)) ** 2).sum())
    assert error_of(estimate) == pytest.approx(error)
    assert error == pytest.approx(0.0542, abs=1e-3)  # linearised, by R irrCAC 1.4


def test_alpha_hanging_on_one_case_has_no_interval() -> None:
    estimate = krippendorff_alpha([[1, 1, 1, 2], [1, 1, 1, 2]])
    assert (estimate.value, estimate.low) == (1, None)
    assert "without it" in estimate.reason


def test_light_kappa_of_fleiss_diagnoses() -> None:
    """0.459 by R irr 0.84.1 (kappam.light)."""
    assert light_kappa(FLEISS, weights="none").value == pytest.approx(0.4594121444, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(WITH_GAPS, st.sampled_from(["none", "linear", "quadratic"]))
def test_light_kappa_is_the_mean_of_the_pairs(ratings: NDArray[np.float64], weights: str) -> None:
    readers = len(ratings)
    pairs = [cohen_kappa(ratings[i], ratings[j], weights=weights) for i in range(readers) for j in range(i)]
    estimable = [pair.value for pair in pairs if pair.value is not None]
    estimate = light_kappa(ratings, weights=weights, samples=20)
    if not estimable:
        assert estimate.value is None
        return
    assert estimate.value == pytest.approx(np.mean(estimable))


def test_the_bootstrap_of_light_kappa_is_that_of_a_loop() -> None:
    rng = np.random.default_rng(2)
    matrix = np.clip(rng.integers(0, 5, 40) + rng.integers(-1, 2, (3, 40)), 0, 4).astype(float)
    matrix[0, :3] = np.nan
    estimate = light_kappa(matrix, samples=1000)
    means = []
    for _ in range(400):
        drawn = matrix[:, rng.integers(0, 40, 40)]
        means.append(np.mean([cohen_kappa(drawn[i], drawn[j]).value for i, j in ((0, 1), (0, 2), (1, 2))]))
    assert estimate.low == pytest.approx(np.percentile(means, 2.5), abs=0.02)
    assert estimate.high == pytest.approx(np.percentile(means, 97.5), abs=0.02)
    assert estimate == light_kappa(matrix, samples=1000)


def test_readers_who_always_agree_have_a_light_kappa_without_interval() -> None:
    estimate = light_kappa(np.tile([0.0, 1, 2, 3, 4] * 4, (3, 1)))
    assert (estimate.value, estimate.low) == (1, None)
    assert "no width" in estimate.reason


@settings(max_examples=25, deadline=None)
@given(WITH_GAPS, st.randoms(use_true_random=False))
def test_the_order_of_readers_and_cases_does_not_matter(ratings: NDArray[np.float64], random: object) -> None:
    readers, cases = list(range(len(ratings))), list(range(ratings.shape[1]))
    random.shuffle(readers)  # type: ignore[attr-defined]
    random.shuffle(cases)  # type: ignore[attr-defined]
    shuffled = ratings[readers][:, cases]
    for statistic in (fleiss_kappa, gwet_ac, krippendorff_alpha, pairwise_agreement):
        before, after = statistic(ratings), statistic(shuffled)
        assert (before.value is None) == (after.value is None)
        if before.value is not None:
            assert after.value == pytest.approx(before.value)
            assert after.low == pytest.approx(before.low)
