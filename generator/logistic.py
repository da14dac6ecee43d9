"""Multinomial logistic regression on feature vectors: the frozen grader, and the detector of synthetic images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Floats = NDArray[np.float64]

PENALTY = 0.03  # of the squared weights of standardised features, beside the mean loss
ITERATIONS = 300


@dataclass(frozen=True)
class LinearModel:
    """Scores of k classes: ((x − centre) / scale) @ weight + bias; centre, scale [d], weight [d, k], bias [k]."""

    centre: Floats
    scale: Floats
    weight: Floats
    bias: Floats

    def scores(self, features: ArrayLike) -> Floats:
        """Logits [n, k] of features [n, d]."""
        return np.asarray((np.asarray(features, dtype=np.float64) - self.centre) / self.scale @ self.weight + self.bias)


def fit_logistic(features: ArrayLike, labels: ArrayLike, *, classes: int, penalty: float = PENALTY) -> LinearModel:
    """Maximise the penalised likelihood of labels [n], 0 … classes − 1, given features [n, d] (L-BFGS).

    Features are standardised first; one that does not vary is left out. The mean negative log-likelihood plus
    penalty / 2 · ‖weight‖² (Hastie, Tibshirani & Friedman 2009, section 4.4). Raises ValueError on a single class.
    """
    x, y = np.asarray(features, dtype=np.float64), np.asarray(labels, dtype=np.intp)
    if len(np.unique(y)) < 2:
        raise ValueError("there is only one class to learn")
    centre, scale = x.mean(0), x.std(0)
    scale = np.where(scale > 1e-8, scale, np.inf)
    x = (x - centre) / scale
    basis = None
    if len(x) < x.shape[1]:  # the weights lie in the span of the images: fewer unknowns, the same answer
        basis, triangle = np.linalg.qr(x.T)
        x = triangle.T
    hot = np.eye(classes)[y]
    d = x.shape[1]

    def loss(flat: Floats) -> tuple[float, Floats]:
        weight, bias = flat[: d * classes].reshape(d, classes), flat[d * classes :]
        logs = log_softmax(x @ weight + bias, axis=1)
        residual = (np.exp(logs) - hot) / len(x)
        value = -(hot * logs).sum() / len(x) + penalty / 2 * (weight**2).sum()
        return float(value), np.concatenate([(x.T @ residual + penalty * weight).ravel(), residual.sum(0)])

    start = np.zeros(d * classes + classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": ITERATIONS}).x
    weight = found[: d * classes].reshape(d, classes)
    return LinearModel(centre, scale, weight if basis is None else basis @ weight, found[d * classes :])
