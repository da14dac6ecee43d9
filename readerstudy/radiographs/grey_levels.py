"""The grey levels an image uses and the order of its pixels: the common ground of polarity, presets and quality."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FEW_LEVELS = 16
ONE_LEVEL_SHARE = 0.6


def occupied_levels(grey: NDArray[np.generic]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Number the occupied grey levels from dark to bright and count their pixels.

    grey: [height, width], integer or float. Returns index [height, width], the number of each pixel's level, and
    counts [levels]. Integer images of up to 16 bits take a histogram instead of a sort.
    """
    if grey.dtype.kind in "iu":
        low = int(grey.min())
        if int(grey.max()) - low < 1 << 16:
            offset = grey.astype(np.int64) - low
            histogram = np.bincount(offset.ravel())
            number = np.cumsum(histogram > 0) - 1
            return number[offset], histogram[histogram > 0]
    _, index, counts = np.unique(grey, return_inverse=True, return_counts=True)
    return index.reshape(grey.shape), counts


def is_near_empty(counts: NDArray[np.intp]) -> bool:
    """Fewer than 16 occupied grey levels, or one that holds more than 60 % of the pixels: no radiograph."""
    return bool(counts.size < FEW_LEVELS or counts.max() > ONE_LEVEL_SHARE * counts.sum())


def darkest_first(index: NDArray[np.intp]) -> NDArray[np.intp]:
    """Positions (flat) of the pixels from dark to bright, without ties.

    index: [height, width], the number of each pixel's level. Pixels of one level are ordered by the means of their
    surroundings, 3 × 3 before 7 × 7, which draws a gradient where 8 bits drew a step (Coltuc, Bolon & Chassery 2006,
    doi 10.1109/TIP.2005.864170); where these agree too, by a fixed shuffle. Whole numbers only, so that every machine
    gives the same order.
    """
    levels = index.astype(np.int64)
    size = levels.size
    around = _box_sums(levels, 1) * 64 + _box_sums(levels, 3)
    return np.argsort(((levels << 26) + around).ravel() * size + _shuffle(size))


@lru_cache
def _shuffle(size: int) -> NDArray[np.int64]:
    """A permutation of 0 … size − 1 without a pattern: the ranks of hashed numbers (SplitMix64, Steele et al. 2014)."""
    hashed = (np.arange(size, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    hashed = (hashed ^ (hashed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    hashed = (hashed ^ (hashed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.argsort(np.argsort(hashed ^ (hashed >> np.uint64(31)))).astype(np.int64)


def _box_sums(levels: NDArray[np.int64], reach: int) -> NDArray[np.int64]:
    """Sum over the square of 2 · reach + 1 pixels around each, edges repeated."""
    sums = np.pad(levels, ((reach + 1, reach), (reach + 1, reach)), mode="edge").cumsum(0).cumsum(1)
    width = 2 * reach + 1
    return sums[width:, width:] - sums[:-width, width:] - sums[width:, :-width] + sums[:-width, :-width]
