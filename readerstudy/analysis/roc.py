"""The ROC curve over all readers, with a band for other readers and other images."""

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.estimate import LEVEL
from readerstudy.analysis.intervals import drawn_counts

Floats = NDArray[np.float64]
GRID = np.linspace(0, 1, 51)
SAMPLES = 500


@dataclass(frozen=True)
class RocCurve:
    """sensitivity, and its 95 % band low–high, at each false_positive share; corners: the points of each reader.

    low and high are empty where there are fewer than two readers. smooth: the mean of the readers' binormal curves
    (`binormal`), empty where a reader has none; as the mean is taken at each share of false positives, the area under
    it is the mean of their areas, which the curve of the mean parameters does not have (Chen & Samuelson 2014, British
    Journal of Radiology 87:20140016).
    """

    false_positive: list[float]
    sensitivity: list[float]
    low: list[float]
    high: list[float]
    corners: list[list[tuple[float, float]]]
    smooth: list[float] = field(default_factory=list)


def mean_roc(ratings: ArrayLike, truth: ArrayLike, *, rng: Generator, samples: int = SAMPLES) -> RocCurve | None:
    """The mean over readers of the sensitivity at each share of false positives (vertical averaging).

    ratings [readers, cases] that rise with being synthetic; readers with a missing rating (NaN) are left out. The area
    under it is the mean of the readers' empirical AUCs. Pointwise percentile band of samples of readers and, within
    real and within synthetic, of cases. None where no reader rated every case, or one kind has no case.
    """
    matrix, positive = np.asarray(ratings, dtype=float), np.asarray(truth).astype(bool)
    matrix = matrix[~np.isnan(matrix).any(1)]
    kinds = [np.flatnonzero(kind) for kind in (~positive, positive)]
    if not len(matrix) or min(kind.size for kind in kinds) == 0:
        return None
    cuts = np.unique(matrix)[::-1]
    above = (matrix[:, :, None] >= cuts).astype(float)  # [r, n, k]
    once = [np.ones((1, kind.size)) for kind in kinds]
    points = _points(above, kinds, once)
    mean = _heights(points).mean(1)[0]
    low = high = np.empty(0)
    if len(matrix) > 1:
        readers = drawn_counts(len(matrix), samples=samples, rng=rng)
        drawn = _points(above, kinds, [drawn_counts(kind.size, samples=samples, rng=rng) for kind in kinds])
        curves = (_heights(drawn) * readers[:, :, None]).sum(1) / len(matrix)
        low, high = np.quantile(curves, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    corners = [[(float(x), float(y)) for x, y in zip(*reader, strict=True)] for reader in points[0]]
    return RocCurve(GRID.tolist(), mean.tolist(), low.tolist(), high.tolist(), corners)


def _points(above: Floats, kinds: list[NDArray[np.int_]], counts: list[Floats]) -> Floats:
    """Shares of false positives and of true positives [b, r, 2, k + 1] at each cut, for counts of cases [b, n]."""
    shares = []
    for cases, count in zip(kinds, counts, strict=True):
        share = np.einsum("bn,rnk->brk", count / cases.size, above[:, cases], optimize=True)
        shares.append(np.concatenate([np.zeros((*share.shape[:2], 1)), share], axis=2))
    return np.stack(shares, axis=2)


def _heights(points: Floats) -> Floats:
    """The sensitivity [b, r, grid] of each curve, straight between its corners."""
    return np.array([[np.interp(GRID, x, y) for x, y in sample] for sample in points])
