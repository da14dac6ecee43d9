"""Can a simple program tell two kinds apart? A cross-validated AUC with an interval and a permutation test.

The program is a regularised linear discriminant on the features and their squares. Its scores are linear in the
labels, so that thousands of permuted labels cost one more matrix product each fold, and the same features give the
same answer every time.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

BLOCKS, FOLDS = 10, 5  # of images; two blocks make a fold
SPLITS = 10  # ways to pair the blocks, averaged
PERMUTATIONS = 999
FEWEST = 12  # of each kind: with fewer, even a perfect separation is not rare among permuted labels
RIDGE = 1.0  # what holds less of the variance than one image's share is damped
FARTHEST = 4.0  # standard deviations; beyond them an image counts no more
METHOD = (
    "cross-validated AUC (10 times 5 folds); the interval takes the larger of the influence-curve error (LeDell et al. "
    "2015, doi 10.1214/15-EJS1035) and the permutation error; one-sided permutation test (Phipson & Smyth 2010, doi "
    "10.2202/1544-6115.1585)"
)


def separability(features: ArrayLike, synthetic: ArrayLike, *, permutations: int = PERMUTATIONS) -> Estimate:
    """How well the features tell synthetic from real on images not learnt from: AUC 0.5 not at all, 1 always.

    features: [n, d], finite; synthetic: [n], the truth. The AUC is a mean of AUCs within folds: scores of different
    folds are never compared, so its expectation is one half where there is nothing to find. The permutations
    exchange labels within blocks that every fold is made of, which makes the one-sided p_value exact. Where all
    rows are equal, the value is 0.5 without an interval. Not estimable with fewer than twelve images of a kind.
    Deterministic. Raises ValueError when the shapes do not fit or a feature is not finite.
    """
    given, truth = np.asarray(features, dtype=np.float64), np.asarray(synthetic, dtype=bool)
    if given.ndim != 2 or truth.shape != given.shape[:1]:
        raise ValueError("features are [n, d] and the truth is [n]")
    if not np.isfinite(given).all():
        raise ValueError("the features hold values that are not finite")
    if min(truth.sum(), (~truth).sum()) < FEWEST:
        return not_estimable(f"fewer than {FEWEST} images of a kind", method=METHOD, n=truth.size)
    if (given == given[0]).all():
        return Estimate(0.5, None, None, METHOD, truth.size, 1.0, "the same for every image")
    rng = np.random.Generator(np.random.PCG64(20221))
    block = _blocks(truth, rng)
    labels = np.column_stack([truth, *(_exchanged(truth, block, rng) for _ in range(permutations))])
    aucs, influence = np.zeros(labels.shape[1]), np.zeros(truth.size)
    for _ in range(SPLITS):
        fold_of_block = rng.permutation(BLOCKS) % FOLDS
        fold = fold_of_block[block]
        for index in range(FOLDS):
            held = fold == index
            scores = _scores(given[~held], labels[~held], given[held])
            aucs += _aucs(scores, labels[held])
            influence[held] += influence_on_auc(scores[:, 0], truth[held]) / SPLITS
    aucs /= FOLDS * SPLITS
    value, under_null = float(aucs[0]), aucs[1:]
    error = max(float(np.sqrt((influence**2).mean() / truth.size)), float(under_null.std()))
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    p_value = float(1 + (under_null >= value - 1e-12).sum()) / (1 + permutations)
    return Estimate(value, max(value - reach, 0.0), min(value + reach, 1.0), METHOD, truth.size, p_value)


def influence_on_auc(scores: ArrayLike, positive: ArrayLike) -> Floats:
    """How far each observation moves the AUC of these scores: the mean square over n is its variance.

    scores, positive: [n]. LeDell et al. 2015, section 4; for one sample the variance is that of DeLong et al. 1988
    with n in place of n − 1.
    """
    score, is_positive = np.asarray(scores, dtype=float), np.asarray(positive, dtype=bool)
    above = (score[is_positive, None] > score[None, ~is_positive]).astype(float)
    above += 0.5 * (score[is_positive, None] == score[None, ~is_positive])
    share = is_positive.mean()
    influence = np.empty(score.size)
    influence[is_positive] = (above.mean(1) - above.mean()) / share
    influence[~is_positive] = (above.mean(0) - above.mean()) / (1 - share)
    return influence


def _blocks(truth: Truth, rng: np.random.Generator) -> NDArray[np.intp]:
    """A block for each image, so that every block holds its share of both kinds."""
    block = np.empty(truth.size, dtype=np.intp)
    for kind in (truth, ~truth):
        block[kind] = rng.permutation(int(kind.sum())) % BLOCKS
    return block


def _exchanged(truth: Truth, block: NDArray[np.intp], rng: np.random.Generator) -> Truth:
    """The labels, shuffled within each block."""
    by_block = np.argsort(block, kind="stable")
    shuffled = np.lexsort((rng.random(truth.size), block))
    exchanged = np.empty_like(truth)
    exchanged[by_block] = truth[shuffled]
    return exchanged


def _scores(learnt: Floats, labels: Truth, held: Floats) -> Floats:
    """Train on `learnt` [n, d] once for each column of labels [n, k]; the scores [m, k] of the held-out images."""
    centre, spread = learnt.mean(0), learnt.std(0)
    varies = spread > 1e-12 * np.maximum(np.abs(centre), 1)
    if not varies.any():
        return np.zeros((len(held), labels.shape[1]))
    centre, spread = centre[varies], spread[varies]
    at, to = (_expanded((rows[:, varies] - centre) / spread) for rows in (learnt, held))
    middle = at.mean(0)
    at, to = at - middle, to - middle
    target = labels - labels.mean(0)
    ridge = RIDGE * at.shape[1]
    if at.shape[1] < len(at):
        return np.asarray(to @ np.linalg.solve(at.T @ at + ridge * np.eye(at.shape[1]), at.T @ target))
    return np.asarray((to @ at.T) @ np.linalg.solve(at @ at.T + ridge * np.eye(len(at)), target))


def _expanded(standard: Floats) -> Floats:
    """Features and their squares, so that a kind which only varies more is found as well."""
    near = np.clip(standard, -FARTHEST, FARTHEST)
    return np.concatenate([near, near**2], axis=1)


def _aucs(scores: Floats, labels: Truth) -> Floats:
    """The AUC of each column of scores [m, k] for its own labels [m, k]; ties count one half."""
    ranks = stats.rankdata(scores, axis=0)
    positive = labels.sum(0)
    total = (ranks * labels).sum(0) - positive * (positive + 1) / 2
    return np.asarray(total / (positive * (len(scores) - positive)))
