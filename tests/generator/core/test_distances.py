"""Distances between feature sets, held to closed forms and to arrangements that can be counted by hand."""

import numpy as np
import pytest
from scipy.linalg import sqrtm

from generator.distances import frechet_distance, kernel_distance, neighbourhood, squared_discrepancy

RNG = np.random.default_rng(4)


def with_moments(mean: list[float], sd: list[float], *, n: int = 50) -> np.ndarray:
    """n vectors whose mean, spread and lack of correlation are exact."""
    raw = RNG.standard_normal((n, len(mean)))
    raw = np.linalg.qr(raw - raw.mean(0))[0] * np.sqrt(n - 1)
    return raw * sd + mean


def test_the_frechet_distance_of_uncorrelated_normals_is_the_closed_form() -> None:
    """Dowson & Landau 1982, eq. 4: the squared differences of the means and of the standard deviations."""
    a, b = with_moments([0, 1, 2], [1, 2, 3]), with_moments([1, 1, 5], [4, 2, 1], n=70)
    assert frechet_distance(a, b) == pytest.approx(1 + 9 + 9 + 0 + 4)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("n", "m"), [(8, 60), (60, 90), (5, 6)])
def test_the_frechet_distance_holds_with_fewer_images_than_dimensions(n: int, m: int) -> None:
    a, b = RNG.standard_normal((n, 20)) + 1, RNG.standard_normal((m, 20)) * 1.5
    first, second = np.cov(a.T), np.cov(b.T)
    root = np.trace(sqrtm(first @ second + 1e-14 * np.eye(20)).real)
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(first) + np.trace(second) - 2 * root
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-3)


def test_the_kernel_distance_of_sets_that_can_be_reckoned_by_hand() -> None:
    """One dimension: k(0, 0) = 1, k(1, 1) = 8, k(0, 1) = 1, so equal points at 0 and at 1 are 1 + 8 − 2 apart."""
    assert squared_discrepancy([[0.0]] * 3, [[1.0]] * 4) == pytest.approx(7)
    assert squared_discrepancy([[0.0], [1.0]], [[0.0], [1.0]]) == pytest.approx(1 + 1 - 2 * (1 + 1 + 1 + 8) / 4)
    same = kernel_distance([[0.0]] * 8, [[1.0]] * 8)
    assert (same.value, same.sd) == (pytest.approx(7), pytest.approx(0))


def test_the_kernel_distance_of_the_same_distribution_is_near_zero_on_either_side() -> None:
    far = kernel_distance(RNG.standard_normal((60, 8)), RNG.standard_normal((60, 8)) + 1)
    near = [kernel_distance(RNG.standard_normal((60, 8)), RNG.standard_normal((60, 8)), seed=n) for n in range(12)]
    assert min(one.value for one in near) < 0 < max(one.value for one in near)
    assert far.value > 5 * max(one.value for one in near)
    assert far.sd > 0


def test_neighbourhoods_that_can_be_counted_by_hand() -> None:
    """Reals 0, 1, 2, 10 have radii 1, 1, 1, 8 at k = 1; synthetic 0.5, 30, 31 have 29.5, 1, 1.

    0.5 lies in the balls of 0 and 1; 30 and 31 in none (10 reaches to 18). Around 0.5 the ball holds all reals.
    """
    real, synthetic = np.array([[0.0], [1.0], [2.0], [10.0]]), np.array([[0.5], [30.0], [31.0]])
    found = neighbourhood(real, synthetic, neighbours=1)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == 1
    assert found.density == pytest.approx(2 / 3)
    assert found.coverage == pytest.approx(2 / 4)


def test_a_set_meets_itself_wholly_and_a_far_one_not_at_all() -> None:
    a = RNG.standard_normal((30, 5))
    same, far = neighbourhood(a, a), neighbourhood(a, a + 100)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)


def test_too_few_vectors_and_different_spaces_are_refused() -> None:
    with pytest.raises(ValueError, match="4 are the least"):
        neighbourhood(RNG.standard_normal((3, 2)), RNG.standard_normal((9, 2)))
    with pytest.raises(ValueError, match="of the same d"):
        frechet_distance(RNG.standard_normal((3, 2)), RNG.standard_normal((9, 3)))
