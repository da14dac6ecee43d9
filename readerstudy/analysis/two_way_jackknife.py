"""Intervals by leaving out each reader and each case, for differences in which the readers' own share cancels out."""

import math

import numpy as np
from numpy.typing import ArrayLike

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.intervals import SAMPLES_AT_ONCE, by_error, without_each
from readerstudy.analysis.two_way_bootstrap import Floats, Statistic

METHOD = "jackknife over readers and cases"
NOTHING_LEFT = "it cannot be computed without some reader or case"


def jackknife_estimates(statistics: Statistic, *, readers: int, strata: ArrayLike) -> list[Estimate]:
    """Statistics that are computed together [b, m], each with a 95 % interval for new readers and new cases.

    The variance over readers plus that over cases within strata [cases], each by the jackknife (Efron & Stein 1981, doi
    10.1214/aos/1176345462); each holds what is of one reading alone, so that the sum is rather too wide. A bootstrap
    over both holds it three times (Owen 2007, doi 10.1214/07-AOAS122): of a difference between two sets of cases, in
    which the readers' severity cancels out, little else is left, and its intervals are nearly twice too wide.
    """
    kinds = np.unique(np.asarray(strata), return_inverse=True)[1]
    value = statistics(np.ones((1, readers)), np.ones((1, kinds.size)))[0]
    variance = _scatter(statistics(without_each(readers), np.ones((readers, kinds.size))))
    for kind in range(kinds.max() + 1):
        members = np.flatnonzero(kinds == kind)
        if members.size > 1:
            variance = variance + _scatter(_without_cases(statistics, members, readers=readers, cases=kinds.size))
    return [
        Estimate(float(one), method=METHOD, n=readers, reason=NOTHING_LEFT)
        if np.isfinite(one) and not np.isfinite(error)
        else by_error(float(one), float(error), method=METHOD, n=readers, lowest=-2, highest=2)
        for one, error in zip(value, np.sqrt(variance), strict=True)
    ]


def _without_cases(statistics: Statistic, members: np.ndarray, *, readers: int, cases: int) -> Floats:
    """The statistics [n, m] without each of these n cases."""
    found = []
    for some in np.array_split(members, math.ceil(members.size / SAMPLES_AT_ONCE)):
        counts = np.ones((some.size, cases))
        counts[np.arange(some.size), some] = 0
        found.append(statistics(np.ones((some.size, readers)), counts))
    return np.concatenate(found)


def _scatter(without: Floats) -> Floats:
    """The jackknife's variance of each statistic from its values without each of n units [n, m]."""
    n = len(without)
    return np.asarray((n - 1) / n * ((without - without.mean(0)) ** 2).sum(0))
