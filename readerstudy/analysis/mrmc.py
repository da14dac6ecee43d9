"""Pooled figures that hold for new readers and new cases: multi-reader multi-case analysis of one modality."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable

METHOD = "Obuchowski–Rockette, one modality, random readers and cases (Hillis 2007)"


def pooled_proportion(correct: ArrayLike, *, null: float = 0.5) -> Estimate:
    """The readers' mean proportion of correct readings, by the Obuchowski–Rockette model.

    correct [readers, cases]: 1.0 or 0.0, only the cases that enter the proportion (sensitivity: the synthetic ones).
    With r readers, θ_i the proportion of reader i, MS(R) the variance of θ_i and Cov₂ the mean covariance between two
    readers' θ by the jackknife over these cases:

        SE² = [MS(R) + r·max(Cov₂, 0)] / r,   df = (r − 1)·[(MS(R) + r·max(Cov₂, 0)) / MS(R)]²

    (Hillis 2007, doi 10.1002/sim.2532; Obuchowski & Rockette 1995, doi 10.1080/03610919508813243). The p value tests
    the mean against `null`. Readers with a missing reading (NaN) are left out, since the model needs a crossed design.
    """
    matrix = np.asarray(correct, dtype=float)
    if matrix.ndim == 2:
        matrix = matrix[~np.isnan(matrix).any(1)]
    if matrix.ndim != 2 or len(matrix) < 2:
        return not_estimable("fewer than two readers read every case", method=METHOD, n=len(matrix))
    readers, cases = matrix.shape
    if cases < 2:
        return not_estimable("fewer than two cases", method=METHOD, n=readers)
    by_reader = matrix.mean(1)
    value = float(by_reader.mean())
    covariance = np.cov(matrix) / cases  # of two proportions the jackknife is the sample covariance over n
    between = covariance[~np.eye(readers, dtype=bool)].mean()
    mean_square = float(by_reader.var(ddof=1))
    total = mean_square + readers * max(float(between), 0.0)
    if total <= 1e-15:
        return Estimate(
            value, method=METHOD, n=readers, reason="all readers agree on every case: no variance to judge by"
        )
    error = math.sqrt(total / readers)
    freedom = (readers - 1) * (total / mean_square) ** 2 if mean_square > 1e-15 else math.inf
    reach = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    p_value = float(2 * stats.t.sf(abs(value - null) / error, freedom))
    return Estimate(value, max(value - reach, 0), min(value + reach, 1), METHOD, readers, p_value)
