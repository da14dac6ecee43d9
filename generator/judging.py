"""How well grades were hit, and how well two kinds are told apart: pure functions on arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from generator.logistic import fit_logistic

FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """accuracy: share of the n images judged as their grade; within_one: at most one grade off; kappa: quadratic."""

    accuracy: float
    within_one: float
    kappa: float | None
    n: int


def judge(grades: ArrayLike, judged: ArrayLike) -> Judged:
    """Compare grades [n], 0–4, with a grader's; κ with quadratic weights (Cohen 1968, doi 10.1037/h0026256).

    κ = 1 − Σ(a − b)² / expected Σ(a − b)² of independent grades; None where one of them never varies.
    """
    a, b = np.asarray(grades, dtype=float), np.asarray(judged, dtype=float)
    expected = ((a[:, None] - b[None, :]) ** 2).mean()
    varies = bool(np.ptp(a) and np.ptp(b))
    kappa = float(1 - ((a - b) ** 2).mean() / expected) if varies else None
    return Judged(float((a == b).mean()), float((np.abs(a - b) <= 1).mean()), kappa, a.size)


def auc(scores: ArrayLike, positive: ArrayLike) -> float:
    """Area under the ROC curve of scores [n]: how often a positive one scores higher; ties count one half."""
    ranks, is_positive = rankdata(np.asarray(scores, dtype=float)), np.asarray(positive, dtype=bool)
    p, q = int(is_positive.sum()), int((~is_positive).sum())
    return float((ranks[is_positive].sum() - p * (p + 1) / 2) / (p * q))


def detector_auc(features: ArrayLike, positive: ArrayLike, groups: ArrayLike, *, seed: int = 0) -> float | None:
    """How well a logistic detector tells the positive features [n, d] from the others on groups it did not learn from.

    groups: [n], labels of what must not be split between folds, such as the knees of one subject. The mean of the AUCs
    within five folds, weighted by their pairs; None where no fold holds both kinds.
    """
    x, y = np.asarray(features), np.asarray(positive, dtype=bool)
    fold = folds_by_group(groups, y, seed=seed)
    values, weights = [], []
    for index in range(FOLDS):
        held = fold == index
        if len(set(y[held])) < 2 or len(set(y[~held])) < 2:
            continue
        model = fit_logistic(x[~held], y[~held], classes=2)
        scores = model.scores(x[held])
        values.append(auc(scores[:, 1] - scores[:, 0], y[held]))
        weights.append(int(y[held].sum()) * int((~y[held]).sum()))
    return float(np.average(values, weights=weights)) if values else None


def folds_by_group(groups: ArrayLike, positive: NDArray[np.bool_], *, seed: int) -> NDArray[np.intp]:
    """A fold for each row; a group lies in one fold, and each kind is dealt evenly."""
    _, group = np.unique(np.asarray(groups), return_inverse=True)
    random = np.random.default_rng(seed)
    fold_of_group = np.empty(group.max() + 1, dtype=np.intp)
    kind_of_group = np.zeros(group.max() + 1, dtype=bool)
    kind_of_group[group[positive]] = True
    for kind in (False, True):
        members = random.permutation(np.flatnonzero(kind_of_group == kind))
        fold_of_group[members] = np.arange(len(members)) % FOLDS
    return fold_of_group[group]
