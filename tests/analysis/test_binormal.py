"""The binormal curve: published fits, an independent maximisation, and ratings that have none."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import optimize, stats

from readerstudy.analysis.binormal import (
    AREA,
    A,
    B,
    BinormalFit,
    binormal_estimates,
    binormal_figures,
    fit_binormal,
)
from readerstudy.analysis.obuchowski_rockette import pool_readers

Floats = NDArray[np.float64]
TRUTH = np.arange(60) % 2 == 1

# Five degrees of confidence, 60 images without and 50 with disease: Chakraborty 2017, Observer Performance Methods for
# Diagnostic Imaging, table 4.1, fitted there (ch. 6 and 7) by the author's R and by Eng's ROCFIT.
CHAKRABORTY = [30, 19, 8, 2, 1], [5, 6, 5, 12, 22]
# Computed tomography of 109 patients: Hanley & McNeil 1982, doi 10.1148/radiology.143.1.7063747.
HANLEY_MCNEIL = [33, 6, 6, 11, 2], [3, 2, 2, 11, 33]


def rated(negative: list[int], positive: list[int]) -> tuple[Floats, NDArray[np.bool_]]:
    """Ratings and truth of images that give these counts by rating."""
    ratings = [np.repeat(np.arange(len(counts)), counts) for counts in (negative, positive)]
    return np.concatenate(ratings).astype(float), np.repeat([False, True], [sum(negative), sum(positive)])


def some_ratings(seed: int, readers: int = 5) -> Floats:
    rng = np.random.default_rng(seed)
    evidence = rng.normal(TRUTH * 1.2, 1.5, (readers, 60)) + rng.normal(0, 0.7, 60)
    return np.clip(np.round(evidence), -4, 4)


def fitted(ratings: Floats, truth: NDArray[np.bool_]) -> BinormalFit:
    fit = fit_binormal(ratings, truth)
    assert isinstance(fit, BinormalFit), fit
    return fit


def test_the_fit_is_the_published_one() -> None:
    ratings, truth = rated(*CHAKRABORTY)
    fit = fitted(ratings, truth)
    assert (fit.a, fit.b) == pytest.approx((1.320453, 0.607497), abs=5e-6)
    assert fit.cuts == pytest.approx([0.007675259, 0.8962713, 1.515645, 2.39671], abs=1e-5)
    found = binormal_estimates(ratings, truth)
    assert found[AREA].value == pytest.approx(0.8704519, abs=1e-7)
    assert fit.error * stats.norm.pdf(stats.norm.ppf(fit.area)) == pytest.approx(0.0378, abs=5e-5)  # ROCFIT
    assert found[AREA].low < 0.8704519 < found[AREA].high < 1
    assert (found[A].value, found[B].value) == (fit.a, fit.b)


@pytest.mark.parametrize("counts", [HANLEY_MCNEIL, CHAKRABORTY, ([5, 0, 9, 3], [1, 4, 4, 9])])
def test_no_other_curve_is_likelier(counts: tuple[list[int], list[int]]) -> None:
    """A general minimiser on the likelihood as it is written down, from another start, and its numerical curvature."""

    def minus(parameters: Floats) -> float:
        a, b, cuts = parameters[0], np.exp(parameters[1]), np.cumsum(np.r_[parameters[2], np.exp(parameters[3:])])
        total = 0.0
        for number, loc, scale in zip(counts, (0, a / b), (1, 1 / b), strict=True):
            below = np.r_[0, stats.norm.cdf(cuts, loc, scale), 1]
            total -= (np.array(number) * np.log(np.maximum(np.diff(below), 1e-300))).sum()
        return total

    start = np.r_[1.0, 0.0, -0.5, np.full(len(counts[0]) - 2, -0.5)]
    best = optimize.minimize(
        minus, start, method="Nelder-Mead", options={"maxiter": 40_000, "xatol": 1e-9, "fatol": 1e-12}
    )
    fit = fitted(*rated(*counts))
    assert fit.log_likelihood == pytest.approx(-best.fun, abs=1e-7)
    assert (fit.a, fit.b) == pytest.approx((best.x[0], np.exp(best.x[1])), abs=1e-4)


def test_only_the_order_of_the_ratings_counts_and_turning_them_round_mirrors_the_area() -> None:
    ratings = some_ratings(2)[0]
    fit, stretched, turned = (fitted(one, TRUTH) for one in (ratings, np.exp(ratings), -ratings))
    assert stretched.area == pytest.approx(fit.area)
    assert turned.area == pytest.approx(1 - fit.area)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (([10, 20], [20, 10]), "fewer than two points"),  # calls without confidence
        (([10, 10, 0], [0, 0, 20]), "fewer than two points"),  # told apart without an error
        (([0, 0, 15, 15], [10, 10, 5, 5]), "fewer than two points"),  # wrong with high confidence
        (([20, 0, 0, 10], [5, 10, 10, 5]), "no maximum"),  # a vertical line
        (([1, 0], [1, 1]), "fewer than two real"),
    ],
)
def test_ratings_without_a_finite_curve_say_so(counts: tuple[list[int], list[int]], reason: str) -> None:
    found = binormal_estimates(*rated(*counts))
    assert {one.value for one in found.values()} == {None}
    assert reason in found[AREA].reason


def test_missing_ratings_are_left_out_and_none_at_all_is_a_reader_who_was_not_asked() -> None:
    ratings = some_ratings(3)[0]
    gap = np.where(np.arange(60) < 4, np.nan, ratings)
    assert fitted(gap, TRUTH).a == fitted(ratings[4:], TRUTH[4:]).a
    assert "not asked" in binormal_estimates(np.full(60, np.nan), TRUTH)[AREA].reason


def test_readers_covary_as_when_each_image_is_left_out_in_turn() -> None:
    """The influence of a case is what the jackknife finds, up to terms of the order of one over the cases."""
    ratings = some_ratings(4)
    figures, fits = binormal_figures(ratings, TRUTH)
    without = np.array([[fitted(np.delete(row, at), np.delete(TRUTH, at)).area for at in range(60)] for row in ratings])
    jackknife = sum((kind.sum() - 1) ** 2 / kind.sum() * np.cov(without[:, kind]) for kind in (TRUTH, ~TRUTH))
    assert np.sqrt(figures.covariance.diagonal()) == pytest.approx(np.sqrt(jackknife.diagonal()), rel=0.08)
    apart = ~np.eye(len(ratings), dtype=bool)
    assert np.corrcoef(figures.covariance[apart], jackknife[apart])[0, 1] > 0.99
    assert pool_readers(figures).estimate.value == pytest.approx(np.mean([fit.area for fit in fits]))


def test_a_reader_without_a_curve_is_not_silently_left_out_of_the_mean() -> None:
    ratings = some_ratings(5)
    ratings[0] = np.where(TRUTH, 4, -4)
    figures, fits = binormal_figures(ratings, TRUTH)
    assert "1 of 5 readers" in pool_readers(figures).estimate.reason
    assert fits == []


def test_the_area_is_that_under_the_curve() -> None:
    fit = fitted(some_ratings(6)[0], TRUTH)
    grid = np.linspace(0, 1, 20_001)
    assert np.trapezoid(fit.sensitivity(grid), grid) == pytest.approx(fit.area, abs=1e-5)
