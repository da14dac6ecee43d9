"""Differences of agreement between two sets of images, with readers and images left out in turn."""

import numpy as np
import pytest

from readerstudy.analysis.agreement import cohen_kappa
from readerstudy.analysis.grading_figures import equal_mix
from readerstudy.analysis.resampled_statistics import difference_by, mean_pairwise_kappa
from readerstudy.analysis.summary_agreement import QUADRATIC, summarise_agreement
from readerstudy.analysis.two_way_jackknife import jackknife_estimates
from tests.analysis.test_resampled_agreement import STRATA, SYNTHETIC, some_grades


def mean_kappa(grades: np.ndarray) -> float:
    pairs = [(a, b) for a in range(len(grades)) for b in range(a)]
    return float(np.mean([cohen_kappa(grades[a], grades[b], weights="quadratic").value for a, b in pairs]))


def test_the_variance_is_that_of_leaving_out_each_reader_and_each_case_of_a_stratum() -> None:
    grades = some_grades(1)
    apart = difference_by(mean_pairwise_kappa(grades), SYNTHETIC)
    found = jackknife_estimates(lambda *counts: apart(*counts)[:, None], readers=5, strata=STRATA)[0]

    def difference(rows: np.ndarray, columns: np.ndarray) -> float:
        kept = grades[rows][:, columns]
        return mean_kappa(kept[:, SYNTHETIC[columns]]) - mean_kappa(kept[:, ~SYNTHETIC[columns]])

    readers, cases = np.arange(5), np.arange(30)
    variance = 4 / 5 * 5 * np.var([difference(readers[readers != one], cases) for one in readers])
    for stratum in np.unique(STRATA):
        members = cases[stratum == STRATA]
        n = members.size
        variance += (n - 1) / n * n * np.var([difference(readers, cases[cases != one]) for one in members])
    assert found.value == pytest.approx(difference(readers, cases))
    assert found.high - found.low == pytest.approx(2 * 1.959964 * np.sqrt(variance))


def test_unlike_mixes_of_reference_grades_are_no_difference_of_agreement() -> None:
    """Real images are of all grades, synthetic ones nearly all of the middle one, where κ is smaller: 30 studies."""
    reference = np.concatenate([np.tile(np.arange(5), 6), np.repeat(np.arange(5), [2, 3, 20, 3, 2])])
    synthetic = np.arange(60) >= 30
    found = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        grades = np.clip(np.round(reference + rng.normal(0, 0.6, (6, 60)) + rng.normal(0, 0.4, 60)), 0, 4)
        agreement = summarise_agreement(
            grades,
            np.full_like(grades, np.nan),
            synthetic,
            strata=reference + 5 * synthetic,
            weights=equal_mix(reference, synthetic),
            seed=0,
            samples=2,
        )
        kappa = agreement.coefficient(QUADRATIC)
        assert kappa.real.value > kappa.synthetic.value
        found += kappa.difference.excludes(0)
    assert found <= 3


def test_of_images_graded_alike_a_difference_is_found_no_oftener_than_the_level() -> None:
    found = 0
    for seed in range(100):
        grades = some_grades(seed, readers=6)
        agreement = summarise_agreement(
            grades, np.full_like(grades, np.nan), SYNTHETIC, strata=STRATA, weights=np.ones(30), seed=0, samples=2
        )
        found += agreement.coefficient(QUADRATIC).difference.excludes(0)
    assert found / 100 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
