"""How far one set of feature vectors lies from another. Arrays in, numbers out.

Each depends on how many images there are, so a distance says something only beside the same distance between two sets
of real images of the same sizes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

NEIGHBOURS = 3  # as Kynkäänniemi et al. 2019; Naeem et al. 2020 take 5
SUBSETS, SUBSET = 100, 1000  # of the kernel distance, after Bińkowski et al. 2018


def frechet_distance(first: ArrayLike, second: ArrayLike) -> float:
    """Squared Fréchet distance of two sets [n, d], [m, d], taken as normal: ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½).

    Dowson & Landau 1982, doi 10.1016/0047-259X(82)90077-X; as a measure of generators Heusel et al. 2017, arXiv
    1706.08500. Covariances with n − 1. The trace of (Σ₁Σ₂)^½ is the sum of the singular values of A₁A₂ᵀ, where Σ = AᵀA,
    so fewer images than dimensions make no trouble. Raises ValueError on fewer than two vectors.
    """
    a, b = _pair(first, second)
    roots = [_root(one - one.mean(0)) for one in (a, b)]
    cross = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    spread = sum(float((root**2).sum()) for root in roots)
    return max(float(((a.mean(0) - b.mean(0)) ** 2).sum()) + spread - 2 * float(cross), 0.0)


def _root(centred: Floats) -> Floats:
    """A with AᵀA the covariance of centred [n, d]; [min(n, d), d]."""
    scaled = centred / np.sqrt(len(centred) - 1)
    return scaled if len(scaled) <= scaled.shape[1] else np.asarray(np.linalg.qr(scaled, mode="r"))


@dataclass(frozen=True)
class KernelDistance:
    """value: the mean over subsets; sd: between them."""

    value: float
    sd: float


def kernel_distance(
    first: ArrayLike, second: ArrayLike, *, subsets: int = SUBSETS, subset: int = SUBSET, seed: int = 0
) -> KernelDistance:
    """Squared maximum mean discrepancy with the kernel (x·y / d + 1)³, unbiased, so negative where there is none.

    As a measure of generators Bińkowski et al. 2018, arXiv 1801.01401: the mean over random subsets of `subset` vectors
    of each set [n, d], [m, d], or of half of the smaller set where that is less. Raises ValueError on fewer than four.
    """
    a, b = _pair(first, second, fewest=4)
    size = min(subset, len(a) // 2, len(b) // 2)
    within_a, within_b, across = _kernel(a, a), _kernel(b, b), _kernel(a, b)
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(subsets):
        i, j = (random.choice(len(one), size, replace=False) for one in (a, b))
        drawn.append(_unbiased(within_a[np.ix_(i, i)], within_b[np.ix_(j, j)], across[np.ix_(i, j)]))
    return KernelDistance(float(np.mean(drawn)), float(np.std(drawn)))


def squared_discrepancy(first: ArrayLike, second: ArrayLike) -> float:
    """The unbiased estimate of one pair of sets [n, d], [m, d]; Gretton et al. 2012, JMLR 13:723, eq. 3."""
    a, b = _pair(first, second)
    return _unbiased(_kernel(a, a), _kernel(b, b), _kernel(a, b))


def _kernel(a: Floats, b: Floats) -> Floats:
    return np.asarray((a @ b.T / a.shape[1] + 1) ** 3)


def _unbiased(within_a: Floats, within_b: Floats, across: Floats) -> float:
    own = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (within_a, within_b)]
    return float(own[0] + own[1] - 2 * across.mean())


@dataclass(frozen=True)
class Neighbourhood:
    """precision: share of synthetic images within the real set; recall: share of real ones within the synthetic set.
    density: as precision, but counting each real neighbourhood (may exceed 1); coverage: share of real images that have
    a synthetic one in their neighbourhood.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhood(real: ArrayLike, synthetic: ArrayLike, *, neighbours: int = NEIGHBOURS) -> Neighbourhood:
    """Improved precision and recall (Kynkäänniemi et al. 2019, arXiv 1904.06991), density and coverage (Naeem et al.
    2020, arXiv 2002.09797) of real [n, d] and synthetic [m, d] features.

    A vector's neighbourhood is the ball that reaches to its k-th nearest other vector of its own set. Raises ValueError
    on sets of no more than k vectors.
    """
    a, b = _pair(real, synthetic, fewest=neighbours + 1)
    across = _distances(a, b)
    own = [np.sort(_distances(one, one), axis=1)[:, neighbours] for one in (a, b)]
    within_real = across <= own[0][:, None]
    within_synthetic = across <= own[1][None, :]
    return Neighbourhood(
        precision=float(within_real.any(0).mean()),
        recall=float(within_synthetic.any(1).mean()),
        density=float(within_real.sum(0).mean() / neighbours),
        coverage=float(within_real.any(1).mean()),
    )


def _distances(a: Floats, b: Floats) -> Floats:
    """Squared Euclidean distances [n, m]; of a set to itself with an exact zero on the diagonal."""
    squared = (a**2).sum(1)[:, None] + (b**2).sum(1)[None, :] - 2 * a @ b.T
    if a is b:
        np.fill_diagonal(squared, 0.0)
    return np.asarray(np.maximum(squared, 0.0))


def _pair(first: ArrayLike, second: ArrayLike, *, fewest: int = 2) -> tuple[Floats, Floats]:
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[1]:
        raise ValueError("features are two arrays [n, d] of the same d")
    if min(len(a), len(b)) < fewest:
        raise ValueError(f"there are {min(len(a), len(b))} feature vectors; {fewest} are the least")
    return a, b
