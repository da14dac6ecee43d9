"""What moves the odds of a correct answer: logistic regression with random intercepts of readers and of cases.

Answers of one reader, and to one case, resemble each other; the random intercepts take that up, so an odds ratio of
experience, grade or position holds for new readers and new cases. Any readings may be missing. An effect that differs
from reader to reader, as of source where readers lean, would need a random slope: its intervals here are too narrow.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize
from scipy.special import stdtr

from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import quantile_of_t
from readerstudy.analysis.laplace_likelihood import CrossedLogistic, Floats, NoMode

METHOD = "logistic model, random intercepts of readers and cases, Laplace approximation, Wald interval of Student’s t"
INTERCEPT = "intercept"
WIDEST = 12.0  # of a standard deviation in logits: beyond, every reader or case is always right or always wrong
ALL_BUT_ZERO = 1e-3
FEW = 2000  # answers that are soon tested for separation
DIFFERENCE = 1e-4  # step of the numerical second derivative


@dataclass(frozen=True)
class Effect:
    """coefficient in logits with its standard error; odds_ratio with the interval and the test against 1.

    The intercept's ratio is the odds of a correct answer where all effects are 0, reader and case being typical.
    """

    coefficient: float
    error: float
    odds_ratio: Estimate


@dataclass(frozen=True)
class CrossedFit:
    """effects by name; reader_spread and case_spread: standard deviations of the intercepts, in logits.

    reason: why there is no fit, where there is none; the effects are then empty.
    """

    effects: dict[str, Effect] = field(default_factory=dict)
    reader_spread: float | None = None
    case_spread: float | None = None
    log_likelihood: float | None = None
    readers: int = 0
    cases: int = 0
    answers: int = 0
    reason: str = ""

    def odds_ratio(self, name: str) -> Estimate:
        """Of one effect, or the reason why there is none."""
        return self.effects[name].odds_ratio if self.effects else not_estimable(self.reason, method=METHOD)


def fit_crossed_logistic(correct: ArrayLike, effects: Mapping[str, ArrayLike] | None = None) -> CrossedFit:
    """Fit to correct [..., readers, cases], 1.0 or 0.0, NaN where there is no answer; leading axes are repeats.

    effects: numbers that broadcast to the same shape: [readers, 1] experience, [cases] grade, [2, 1, 1] phase; answers
    without one of them (NaN) are left out. Fixed effects, standard deviations and standard errors (from the second
    derivative of the log likelihood) are those of lme4's glmer with nAGQ = 1 (Bates et al. 2015, doi
    10.18637/jss.v067.i01); intervals and tests take Student's t (`_freedom`), as those of new readers must where
    readers are few. Raises ValueError when an effect does not broadcast.
    """
    matrix = np.asarray(correct, dtype=float)
    names = [INTERCEPT, *(effects or {})]
    columns = [np.broadcast_to(np.asarray(x, dtype=float), matrix.shape) for x in (effects or {}).values()]
    there = ~np.isnan(matrix) & np.all([~np.isnan(x) for x in [matrix, *columns]], axis=0)
    readers, cases = np.nonzero(there)[-2:]
    answers = matrix[there]
    fixed = np.column_stack([np.ones(answers.size), *(x[there] for x in columns)])
    reader_names, readers = np.unique(readers, return_inverse=True)
    case_names, cases = np.unique(cases, return_inverse=True)
    counts = {"readers": reader_names.size, "cases": case_names.size, "answers": answers.size}
    if reason := _why_not(answers, fixed, names, readers=reader_names.size, cases=case_names.size):
        return CrossedFit(**counts, reason=reason)
    scale = _scaling(fixed)
    model = CrossedLogistic(answers, readers, cases, fixed @ scale)
    try:
        at, curvature, height = _maximum(model)
    except NoMode:
        return CrossedFit(**counts, reason="the fit does not converge")
    p = fixed.shape[1]
    if at[p:].max() > 0.999 * WIDEST:
        kind = "readers" if at[p] > at[p + 1] else "cases"
        return CrossedFit(**counts, reason=f"the {kind} scatter without bound: nearly each is always right or wrong")
    free = np.concatenate([np.ones(p, dtype=bool), at[p:] > ALL_BUT_ZERO])
    try:
        inverse = linalg.inv(linalg.cholesky(curvature[np.ix_(free, free)], lower=True))
    except linalg.LinAlgError:
        return CrossedFit(**counts, reason="the fit does not converge: the likelihood has no single maximum")
    covariance = scale @ (inverse.T @ inverse)[:p, :p] @ scale.T
    beta, errors = scale @ at[:p], np.sqrt(covariance.diagonal())
    freedom = _freedom(fixed, readers, cases)
    found = {
        name: _effect(b, e, n=answers.size, freedom=f)
        for name, b, e, f in zip(names, beta, errors, freedom, strict=True)
    }
    return CrossedFit(found, float(at[p]), float(at[p + 1]), height, **counts)


def _maximum(model: CrossedLogistic) -> tuple[Floats, Floats, float]:
    """Where the likelihood is highest, the negative second derivative there, and the log likelihood.

    Raises NoMode when a last Newton step would still move it.
    """
    p = model.fixed.shape[1]

    def downhill(at: Floats) -> tuple[float, Floats]:
        value, gradient = model.log_likelihood(at[:p], at[p:])
        return -value, -gradient

    share = float(np.clip(model.answers.mean(), 0.02, 0.98))
    begin = np.concatenate([[np.log(share / (1 - share))], np.zeros(p - 1), [0.6, 0.8]])
    bounds = [(-50.0, 50.0)] * p + [(0.0, WIDEST)] * 2
    found = optimize.minimize(
        downhill, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-11, "gtol": 1e-5}
    )
    at = np.asarray(found.x, dtype=float)
    curvature = np.empty((p + 2, p + 2))
    for place in range(p + 2):
        step = np.zeros(p + 2)
        step[place] = DIFFERENCE * max(1.0, abs(at[place]))
        # σ may go below 0: the likelihood is the same on both sides
        curvature[place] = (downhill(at + step)[1] - downhill(at - step)[1]) / (2 * step[place])
    curvature = (curvature + curvature.T) / 2
    value, slope = downhill(at)
    inside = (at[p:] > ALL_BUT_ZERO) & (at[p:] < WIDEST)
    free = np.concatenate([np.ones(p, dtype=bool), inside])
    if linalg.norm(slope[free]) > 1e-3 * np.sqrt(model.answers.size):
        raise NoMode("the slope is not flat where the search ended")
    return at, curvature, -value


def _scaling(fixed: Floats) -> Floats:
    """The matrix that centres the effects and brings them to unit spread: β = scaling · β of the scaled ones."""
    scale = np.eye(fixed.shape[1])
    for place in range(1, fixed.shape[1]):
        spread = fixed[:, place].std()
        scale[place, place], scale[0, place] = 1 / spread, -fixed[:, place].mean() / spread
    return scale


def _freedom(fixed: Floats, readers: NDArray[np.int_], cases: NDArray[np.int_]) -> list[float]:
    """Degrees of freedom of each column's coefficient.

    What is the same in all answers of a reader, as experience, is known from so many readers, less the coefficients
    that are estimated from them; likewise of a case (the rule of SAS's “between–within”, Schluchter & Elashoff 1990,
    doi 10.1080/00949659008811295). The fewer of the two counts for the intercept. Infinite for what varies in both.
    """
    levels = [(groups, int(groups.max()) + 1) for groups in (readers, cases)]
    constant = [[_is_constant(column, groups) for column in fixed.T] for groups, _ in levels]
    left = [max(size - sum(of), 1) for (_, size), of in zip(levels, constant, strict=True)]
    return [
        min((float(free) for free, of in zip(left, constant, strict=True) if of[place]), default=math.inf)
        for place in range(fixed.shape[1])
    ]


def _is_constant(column: Floats, groups: NDArray[np.int_]) -> bool:
    """Whether a column has one value in each group."""
    first = np.zeros(groups.max() + 1)
    first[groups] = column
    return bool((first[groups] == column).all())


def _effect(coefficient: float, error: float, *, n: int, freedom: float) -> Effect:
    reach = quantile_of_t(freedom) * error
    ratio, low, high = (float(np.exp(x)) for x in (coefficient, coefficient - reach, coefficient + reach))
    p_value = 2 * float(stdtr(freedom, -abs(coefficient) / error))
    return Effect(float(coefficient), float(error), Estimate(ratio, low, high, METHOD, n, p_value))


def _why_not(answers: Floats, fixed: Floats, names: list[str], *, readers: int, cases: int) -> str:
    """The reason why no maximum can exist, or nothing."""
    if readers < 2 or cases < 2:
        return f"fewer than two {'readers' if readers < 2 else 'cases'} with answers"
    if answers.min() == answers.max():
        return f"every answer is {'right' if answers[0] else 'wrong'}"
    for place, name in enumerate(names[1:], start=1):
        if np.ptp(fixed[:, place]) == 0:
            return f"{name} is the same in every answer"
    scaled = fixed @ _scaling(fixed)
    if np.linalg.matrix_rank(scaled) < scaled.shape[1]:
        return f"the effects {', '.join(names[1:])} determine one another"
    if separated(answers, scaled):
        return f"the effects {', '.join(names[1:])} separate right from wrong answers: no finite odds ratio fits"
    return ""


def separated(answers: Floats, fixed: Floats) -> bool:
    """Does a sum of the effects part right from wrong answers, wholly or but for ties? By linear programming.

    Then the likelihood rises without end (Albert & Anderson 1984, doi 10.1093/biomet/71.1.1).
    """
    signed = np.where(answers[:, None] == 1, fixed, -fixed)
    if len(signed) > FEW and not separated(answers[:: len(answers) // FEW + 1], fixed[:: len(answers) // FEW + 1]):
        return False  # what does not part some of the answers does not part them all
    signed = np.unique(signed, axis=0)
    solved = optimize.linprog(-signed.sum(0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return solved.fun is not None and float(solved.fun) < -1e-7
