"""Many tests at once: p values adjusted for one another within a family (Holm 1979)."""

from collections.abc import Sequence

import numpy as np


def adjusted_p_values(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's p values of one family, in order; a test that could not be done (None) counts as one that failed.

    The smallest of m is multiplied by m, the next by m − 1, and so on, none smaller than the one before and none above
    1 (Holm 1979, Scandinavian Journal of Statistics 6:65–70).
    """
    tested = np.array([1.0 if one is None else one for one in p_values])
    order = np.argsort(tested, kind="stable")
    adjusted = np.empty(tested.size)
    adjusted[order] = np.minimum(np.maximum.accumulate(tested[order] * (tested.size - np.arange(tested.size))), 1)
    return [None if one is None else float(found) for one, found in zip(p_values, adjusted, strict=True)]


def adjusted_among_tested(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's p values of a table of further tests, in order; what could not be tested (None) is not of the family."""
    found = iter(adjusted_p_values([one for one in p_values if one is not None]))
    return [None if one is None else next(found) for one in p_values]
