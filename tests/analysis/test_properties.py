"""What holds whatever the answers are: names do not matter, agreement with oneself is full, chance finds nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats

from readerstudy.analysis import reader_figures
from readerstudy.analysis.agreement import cohen_kappa, percent_agreement
from readerstudy.analysis.chance_corrected import fleiss_kappa, gwet_ac, pairwise_agreement
from readerstudy.analysis.intraclass import intraclass
from readerstudy.analysis.krippendorff import krippendorff_alpha
from readerstudy.analysis.multireader_kappa import light_kappa
from readerstudy.analysis.obuchowski_rockette import pool_readers
from readerstudy.analysis.summary import Analysis, analyse
from readerstudy.analysis.u_statistics import pooled_correct
from tests.analysis.test_summary import PLAN, parsed, simulated


@given(
    arrays(np.int_, st.integers(2, 30), elements=st.integers(0, 4)), st.sampled_from(["none", "linear", "quadratic"])
)
@settings(max_examples=60, deadline=None)
def test_identical_ratings_agree_fully(grades: NDArray[np.int_], weights: str) -> None:
    """Every coefficient is 1, or says that there is nothing to agree on when all have one grade."""
    same = np.tile(grades.astype(float), (3, 1))
    found = [
        cohen_kappa(grades, grades, weights=weights),
        light_kappa(same, weights=weights, samples=20),
        fleiss_kappa(same, weights=weights),
        krippendorff_alpha(same),
        intraclass(same),
    ]
    varied = len(set(grades.tolist())) > 1
    assert [one.value for one in found] == [pytest.approx(1) if varied else None] * 5
    assert all(one.reason for one in found if one.value is None)
    always = (gwet_ac(same, weights=weights), pairwise_agreement(same), percent_agreement(grades, grades))
    assert [one.value for one in always] == [pytest.approx(1)] * 3


def renamed(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    shuffled = table.copy()
    for column in ("reader", "case"):
        names = sorted(table[column].unique())
        shuffled[column] = table[column].map(dict(zip(names, rng.permutation(names), strict=True)))
    return shuffled


def figures_of(analysis: Analysis) -> list[float | None]:
    """All that does not depend on drawn samples."""
    detection, grading = analysis.detection, analysis.grading
    assert detection is not None
    assert grading is not None
    found = [one.estimate for one in detection.pooled.values()] + [one.check for one in detection.pooled.values()]
    found += [getattr(one, images) for one in grading.by_source for images in ("real", "synthetic", "difference")]
    found += [one.all for one in grading.agreement.between]
    found += [one.difference for one in (*detection.exploration.contrasts, *grading.contrasts)]
    found += [one.bias for one in grading.limits.values()] + list(grading.agreement.with_self.values())
    values = [value for one in found if one is not None for value in (one.value, one.p_value)]
    return values + [one.equivalence.p_value for one in analysis.primary if one.equivalence]


@given(seed=st.integers(0, 10_000))
@example(seed=62)  # a covariance between readers of exactly 0
@settings(max_examples=5, deadline=None)
def test_the_names_of_readers_and_images_do_not_matter(seed: int) -> None:
    table = simulated(readers=4, cases=20, seed=seed)
    table["years_experience"] = table["reader"].str[1:].astype(int)
    by_reader = table.groupby("reader")["years_experience"].first()
    other = renamed(table, seed)
    before, after = (figures_of(analyse(parsed(one), plan=PLAN, samples=20)) for one in (table, other))
    assert len(by_reader) == 4
    assert before == [one if one is None else pytest.approx(one, abs=1e-7) for one in after]


@pytest.mark.parametrize("leaning", [0.0, 0.8, -1.2])
@pytest.mark.parametrize("way", ["Obuchowski–Rockette", "U-statistic"])
def test_among_all_ways_to_call_images_real_the_p_values_are_uniform(way: str, leaning: float) -> None:
    """Readers who lean, also all to one side, and images that all see alike, but a truth that is shuffled: the
    permutation null."""
    rng, p_values = np.random.default_rng(12), []
    evidence = rng.normal(leaning, 1, (8, 60)) + rng.normal(0, 0.8, 60) + rng.normal(0, 0.4, (8, 1))
    calls = (evidence > 0).astype(float)
    for _ in range(400):
        truth = rng.permutation(np.arange(60) % 2)
        if way == "U-statistic":
            p_values.append(pooled_correct(calls == truth, strata=truth).estimate.p_value)
        else:
            p_values.append(pool_readers(reader_figures.accuracy(calls, truth)).estimate.p_value)
    assert stats.kstest(np.array(p_values, dtype=float), "uniform").pvalue > 0.001
