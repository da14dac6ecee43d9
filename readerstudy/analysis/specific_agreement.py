"""Agreement on each grade: when one reader gives it, how often does another give it too?"""

import math

import numpy as np
from numpy.typing import ArrayLike

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import by_logit_error
from readerstudy.analysis.readings import one_hot

METHOD = "positive agreement (Cicchetti & Feinstein 1990), logit interval for new cases"


def specific_agreement(ratings: ArrayLike, *, categories: int = 5) -> list[Estimate]:
    """Positive agreement on each grade, from ratings [readers, cases], NaN where missing.

    Of all ordered pairs of readings of one case whose first is the grade, the share whose second is it too: with two
    readers 2a / (2a + b + c) (Cicchetti & Feinstein 1990, doi 10.1016/0895-4356(90)90159-M), with more the same over
    all pairs (Fleiss 1971's conditional probability). Its error treats both sums as sums over a sample of cases (the
    delta method; for two readers Graham & Bull 1998, Journal of Clinical Epidemiology 51:763–771). n is the number of
    cases with that grade.
    """
    counts = one_hot(np.asarray(ratings, dtype=float), categories=categories).sum(0)
    raters = counts.sum(1, keepdims=True)
    agreed, possible = counts * (counts - 1), counts * (raters - 1)
    estimates = []
    for hits, of in zip(agreed.T, possible.T, strict=True):
        cases = int((of > 0).sum())
        if not cases:
            estimates.append(not_estimable("no case with two readings was given this grade", method=METHOD))
            continue
        share = float(hits.sum() / of.sum())
        n = int((raters > 1).sum())
        residual = hits - share * of
        error = math.sqrt((residual**2).sum() * n / max(n - 1, 1)) / of.sum()
        estimates.append(by_logit_error(share, error, method=METHOD, n=cases))
    return estimates
