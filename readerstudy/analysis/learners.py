"""Two simple programs that learn to tell two kinds apart, and the choice between them.

Each learns once for many labellings of the same images, so that a permutation test costs little more than one fit.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
# (features learnt from [n, d], their labels [n, k], features to score [m, d]) → scores [m, k]
Learner = Callable[[Floats, Truth, Floats], Floats]

MARGIN = 0.02  # of the AUC, by which the single feature has to be better
INNER_FOLDS = 4  # of the images learnt from, to choose between the programs
RIDGE = 1.0  # what holds less of the variance than one image's share is damped
FARTHEST = 4.0  # standard deviations; beyond them an image counts no more


def chosen(features: Floats, labels: Truth, block: NDArray[np.intp], held: Truth) -> Floats:
    """The scores of the held-out images, [m, k], by the program that did better within the others.

    features: [n, d]; labels: [n, k], with as many of either kind in a block whatever the labelling; block: [n]; held:
    [n], whole blocks. Whole blocks make the inner folds as well, and each labelling has its own choice. The
    labels of held-out images play no part.
    """
    learnt, target, to = features[~held], labels[~held], features[held]
    parts = np.unique(block[~held], return_inverse=True)[1] % INNER_FOLDS
    one, many = (
        sum(
            aucs(learn(learnt[parts != part], target[parts != part], learnt[parts == part]), target[parts == part])
            for part in range(INNER_FOLDS)
        )
        for learn in (best_feature, ridge)
    )
    return np.where(one >= many + MARGIN * INNER_FOLDS, best_feature(learnt, target, to), ridge(learnt, target, to))


def ridge(learnt: Floats, labels: Truth, to: Floats) -> Floats:
    """All features together: a regularised linear discriminant on them and their squares. See `Learner`."""
    centre, spread = learnt.mean(0), learnt.std(0)
    varies = spread > 1e-12 * np.maximum(np.abs(centre), 1)
    if not varies.any():
        return np.zeros((len(to), labels.shape[1]))
    at, beyond = (_expanded((rows[:, varies] - centre[varies]) / spread[varies]) for rows in (learnt, to))
    middle = at.mean(0)
    at, beyond = at - middle, beyond - middle
    target = labels - labels.mean(0)
    damping = RIDGE * at.shape[1]
    if at.shape[1] < len(at):
        return np.asarray(beyond @ np.linalg.solve(at.T @ at + damping * np.eye(at.shape[1]), at.T @ target))
    return np.asarray((beyond @ at.T) @ np.linalg.solve(at @ at.T + damping * np.eye(len(at)), target))


def best_feature(learnt: Floats, labels: Truth, to: Floats) -> Floats:
    """The one feature with the AUC farthest from one half, either way round. See `Learner`.

    As many of either kind are expected in every labelling.
    """
    ranks = stats.rankdata(learnt, axis=0) - (len(learnt) + 1) / 2
    sums = ranks.T.astype(np.float32) @ labels.astype(np.float32)  # halves of whole numbers: exact
    best = np.abs(sums).argmax(0)
    way = np.sign(sums[best, np.arange(best.size)])
    return np.asarray(to[:, best] * way, dtype=np.float64)


def aucs(scores: Floats, labels: Truth) -> Floats:
    """The AUC of each column of scores [m, k] for its own labels [m, k]; ties count one half."""
    ranks = stats.rankdata(scores, axis=0)
    positive = labels.sum(0)
    total = (ranks * labels).sum(0) - positive * (positive + 1) / 2
    return np.asarray(total / (positive * (len(scores) - positive)))


def distinct(features: Floats) -> Floats:
    """Without the features that are the same for all, or put the images in the same order as an earlier one does."""
    ranks = stats.rankdata(features, axis=0) - (len(features) + 1) / 2
    ranks *= np.where(ranks[0] < 0, -1, 1)
    seen: dict[bytes, int] = {}
    for index in np.flatnonzero(np.ptp(features, axis=0) > 0):
        seen.setdefault(ranks[:, index].tobytes(), int(index))
    return features[:, list(seen.values())]


def _expanded(standard: Floats) -> Floats:
    """Features and their squares, so that a kind which only varies more is found as well."""
    near = np.clip(standard, -FARTHEST, FARTHEST)
    return np.concatenate([near, near**2], axis=1)
