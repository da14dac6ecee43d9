"""The likelihood of a logistic model with two crossed random intercepts, by Laplace's approximation.

logit P(answer = 1) = x·β + σ₁·u₁[reader] + σ₂·u₂[case], all u standard normal. For β and σ the random effects are set
to their most likely values û (penalised, iteratively reweighted least squares), and around them the integral over u is
that of a normal density:

    log L = Σ log P(y | û) − ½ û·û − ½ log |H|,   H = ΛᵀZᵀWZΛ + 1

(Pinheiro & Bates 1995, doi 10.1080/10618600.1995.10474663; Bates et al. 2015, doi 10.18637/jss.v067.i01, whose program
maximises the same). Cases are eliminated first: what is left of H is as large as there are readers.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, special

Floats = NDArray[np.float64]
STEPS = 100


class NoMode(ValueError):
    """The most likely random effects were not found."""


@dataclass
class CrossedLogistic:
    """Answers [n] of 1.0 and 0.0, their readers and cases [n] counted from 0, fixed effects [n, p]."""

    answers: Floats
    readers: NDArray[np.int_]
    cases: NDArray[np.int_]
    fixed: Floats
    counts: tuple[int, int] = field(init=False)
    start: tuple[Floats, Floats] = field(init=False)  # the mode found last, near the next one

    def __post_init__(self) -> None:
        self.counts = int(self.readers.max()) + 1, int(self.cases.max()) + 1
        self.start = np.zeros(self.counts[0]), np.zeros(self.counts[1])
        self._cells = self.readers * self.counts[1] + self.cases

    def log_likelihood(self, beta: Floats, spread: Floats) -> tuple[float, Floats]:
        """Log likelihood at β [p] and σ [2], and its gradient [p + 2]. Raises NoMode."""
        u, v = self._mode(beta, spread)
        eta = self._predictor(beta, spread, u, v)
        mean = special.expit(eta)
        weight = mean * (1 - mean)
        curvature = _Curvature(*self._blocks(weight), spread)
        value = self._fit(eta) - (u @ u + v @ v) / 2 - curvature.log_determinant / 2
        return float(value), self._gradient(mean, curvature, spread=spread, mode=(u, v))

    def _gradient(
        self, mean: Floats, curvature: "_Curvature", *, spread: Floats, mode: tuple[Floats, Floats]
    ) -> Floats:
        (u, v), (s, t), weight = mode, spread, mean * (1 - mean)
        residual = self.answers - mean
        leverage = curvature.leverage(s, t)[self.readers, self.cases]
        pull = -0.5 * weight * (1 - 2 * mean) * leverage  # of the log determinant, through each predictor
        to_reader, to_case = self._sum_readers(pull), self._sum_cases(pull)
        a, b = curvature.solve(s * to_reader, t * to_case)
        moved = s * a[self.readers] + t * b[self.cases]  # how û answers
        beta = self.fixed.T @ (residual + pull - weight * moved)
        residual_reader, residual_case = self._sum_readers(residual), self._sum_cases(residual)
        weighted = weight * moved
        reader = u @ (residual_reader + to_reader - self._sum_readers(weighted)) + a @ residual_reader
        case = v @ (residual_case + to_case - self._sum_cases(weighted)) + b @ residual_case
        by_reader, by_case = curvature.trace_derivatives(s, t)
        return np.concatenate([beta, [reader - by_reader, case - by_case]])

    def _mode(self, beta: Floats, spread: Floats) -> tuple[Floats, Floats]:
        """Newton's method with halved steps for the penalised likelihood, which has one maximum."""
        u, v = self.start
        eta = self._predictor(beta, spread, u, v)
        height = self._fit(eta) - (u @ u + v @ v) / 2
        for _ in range(STEPS):
            mean = special.expit(eta)
            residual = self.answers - mean
            slope = spread[0] * self._sum_readers(residual) - u, spread[1] * self._sum_cases(residual) - v
            step = _Curvature(*self._blocks(mean * (1 - mean)), spread).solve(*slope)
            promise = float(slope[0] @ step[0] + slope[1] @ step[1])
            if promise < 1e-12:  # and the last step squares what is missing
                self.start = u + step[0], v + step[1]
                return self.start
            for halving in range(30):
                new = u + step[0] / 2**halving, v + step[1] / 2**halving
                eta = self._predictor(beta, spread, *new)
                reached = self._fit(eta) - (new[0] @ new[0] + new[1] @ new[1]) / 2
                if reached >= height - 1e-10:
                    break
            u, v, height = *new, reached
        raise NoMode("the random effects have no mode")

    def _predictor(self, beta: Floats, spread: Floats, u: Floats, v: Floats) -> Floats:
        return self.fixed @ beta + spread[0] * u[self.readers] + spread[1] * v[self.cases]

    def _fit(self, eta: Floats) -> float:
        return float(self.answers @ eta - np.logaddexp(0, eta).sum())

    def _sum_readers(self, x: Floats) -> Floats:
        return np.asarray(np.bincount(self.readers, x, self.counts[0]), dtype=float)

    def _sum_cases(self, x: Floats) -> Floats:
        return np.asarray(np.bincount(self.cases, x, self.counts[1]), dtype=float)

    def _blocks(self, weight: Floats) -> tuple[Floats, Floats, Floats]:
        size = self.counts[0] * self.counts[1]
        both = np.asarray(np.bincount(self._cells, weight, size), dtype=float).reshape(self.counts)
        return both.sum(1), both.sum(0), both


class _Curvature:
    """H for weights summed by reader [r], by case [c] and by both [r, c]; inverse by the Schur complement."""

    def __init__(self, by_reader: Floats, by_case: Floats, both: Floats, spread: Floats) -> None:
        s, t = spread
        self.by_reader, self.by_case, self.both = by_reader, by_case, both
        self.case = t**2 * by_case + 1
        self.across = s * t * both
        self.ratio = self.across / self.case
        rest = np.diag(s**2 * by_reader + 1) - self.ratio @ self.across.T
        self.factor = linalg.cho_factor(rest, lower=True, check_finite=False)
        self.log_determinant = 2 * np.log(self.factor[0].diagonal()).sum() + np.log(self.case).sum()

    def solve(self, reader: Floats, case: Floats) -> tuple[Floats, Floats]:
        u = linalg.cho_solve(self.factor, reader - self.ratio @ case, check_finite=False)
        return u, case / self.case - self.ratio.T @ u

    def _inverse(self) -> tuple[Floats, Floats, Floats]:
        """The readers' block [r, r], the block across [r, c], the diagonal of the cases' block [c]."""
        readers = linalg.cho_solve(self.factor, np.eye(len(self.by_reader)), check_finite=False)
        across = -readers @ self.ratio
        return readers, across, 1 / self.case - (self.ratio * across).sum(0)

    def leverage(self, s: float, t: float) -> Floats:
        """Variance of the random part of each predictor given the answers, [r, c]."""
        readers, across, cases = self._inverse()
        return s**2 * readers.diagonal()[:, None] + 2 * s * t * across + t**2 * cases

    def trace_derivatives(self, s: float, t: float) -> tuple[float, float]:
        """Half the derivative of log |H| with σ₁ and σ₂ at fixed weights."""
        readers, across, cases = self._inverse()
        shared = float((across * self.both).sum())
        return (
            float(s * readers.diagonal() @ self.by_reader + t * shared),
            float(t * cases @ self.by_case + s * shared),
        )
