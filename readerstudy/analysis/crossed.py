"""The crossed part of readings with gaps: readers and cases of whom none is missing."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class CrossedPart:
    """Indices of the readers (rows) and cases (columns) that are kept."""

    readers: NDArray[np.int_]
    cases: NDArray[np.int_]

    def of(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        """The kept readings of a matrix [readers, cases]."""
        return np.asarray(matrix[np.ix_(self.readers, self.cases)])


def crossed_part(matrix: ArrayLike) -> CrossedPart:
    """Leave out the reader or the case that lacks the largest share of its readings, again and again, until none lacks.

    matrix [readers, cases], NaN where there is no reading. So a reader who stopped half-way is left out, and an image
    that one of many readers skipped; of equal shares the reader goes, and of readers, or cases, the last one.
    """
    missing = np.isnan(np.asarray(matrix, dtype=float))
    readers, cases = (np.arange(size) for size in missing.shape)
    while missing.any():
        of_readers, of_cases = missing.mean(1), missing.mean(0)
        if of_readers.max() >= of_cases.max():
            kept = np.arange(readers.size) != _last(of_readers)
            readers, missing = readers[kept], missing[kept]
        else:
            kept = np.arange(cases.size) != _last(of_cases)
            cases, missing = cases[kept], missing[:, kept]
    return CrossedPart(readers, cases)


def _last(shares: NDArray[np.float64]) -> int:
    """Where the largest share stands last."""
    return int(shares.size - 1 - shares[::-1].argmax())
