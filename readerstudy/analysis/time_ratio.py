"""Are wrong calls slower than right ones? The ratio of their times, for new readers and new cases."""

import math

import numpy as np
from numpy.typing import ArrayLike

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.grading_figures import error_of_mean_between
from readerstudy.analysis.obuchowski_rockette import pool_readers
from readerstudy.analysis.reader_figures import Floats, ReaderFigures

METHOD = "Obuchowski–Rockette of log times, wrong − right within readers, random readers and cases (Hillis 2007)"
WIDEST = 2 * math.log(1000)  # of an interval on the log scale
ENOUGH = 2  # calls of each kind: of a single one, nobody sees how its time scatters


def time_ratio(times: ArrayLike, correct: ArrayLike) -> Estimate:
    """Geometric mean time of wrong calls over that of right ones: times and correct [readers, cases], NaN where none.

    Each reader's difference of the mean log times, of readers with two calls of each kind, pooled over readers. Some
    images take everybody longer, and readers err on the same images: what each image moves the readers' differences by
    (the infinitesimal jackknife) makes their covariance.
    """
    taken, right = np.asarray(times, dtype=float), np.asarray(correct, dtype=float)
    logs = np.log(np.where(taken > 0, taken, np.nan))
    rows, values, moved = [], [], []
    for row, (log, was_right) in enumerate(zip(logs, right, strict=True)):
        kinds = [(was_right == kind) & ~np.isnan(log) for kind in (0, 1)]
        if min(kind.sum() for kind in kinds) >= ENOUGH:
            rows.append(row)
            values.append(log[kinds[0]].mean() - log[kinds[1]].mean())
            moved.append(_moved(log, kinds[0]) - _moved(log, kinds[1]))
    n = len(rows)
    if n < 2:
        return not_estimable(
            "fewer than two readers with the times of two right and two wrong calls", method=METHOD, n=n
        )
    by_case = np.array(moved)
    figures = ReaderFigures(
        "log time, wrong − right",
        np.array(values),
        by_case @ by_case.T,
        np.array(rows),
        "infinitesimal jackknife",
        null=0.0,
        low=-math.inf,
        high=math.inf,
        covariance_error=error_of_mean_between(by_case),
    )
    pooled = pool_readers(figures).estimate
    if pooled.high is not None and pooled.low is not None and pooled.high - pooled.low > WIDEST:
        value = None if pooled.value is None else math.exp(pooled.value)
        return Estimate(value, method=METHOD, n=n, reason="the interval is so wide that it says nothing")
    value, low, high = (None if one is None else math.exp(one) for one in (pooled.value, pooled.low, pooled.high))
    return Estimate(value, low, high, METHOD, n, pooled.p_value, pooled.reason)


def _moved(log: Floats, kind: np.ndarray) -> Floats:
    """What each case moves the mean log time of a kind of calls by; 0 of the others."""
    n = kind.sum()
    return np.where(kind, (log - log[kind].mean()) / n * math.sqrt(n / (n - 1)), 0.0)
