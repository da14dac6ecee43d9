"""Discernment and leaning of one reader: d′ and the criterion c of signal detection theory."""

import math
from collections.abc import Callable

from scipy import stats

from readerstudy.analysis.detection import Confusion
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import by_error

METHOD = "log-linear correction (Hautus 1995), normal interval (Gourevitch & Galanter 1967)"


def discernment(table: Confusion) -> Estimate:
    """d′ = z(hits) − z(false alarms), 0 for guessing: how far apart the reader's evidence of the two kinds lies.

    Half a reading is added to each count, so that a reader who never errs has a finite d′ (Hautus 1995, doi
    10.3758/BF03203619). Error: Gourevitch & Galanter 1967, doi 10.1007/BF02289402.
    """
    return _estimate(table, lambda hits, alarms: hits - alarms, scale=1.0, method=f"d′, {METHOD}")


def criterion(table: Confusion) -> Estimate:
    """c = −(z(hits) + z(false alarms)) / 2: above 0 the reader leans towards “real”, below towards “synthetic”."""
    return _estimate(table, lambda hits, alarms: -(hits + alarms) / 2, scale=0.5, method=f"criterion c, {METHOD}")


def _estimate(table: Confusion, combined: Callable[[float, float], float], *, scale: float, method: str) -> Estimate:
    signal = table.synthetic_called_synthetic + table.synthetic_called_real
    noise = table.real_called_synthetic + table.real_called_real
    if not (signal and noise):
        return not_estimable("no reading of one of the two kinds", method=method, n=signal + noise)
    scores, variance = [], 0.0
    for count, n in ((table.synthetic_called_synthetic, signal), (table.real_called_synthetic, noise)):
        share = (count + 0.5) / (n + 1)
        z = float(stats.norm.ppf(share))
        scores.append(z)
        variance += share * (1 - share) / (n * float(stats.norm.pdf(z)) ** 2)
    error = scale * math.sqrt(variance)
    return by_error(
        combined(*scores), error, method=method, n=signal + noise, lowest=-math.inf, highest=math.inf, null=0.0
    )
