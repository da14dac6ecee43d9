"""One figure for each reader, and how the readers' errors go together: what Obuchowski–Rockette analyses start from.

Every figure takes readings [readers, cases] (NaN where there is no reading) and the truth [cases] (1 synthetic,
0 real) and keeps the readers who read every case that enters it. Readings are calls (1 “synthetic”, 0 “real”), for
the AUC any ratings that rise with being synthetic.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
COVARIANCES = ("jackknife", "delong", "unbiased")
PLAIN, LOGIT, FISHER = "", "logit scale", "Fisher’s z"


@dataclass(frozen=True)
class ReaderFigures:
    """values [r] of the readers in `rows` of the matrix; covariance [r, r] of their errors over samples of cases.

    low and high: the ends of the scale; null: the value of guessing, None where a guess may have any. reason: why there
    are no values, where so.
    covariance_error: variance of the mean covariance of two readers, over samples of cases; 0 where it counts as
    known. scale: on which the interval is symmetric: PLAIN, LOGIT (of what lies near 1), or FISHER (of a correlation).
    """

    name: str
    values: Floats
    covariance: Floats
    rows: NDArray[np.int_]
    method: str
    null: float | None = 0.5
    low: float = 0.0
    high: float = 1.0
    reason: str = ""
    covariance_error: float = 0.0
    scale: str = PLAIN


Figure = Callable[[ArrayLike, ArrayLike], ReaderFigures]


def accuracy(calls: ArrayLike, truth: ArrayLike) -> ReaderFigures:
    """Share of correct calls over all cases.

    Real and synthetic cases are sampled apart, as many of each as the study shows: where readers lean, how much easier
    one kind is than the other is no scatter of the cases. Without as many of each, a guess may have any accuracy: one
    who says “synthetic” to most is mostly right where most are. The null is then None; that of the balanced accuracy is
    one half all the same.
    """
    called, positive, rows = _complete(calls, truth)
    scores = (called == positive).astype(float)
    return _mean("accuracy", scores, rows, null=accuracy_of_guessing(positive), strata=positive)


def accuracy_of_guessing(truth: ArrayLike) -> float | None:
    """One half where as many cases are of each truth; None where not."""
    positive = np.asarray(truth).astype(bool)
    return 0.5 if 2 * positive.sum() == positive.size else None


def sensitivity(calls: ArrayLike, truth: ArrayLike) -> ReaderFigures:
    """Share of synthetic cases called synthetic; its covariance is over these cases alone.

    No null: of a reader who guesses it is the share of cases that they call synthetic.
    """
    called, _, rows = _complete(calls, truth, only=True)
    return replace(_mean("sensitivity", called, rows, null=None), scale=LOGIT)


def specificity(calls: ArrayLike, truth: ArrayLike) -> ReaderFigures:
    """Share of real cases called real; its covariance is over these cases alone. No null, as of sensitivity."""
    called, _, rows = _complete(calls, truth, only=False)
    return replace(_mean("specificity", 1 - called, rows, null=None), scale=LOGIT)


def proportion_correct(correct: ArrayLike, strata: ArrayLike | None = None) -> ReaderFigures:
    """Share of ones in a matrix of 1.0 and 0.0 that holds only the cases that enter it, of strata [cases] if given."""
    matrix = np.asarray(correct, dtype=float)
    scores, _, rows = _complete(matrix, np.ones(matrix.shape[-1]))
    return _mean("proportion", scores, rows, null=None, strata=strata)


def error_asymmetry(calls: ArrayLike, truth: ArrayLike) -> ReaderFigures:
    """Share of synthetic cases taken for real, less share of real cases taken for synthetic; 0 where neither leads.

    The same as specificity − sensitivity. Real and synthetic cases are sampled apart, so the covariances add up.
    """
    called, positive, rows = _complete(calls, truth)
    missed, alarms = 1 - called[:, positive], called[:, ~positive]
    reason = _too_few_of_each(positive)
    return _figures(
        "asymmetry of errors",
        missed.mean(1) - alarms.mean(1) if not reason else np.empty(0),
        sampling_covariance(missed) + sampling_covariance(alarms) if not reason else np.empty((0, 0)),
        rows,
        "real and synthetic cases sampled apart",
        null=0.0,
        low=-1.0,
        reason=reason,
    )


def balanced_accuracy(calls: ArrayLike, truth: ArrayLike, *, covariance: str = "delong") -> ReaderFigures:
    """Mean of sensitivity and specificity, which is the AUC of calls; `covariance` as for `auc`."""
    figures = auc(calls, truth, covariance=covariance)
    return replace(figures, name="balanced accuracy", scale=PLAIN)


def auc(ratings: ArrayLike, truth: ArrayLike, *, covariance: str = "delong") -> ReaderFigures:
    """Empirical area under the ROC curve: how often a synthetic case is rated above a real one, ties counting half.

    covariance: `delong` (DeLong, DeLong & Clarke-Pearson 1988, doi 10.2307/2531595), `jackknife` over all cases
    (Obuchowski & Rockette 1995), or `unbiased` (Gallas et al. 2009, doi 10.1080/03610920802610084). Raises ValueError
    for another name. Areas are often near 1, where a symmetric interval lies too high: docs/coverage.md.
    """
    if covariance not in COVARIANCES:
        raise ValueError(f"covariance is one of {', '.join(COVARIANCES)}, not {covariance!r}")
    rated, positive, rows = _complete(ratings, truth)
    if reason := _too_few_of_each(positive):
        return _figures("AUC", np.empty(0), np.empty((0, 0)), rows, covariance, reason=reason)
    above, below = mean_placements(rated, positive)
    values = above.mean(1)
    if covariance == "delong":
        together = sampling_covariance(above) + sampling_covariance(below)
    elif covariance == "jackknife":
        together = _jackknife(above, below)
    else:
        together = _unbiased(rated, positive, above, below)
    return replace(_figures("AUC", values, together, rows, covariance), scale=LOGIT)


def mean_placements(ratings: Floats, positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Of each positive case [readers, n] the share of negative ones below it, of each negative one [readers, m] the
    share of positive ones above it, ties counting half: from counts of each rating, not from every pair."""
    levels, codes = np.unique(ratings, return_inverse=True)
    place = codes.reshape(ratings.shape) + levels.size * np.arange(len(ratings))[:, None]
    shares = []
    for kind, others in ((positive, ~positive), (~positive, positive)):
        given = np.bincount(place[:, others].ravel(), minlength=len(ratings) * levels.size)
        given = given.reshape(len(ratings), levels.size)
        below = np.cumsum(given, axis=1) - given / 2
        shares.append(below.ravel()[place[:, kind]] / others.sum())
    return shares[0], 1 - shares[1]


