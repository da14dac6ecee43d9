"""The grey levels an image uses: the common ground of polarity, equalisation and quality."""

import numpy as np
from numpy.typing import NDArray


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
