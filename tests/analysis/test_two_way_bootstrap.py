"""Samples of readers and cases: the statistics they give, and the intervals drawn from them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from readerstudy.analysis.intervals import drawn_counts
from readerstudy.analysis.readings import one_hot
from readerstudy.analysis.resampled_statistics import (
    difference_by,
    mean_kappa_with_reference,
    mean_pairwise_kappa,
    mean_score,
)
from readerstudy.analysis.two_way_bootstrap import Floats, Statistic, bootstrap_estimate, resample
from readerstudy.analysis.u_statistics import correct_scores, variance_of

CASES = 30
REFERENCE = np.arange(CASES) % 5
SYNTHETIC = np.arange(CASES) % 2 == 1


def some_grades(seed: int = 0, readers: int = 5, *, missing: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    grades = np.clip(REFERENCE + rng.integers(-1, 2, (readers, CASES)), 0, 4).astype(float)
    return np.where(rng.random(grades.shape) < missing, np.nan, grades)


def kappa(first: np.ndarray, second: np.ndarray) -> float:
    """Quadratic κ by statsmodels, over the grades 0–4, of the cases that both rated."""
    table = one_hot(first.astype(float)).T @ one_hot(second.astype(float))
    return float(cohens_kappa(table, wt="quadratic", return_results=False))


def drawn_once(seed: int, readers: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, readers, readers), rng.integers(0, CASES, CASES)


def value_of(statistic: Statistic, readers: np.ndarray, cases: np.ndarray, *, of: int) -> float:
    """The statistic where these readers and cases, by number, are drawn."""
    counts = np.bincount(readers, minlength=of), np.bincount(cases, minlength=CASES)
    return float(statistic(*(count[None].astype(float) for count in counts))[0])


@pytest.mark.parametrize("seed", range(4))
def test_counting_is_repeating_rows_and_columns(seed: int) -> None:
    grades = some_grades(seed)
    readers, cases = drawn_once(seed, len(grades))
    repeated = grades[readers][:, cases]
    with_reference = [kappa(row, REFERENCE[cases]) for row in repeated]
    assert value_of(mean_kappa_with_reference(grades, REFERENCE), readers, cases, of=5) == pytest.approx(
        np.mean(with_reference)
    )
    pairs = [kappa(repeated[i], repeated[j]) for i in range(5) for j in range(i) if readers[i] != readers[j]]
    assert value_of(mean_pairwise_kappa(grades), readers, cases, of=5) == pytest.approx(np.mean(pairs))
    errors = repeated - REFERENCE[cases]
    assert value_of(mean_score(grades - REFERENCE), readers, cases, of=5) == pytest.approx(np.nanmean(errors))


def test_a_difference_is_that_of_the_two_kinds_of_cases() -> None:
    grades = some_grades(3)
    everyone, every_case = np.arange(5), np.arange(CASES)
    both = difference_by(mean_kappa_with_reference(grades, REFERENCE), SYNTHETIC)
    apart = [np.mean([kappa(row[kind], REFERENCE[kind]) for row in grades]) for kind in (SYNTHETIC, ~SYNTHETIC)]
    assert value_of(both, everyone, every_case, of=5) == pytest.approx(apart[0] - apart[1])


def test_the_spread_of_a_mean_is_the_v_statistic_which_is_the_ideal_bootstrap() -> None:
    """Gallas et al. 2009, doi 10.1080/03610920802610084."""
    correct = (some_grades(4, missing=0) == REFERENCE).astype(float)
    values = resample(
        mean_score(correct), readers=5, kinds=np.zeros(CASES, dtype=int), rng=np.random.default_rng(1), samples=40_000
    )
    assert values.var() == pytest.approx(variance_of([correct_scores(correct)]).biased, rel=0.03)


def test_every_sample_has_as_many_synthetic_cases_as_the_study() -> None:
    seen = []

    def note(readers: Floats, cases: Floats) -> Floats:
        seen.append((readers.sum(1), cases[:, SYNTHETIC].sum(1), cases[:, ~SYNTHETIC].sum(1)))
        return cases[:, 0]

    bootstrap_estimate(note, readers=5, strata=SYNTHETIC, rng=np.random.default_rng(0), samples=700)
    assert all((r == 5).all() and (s == 15).all() and (t == 15).all() for r, s, t in seen)
    assert sum(len(r) for r, _, _ in seen) == 701  # and once as it was


@pytest.mark.parametrize("interval", ["percentile", "bca"])
def test_one_reader_and_one_kind_of_case_is_the_bootstrap_of_scipy(interval: str) -> None:
    scores = np.random.default_rng(2).exponential(size=(1, CASES))
    ours = bootstrap_estimate(
        mean_score(scores),
        readers=1,
        strata=np.zeros(CASES),
        rng=np.random.default_rng(3),
        samples=40_000,
        interval=interval,
    )
    method = {"percentile": "percentile", "bca": "BCa"}[interval]
    theirs = stats.bootstrap(
        (scores[0],), np.mean, n_resamples=40_000, method=method, rng=np.random.default_rng(4), vectorized=True
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.012)
    assert "new readers" in ours.reason
    assert "over cases" in ours.method


def test_a_seed_repeats_the_interval_and_another_moves_it() -> None:
    statistic = mean_kappa_with_reference(some_grades(), REFERENCE)
    first, again, other = (
        bootstrap_estimate(statistic, readers=5, strata=SYNTHETIC, rng=np.random.default_rng(seed), samples=1000)
        for seed in (1, 1, 2)
    )
    assert first == again
    assert first.low != other.low


@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_the_order_of_readers_and_cases_does_not_matter(seed: int) -> None:
    grades, rng = some_grades(seed), np.random.default_rng(seed)
    readers, cases = rng.permutation(5), rng.permutation(CASES)
    counts = drawn_counts(5, samples=3, rng=rng), drawn_counts(CASES, samples=3, rng=rng)
    moved, moved_reference = grades[readers][:, cases], REFERENCE[cases]
    for before, after in (
        (mean_pairwise_kappa(grades), mean_pairwise_kappa(moved)),
        (mean_kappa_with_reference(grades, REFERENCE), mean_kappa_with_reference(moved, moved_reference)),
    ):
        there = before(*counts)
        back = after(counts[0][:, readers], counts[1][:, cases])
        assert back == pytest.approx(there, nan_ok=True)


def test_without_any_variance_there_is_no_interval() -> None:
    perfect = np.tile(REFERENCE.astype(float), (4, 1))
    estimate = bootstrap_estimate(
        mean_kappa_with_reference(perfect, REFERENCE), readers=4, strata=SYNTHETIC, rng=np.random.default_rng(0)
    )
    assert estimate.value == 1
    assert estimate.low is None
    assert "no variance" in estimate.reason


@pytest.mark.parametrize(
    ("statistic", "readers", "strata", "reason"),
    [
        (mean_score(np.full((3, CASES), np.nan)), 3, SYNTHETIC, "cannot be computed"),
        (mean_score(np.empty((0, CASES))), 0, SYNTHETIC, "no reader"),
        (mean_score(np.ones((3, 1))), 3, [0], "fewer than two cases"),
        (mean_kappa_with_reference(np.full((3, CASES), 2.0), np.full(CASES, 2)), 3, SYNTHETIC, "cannot be computed"),
    ],
)
def test_why_there_is_nothing_to_draw_from(statistic: Statistic, readers: int, strata: np.ndarray, reason: str) -> None:
    estimate = bootstrap_estimate(statistic, readers=readers, strata=strata, rng=np.random.default_rng(0), samples=100)
    assert estimate.value is None
    assert reason in estimate.reason


def test_samples_that_mostly_leave_nothing_give_no_interval() -> None:
    one_case = np.full((4, CASES), np.nan)
    one_case[0, 0] = 1.0
    estimate = bootstrap_estimate(
        mean_score(one_case), readers=4, strata=SYNTHETIC, rng=np.random.default_rng(0), samples=400
    )
    assert estimate.value == 1
    assert "leave nothing" in estimate.reason


def test_an_unknown_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="percentile, bca"):
        bootstrap_estimate(
            mean_score(np.ones((2, 4))), readers=2, strata=np.zeros(4), rng=np.random.default_rng(0), interval="basic"
        )