def placements(negative: ArrayLike, positive: ArrayLike) -> Floats:
    """1 where a positive rating is above a negative one, ½ where equal, else 0 (NaN where one is missing).

    [n] and [m] → [n, m].
    """
    difference = np.subtract.outer(np.asarray(positive, dtype=float), np.asarray(negative, dtype=float)).T
    return (np.sign(difference) + 1) / 2


def _complete(
    readings: ArrayLike, truth: ArrayLike, *, only: bool | None = None
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.int_]]:
    """Readers who read every case (of one truth, where `only` says), the truth, and the rows that they come from."""
    matrix, positive = np.asarray(readings, dtype=float), np.asarray(truth).astype(bool)
    if matrix.ndim != 2 or positive.shape != matrix.shape[1:]:
        raise ValueError("readings are [readers, cases] and truth is [cases]")
    if only is not None:
        matrix, positive = matrix[:, positive == only], positive[positive == only]
    rows = np.flatnonzero(~np.isnan(matrix).any(1))
    return matrix[rows], positive, rows


def _mean(
    name: str, scores: Floats, rows: NDArray[np.int_], *, null: float | None, strata: ArrayLike | None = None
) -> ReaderFigures:
    if scores.shape[1] < 2:
        reason = "fewer than two cases enter it"
        return _figures(name, np.empty(0), np.empty((0, 0)), rows, "", null=null, reason=reason)
    # of a mean, the jackknife, DeLong's and the unbiased covariance are all the sample covariance over n
    return _figures(name, scores.mean(1), sampling_covariance(scores, strata), rows, "jackknife", null=null)


def _figures(
    name: str,
    values: Floats,
    covariance: Floats,
    rows: NDArray[np.int_],
    method: str,
    *,
    null: float | None = 0.5,
    low: float = 0.0,
    reason: str = "",
) -> ReaderFigures:
    if not reason and rows.size < 2:
        reason = "fewer than two readers read every case"
    return ReaderFigures(name, values, covariance, rows, method, null=null, low=low, reason=reason)


def _too_few_of_each(positive: NDArray[np.bool_]) -> str:
    return "fewer than two real or fewer than two synthetic cases" if min(positive.sum(), (~positive).sum()) < 2 else ""


def sampling_covariance(scores: Floats, strata: ArrayLike | None = None) -> Floats:
    """Covariance [r, r] of the means of scores [r, n] over samples of n cases, as many of each stratum [n] each time.

    Σ n_s²·C_s / n², C_s the covariance of the means of the n_s cases of one stratum; without strata they are one.
    """
    if not len(scores):
        return np.empty((0, 0))
    n = scores.shape[1]
    parts = cases_by_stratum(np.zeros(n) if strata is None else strata)
    return np.asarray(sum(part.size * np.atleast_2d(np.cov(scores[:, part])) for part in parts) / n**2)


def cases_by_stratum(strata: ArrayLike) -> list[NDArray[np.int_]]:
    """The cases of each stratum [n]; all in one where a stratum has a single case, whose scatter nobody sees."""
    of = np.asarray(strata)
    found = [np.flatnonzero(of == one) for one in np.unique(of)]
    return found if min((one.size for one in found), default=0) > 1 else [np.arange(of.size)]


def _jackknife(above: Floats, below: Floats) -> Floats:
    """Leaving a case out moves the AUC by (its placement − AUC) / (cases of its kind − 1)."""
    moved = np.hstack([(part - part.mean(1, keepdims=True)) / (part.shape[1] - 1) for part in (above, below)])
    cases = moved.shape[1]
    return (cases - 1) / cases * moved @ moved.T


def _unbiased(rated: Floats, positive: NDArray[np.bool_], above: Floats, below: Floats) -> Floats:
    """Var and covariance of two AUCs from products over pairs that share both, one or neither of their cases."""
    m, n = above.shape[1], below.shape[1]
    kernels = np.array([placements(row[~positive], row[positive]).ravel() for row in rated])
    both = kernels @ kernels.T
    share_positive, share_negative = n**2 * above @ above.T - both, m**2 * below @ below.T - both
    neither = (m * n) ** 2 * np.outer(above.mean(1), above.mean(1)) - both - share_positive - share_negative
    square = (both + share_positive + share_negative) / (m * n) ** 2
    apart = neither / (m * n * (m - 1) * (n - 1))
    return square - apart * (1 - (m - 1) * (n - 1) / (m * n))
