"""Can a simple program tell two kinds apart? A cross-validated AUC with an interval and a permutation test.

The program weighs all features together, or takes the single best one, whichever does better on the images it learns
from (`learners`). A thousand permuted labels are learnt at once, and the same features give the same answer every time.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable
from readerstudy.analysis.learners import aucs, chosen, distinct

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]

BLOCKS, FOLDS = 10, 5  # of images; two blocks make a fold
SPLITS = 5  # ways to pair the blocks, averaged
PERMUTATIONS = 999
FEWEST = 12  # of each kind: with fewer, even a perfect separation is not rare among permuted labels
METHOD = (
    "cross-validated AUC (5 times 5 folds); the interval takes the larger of the influence-curve error (LeDell et al. "
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
    block = blocks(truth, rng)
    labels = np.column_stack([truth, *(_exchanged(truth, block, rng) for _ in range(permutations))])
    telling = distinct(given)
    found, influence = np.zeros(labels.shape[1]), np.zeros(truth.size)
    for held in folds(block, rng):
        scores = chosen(telling, labels, block, held)
        found += aucs(scores, labels[held])
        influence[held] += influence_on_auc(scores[:, 0], truth[held]) / SPLITS
    return judged(found / (FOLDS * SPLITS), influence)


def blocks(truth: Truth, rng: np.random.Generator) -> NDArray[np.intp]:
    """A block for each image, so that every block holds its share of both kinds."""
    block = np.empty(truth.size, dtype=np.intp)
    for kind in (truth, ~truth):
        block[kind] = rng.permutation(int(kind.sum())) % BLOCKS
    return block


def folds(block: NDArray[np.intp], rng: np.random.Generator, *, splits: int = SPLITS) -> Iterator[Truth]:
    """Which images [n] are held out, for each fold of so many ways to pair the blocks."""
    for _ in range(splits):
        fold = (rng.permutation(BLOCKS) % FOLDS)[block]
        yield from (fold == index for index in range(FOLDS))


def judged(found: Floats, influence: Floats, *, method: str = METHOD) -> Estimate:
    """The estimate by an AUC and those of the same images where there is nothing to find: found [1 + k].

    influence: [n], see `influence_on_auc`. The p value is one-sided, the share of all 1 + k that are as high.
    """
    value, under_null = float(found[0]), found[1:]
    error = max(float(np.sqrt((influence**2).mean() / influence.size)), float(under_null.std()))
    reach = float(stats.norm.ppf((1 + LEVEL) / 2)) * error
    p_value = float(1 + (under_null >= value - 1e-12).sum()) / found.size
    return Estimate(value, max(value - reach, 0.0), min(value + reach, 1.0), method, influence.size, p_value)


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


def _exchanged(truth: Truth, block: NDArray[np.intp], rng: np.random.Generator) -> Truth:
    """The labels, shuffled within each block."""
    by_block = np.argsort(block, kind="stable")
    shuffled = np.lexsort((rng.random(truth.size), block))
    exchanged = np.empty_like(truth)
    exchanged[by_block] = truth[shuffled]
    return exchanged
