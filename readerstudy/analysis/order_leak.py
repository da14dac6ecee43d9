"""Does the order of the cases tell their kinds more than an even order must?

Kinds and grades are mixed evenly in an order, so that who knew the kinds of all cases before could guess the next one
somewhat better than a coin. What is tested is whether the order tells more than orders drawn in that way do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.leakage import kinds_before, places
from readerstudy.analysis.learners import aucs
from readerstudy.analysis.separation import FEWEST, blocks, folds, influence_on_auc, judged

Floats = NDArray[np.float64]

DRAWS = 499  # orders to compare with
SPLITS = 3
# how far along, the kind just before and the balance so far, among `places` and `kinds_before`: less damped
PLAINEST, WEIGHT = [0, -9, -1], 3.0
ATTEMPTS, LONGEST_RUN = 20, 4  # draws of one order until no kind comes more than so often in a row
METHOD = (
    "cross-validated AUC (3 times 5 folds) of a program that knows the place of a case and the kinds of those before; "
    "the interval takes the larger of the influence-curve error (LeDell et al. 2015, doi 10.1214/15-EJS1035) and that "
    "of 499 even orders; one-sided test against these"
)


@dataclass(frozen=True)
class OrderEstimate(Estimate):
    """mixed_alike: the median AUC of the orders that it is compared with; None where it is not estimable."""

    mixed_alike: float | None = None


def order_separability(
    positions: ArrayLike, synthetic: ArrayLike, grades: ArrayLike, *, draws: int = DRAWS
) -> OrderEstimate:
    """How well places, and the kinds of the cases before, tell synthetic from real.

    positions: [n, p], from 1, of each case in each of p orders; synthetic: [n], the truth; grades: [n]. The program is
    a regularised linear one on `places` and `kinds_before`; the AUC is that of the order that tells most. The p value
    compares it with that of 499 times p orders in which kinds and grades are mixed evenly (`even_order`), where it is
    above one half as well (`mixed_alike`): an interval without one half is no leak by that. Not estimable with fewer
    than twelve cases of a kind. Deterministic. Raises ValueError when the shapes do not fit.
    """
    place, truth = np.asarray(positions, dtype=np.intp), np.asarray(synthetic, dtype=bool)
    if place.ndim != 2 or truth.shape != place.shape[:1] or np.shape(grades) != truth.shape:
        raise ValueError("positions are [n, p], truth and grades are [n]")
    if min(truth.sum(), (~truth).sum()) < FEWEST:
        return OrderEstimate(None, method=METHOD, n=truth.size, reason=f"fewer than {FEWEST} images of a kind")
    rng = np.random.Generator(np.random.PCG64(20221))
    block = blocks(truth, rng)
    held_out = list(folds(block, rng, splits=SPLITS))
    even = [[even_order(truth, grades, rng) for _ in range(draws)] for _ in place.T]
    told = [_told([order, *drawn], truth, held_out) for order, drawn in zip(place.T, even, strict=True)]
    most = int(np.argmax([found[0] for found, _ in told]))
    found = np.max([found for found, _ in told], axis=0)
    estimate = judged(found, told[most][1], method=METHOD)
    return OrderEstimate(**vars(estimate), mixed_alike=float(np.median(found[1:])))


def even_order(synthetic: ArrayLike, grades: ArrayLike, rng: np.random.Generator) -> NDArray[np.intp]:
    """A place from 1 for each case [n]: each kind of each grade spread evenly, from a random start, with a jitter.

    Of up to twenty such orders the first in which no kind comes more than four times in a row, else the one with the
    shortest run.
    """
    truth = np.asarray(synthetic, dtype=bool)
    stratum = np.unique(np.column_stack([truth, grades]), axis=0, return_inverse=True)[1].ravel()
    size = np.bincount(stratum)
    best, shortest = np.empty(0, dtype=np.intp), truth.size + 1
    for _ in range(ATTEMPTS):
        rank = np.empty(truth.size)
        rank[np.lexsort((rng.random(truth.size), stratum))] = np.concatenate([np.arange(one) for one in size])
        moment = (rank + (rng.random(size.size)[stratum] + rng.random(truth.size)) / 2) / size[stratum]
        order = np.argsort(moment)
        run = _longest_run(truth[order])
        if run < shortest:
            best, shortest = np.argsort(order) + 1, run
        if run <= LONGEST_RUN:
            break
    return best


def _longest_run(kinds: NDArray[np.bool_]) -> int:
    ends = np.flatnonzero(np.diff(kinds)) + 1
    return int(np.diff(ends, prepend=0, append=kinds.size).max())


def _told(
    orders: Sequence[NDArray[np.intp]], truth: NDArray[np.bool_], held_out: Sequence[NDArray[np.bool_]]
) -> tuple[Floats, Floats]:
    """The AUC in each of k orders, [k], and the influence of each case on that in the first, [n]."""
    seen = np.stack([np.hstack([places(order), kinds_before(order, truth)]) for order in orders])
    found, influence = np.zeros(len(orders)), np.zeros(truth.size)
    for held in held_out:
        scores = _scores(seen, truth, held)
        found += aucs(scores, np.repeat(truth[held][:, None], len(orders), axis=1))
        influence[held] += influence_on_auc(scores[:, 0], truth[held]) / SPLITS
    return found / len(held_out), influence


def _scores(seen: Floats, truth: NDArray[np.bool_], held: NDArray[np.bool_]) -> Floats:
    """Learn each of k orders, seen [k, n, d], by the cases that are not held out; scores [m, k] of those that are."""
    learnt = seen[:, ~held]
    centre, spread = learnt.mean(1, keepdims=True), learnt.std(1, keepdims=True)
    standard = (seen - centre) / np.where(spread > 0, spread, 1)
    standard[:, :, PLAINEST] *= WEIGHT
    at, to = standard[:, ~held], standard[:, held]
    target = truth[~held] - truth[~held].mean()
    products = at @ at.transpose(0, 2, 1) + at.shape[2] * np.eye(at.shape[1])
    weights = np.linalg.solve(products, np.broadcast_to(target[:, None], (len(seen), target.size, 1)))
    return np.asarray((to @ (at.transpose(0, 2, 1) @ weights))[:, :, 0].T)
