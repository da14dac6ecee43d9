"""Readers against themselves: first and repeated readings of the same cases, of one reader and pooled over readers."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.agreement import agreement_weights, kappa_of_tables, kappa_with_error
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import by_fisher_error, by_jackknife, without_each
from readerstudy.analysis.readings import one_hot

Floats = NDArray[np.float64]
FEWEST = 10  # repeated readings of one reader for an interval of κ


def self_kappa(first: ArrayLike, again: ArrayLike, *, weights: str = "quadratic", categories: int = 5) -> Estimate:
    """κ of one reader's first readings [cases] and their repeats, NaN where there is none.

    The asymptotic standard error of Fleiss, Cohen & Everitt (1969, doi 10.1037/h0028106), t with n − 1 degrees of
    freedom on the scale of Fisher's z, which holds the truth more often than the plain interval. Without an interval
    below `FEWEST` cases, where no large-sample error says anything.
    """
    method = f"κ with oneself, {weights} weights (Fleiss, Cohen & Everitt 1969), Fisher’s z"
    hot, repeated = (one_hot(np.asarray(one, dtype=float), categories=categories) for one in (first, again))
    table = hot.T @ repeated
    n = int(table.sum())
    if n < 2:
        return not_estimable("fewer than two cases were rated twice", method=method, n=n)
    value, error = kappa_with_error(table, weights=weights)
    if np.isnan(value):
        return not_estimable("every repeated case was given the same single grade", method=method, n=n)
    if n < FEWEST:
        return Estimate(value, method=method, n=n, reason=f"fewer than {FEWEST} repeated readings")
    return by_fisher_error(value, error, method=method, n=n, freedom=n - 1)


def pooled_self_kappa(
    first: ArrayLike, again: ArrayLike, *, weights: str = "quadratic", categories: int = 5
) -> Estimate:
    """κ of all readers' first readings [readers, cases] and their repeats, in one table; NaN where there is none.

    A few hidden repeats say little about one reader, and often have no κ; together they do. The interval leaves out one
    reader at a time (jackknife, t with readers − 1 degrees of freedom), since readings of one reader hang together: it
    is meant for new readers, and for these cases alone, whose scatter it does not count. Each table is symmetrised,
    because which reading came first carries no meaning.
    """
    method = f"κ with oneself, pooled ({weights} weights), jackknife over readers"

    def statistic(tables: Floats) -> Floats:
        return kappa_of_tables(tables + tables.swapaxes(-1, -2), weights=weights)

    return _over_readers(first, again, statistic, method=method, categories=categories, lowest=-1)


def pooled_self_agreement(first: ArrayLike, again: ArrayLike, *, within: int = 0, categories: int = 5) -> Estimate:
    """Share of all repeated readings at most `within` grades from the first; interval as in `pooled_self_kappa`."""
    method = "agreement with oneself, pooled, jackknife over readers"
    distance = (1 - agreement_weights(categories, weights="linear")) * (categories - 1)
    near = distance < within + 0.5

    def statistic(tables: Floats) -> Floats:
        with np.errstate(invalid="ignore"):
            return np.asarray((tables * near).sum((-1, -2)) / tables.sum((-1, -2)))

    return _over_readers(first, again, statistic, method=method, categories=categories, lowest=0)


def _over_readers(
    first: ArrayLike,
    again: ArrayLike,
    statistic: Callable[[Floats], Floats],
    *,
    method: str,
    categories: int,
    lowest: float,
) -> Estimate:
    hot, repeated = (one_hot(np.asarray(one, dtype=float), categories=categories) for one in (first, again))
    tables = np.einsum("rnk,rnl->rkl", hot, repeated)
    tables = tables[tables.sum((1, 2)) > 0]
    n = int(tables.sum())
    if not n:
        return not_estimable("no reader read a case twice", method=method)
    value = float(statistic(tables.sum(0)))
    if np.isnan(value):
        return not_estimable("every repeated case was given the same single grade", method=method, n=n)
    readers = len(tables)
    if readers < 2:
        reason = "only one reader has repeats: nothing says how readers differ"
        return Estimate(value, method=method, n=n, reason=reason)
    left_out = statistic(np.tensordot(without_each(readers), tables, axes=1))
    return by_jackknife(value, left_out, method=method, n=n, lowest=lowest)
