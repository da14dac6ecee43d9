"""Coefficients of agreement between readers as functions of how often each reader and each case is drawn.

All but the mean of pairwise κ hang on one table of each sample: how often two readers of a case gave this and that
grade. A reader drawn twice makes no pair with themselves, who would agree with their own copy on every case.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from readerstudy.analysis.agreement import agreement_weights
from readerstudy.analysis.krippendorff import alpha_of
from readerstudy.analysis.readings import one_hot
from readerstudy.analysis.two_way_bootstrap import Floats, Statistic


@dataclass(frozen=True)
class Coincidences:
    """Of b samples: pairs [b, k, k], shares of the pairs of readers by their two grades, each case weighing alike;
    grades [b, k], shares of the readings; counted [b, k, k], the pairs of a case weighing as its readings; plain
    [b, k, k], every pair weighing alike."""

    pairs: Floats
    grades: Floats
    counted: Floats
    plain: Floats


Coefficient = Callable[[Coincidences], Floats]  # [b]


def coefficients_of(ratings: ArrayLike, coefficients: list[Coefficient], *, categories: int = 5) -> Statistic:
    """The coefficients [b, m] of ratings [readers, cases], NaN where missing; each as its own module defines it."""
    hot = one_hot(np.asarray(ratings, dtype=float), categories=categories)
    number, n, k = hot.shape
    flat = hot.reshape(number, n * k)

    def statistic(readers: Floats, cases: Floats) -> Floats:
        given, own = (drawn.reshape(-1, n, k) for drawn in (readers @ flat, readers**2 @ flat))
        read = given.sum(2)
        possible = read**2 - own.sum(2)  # pairs of two readers
        with np.errstate(invalid="ignore", divide="ignore"):
            weight = np.where(possible > 0, cases / possible, 0)
            pairs = _pairs(given, own, weight)
            shares = np.where(read > 0, cases / read, 0)[:, None] @ given
            found = Coincidences(
                pairs / pairs.sum((1, 2), keepdims=True),
                (shares / shares.sum(2, keepdims=True))[:, 0],
                _pairs(given, own, weight * read),
                _pairs(given, own, cases),
            )
            return np.stack([coefficient(found) for coefficient in coefficients], axis=1)

    return statistic


def _pairs(given: Floats, own: Floats, weight: Floats) -> Floats:
    """How often two readers gave each two grades [b, k, k], from the grades given to each case [b, n, k]."""
    table = (given * weight[..., None]).transpose(0, 2, 1) @ given
    diagonal = np.arange(table.shape[1])
    table[:, diagonal, diagonal] -= (weight[:, None] @ own)[:, 0]
    return table


def share_within(within: int) -> Coefficient:
    """As `chance_corrected.pairwise_agreement`."""

    def share(found: Coincidences) -> Floats:
        grades = np.arange(found.pairs.shape[1])
        return np.asarray((found.pairs * (np.abs(np.subtract.outer(grades, grades)) <= within)).sum((1, 2)))

    return share


def on_grade(grade: int) -> Coefficient:
    """As `specific_agreement.specific_agreement` of one grade; NaN where nobody gave it."""
    return lambda found: found.plain[:, grade, grade] / found.plain[:, grade].sum(1)


def fleiss(weights: str) -> Coefficient:
    """As `chance_corrected.fleiss_kappa`."""

    def kappa(found: Coincidences) -> Floats:
        w = agreement_weights(found.pairs.shape[1], weights=weights)
        return _corrected(found, w, ((found.grades @ w) * found.grades).sum(1))

    return kappa


def gwet(weights: str) -> Coefficient:
    """As `chance_corrected.gwet_ac`."""

    def coefficient(found: Coincidences) -> Floats:
        k = found.pairs.shape[1]
        w = agreement_weights(k, weights=weights)
        return _corrected(found, w, w.sum() / (k * (k - 1)) * (found.grades * (1 - found.grades)).sum(1))

    return coefficient


def alpha(metric: str) -> Coefficient:
    """As `krippendorff.krippendorff_alpha`."""
    return lambda found: alpha_of(found.counted, metric=metric)


def _corrected(found: Coincidences, w: Floats, by_chance: Floats) -> Floats:
    agreed = (found.pairs * w).sum((1, 2))
    return np.where(by_chance < 1 - 1e-12, (agreed - by_chance) / (1 - by_chance), np.nan)
