"""What a call says about an image: predictive values and likelihood ratios. Synthetic is the positive class."""

from scipy.stats import contingency

from readerstudy.analysis.detection import Confusion, proportion
from readerstudy.analysis.estimate import LEVEL, Estimate, not_estimable

RATIO = "likelihood ratio, log interval (Simel, Samsa & Matchar 1991)"


def positive_predictive_value(table: Confusion) -> Estimate:
    """Share of images called synthetic that are; it holds for this study's mix of real and synthetic images."""
    hits = table.synthetic_called_synthetic
    return proportion(hits, hits + table.real_called_synthetic, null=None)


def negative_predictive_value(table: Confusion) -> Estimate:
    """Share of images called real that are; it holds for this study's mix of real and synthetic images."""
    hits = table.real_called_real
    return proportion(hits, hits + table.synthetic_called_real, null=None)


def positive_likelihood_ratio(table: Confusion) -> Estimate:
    """How much oftener a synthetic image is called synthetic than a real one (Simel et al. 1991,
    doi 10.1016/0895-4356(91)90128-V)."""
    return _ratio(table, table.synthetic_called_synthetic, table.real_called_synthetic)


def negative_likelihood_ratio(table: Confusion) -> Estimate:
    """How much oftener a synthetic image is called real than a real one is."""
    return _ratio(table, table.synthetic_called_real, table.real_called_real)


def _ratio(table: Confusion, of_synthetic: int, of_real: int) -> Estimate:
    synthetic = table.synthetic_called_synthetic + table.synthetic_called_real
    real = table.real_called_synthetic + table.real_called_real
    n = synthetic + real
    if not (synthetic and real):
        return not_estimable("no reading of one of the two kinds", method=RATIO, n=n)
    if not of_real:
        return not_estimable("no real image was called so: the ratio has no bound", method=RATIO, n=n)
    if (of_synthetic, of_real) == (synthetic, real):
        return Estimate(1.0, method=RATIO, n=n, reason="every image was called so: no variance to judge by")
    found = contingency.relative_risk(of_synthetic, synthetic, of_real, real)
    if not of_synthetic:
        reason = "no synthetic image was called so: the interval has no lower end"
        return Estimate(0.0, method=RATIO, n=n, reason=reason)
    interval = found.confidence_interval(LEVEL)
    return Estimate(float(found.relative_risk), float(interval.low), float(interval.high), RATIO, n)
