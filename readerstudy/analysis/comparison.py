"""Is a synthetic radiograph graded like a real one? Each reader against the reference, by source."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from readerstudy.analysis.agreement import kappa_of_tables
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.intervals import BOOTSTRAPS, by_bootstrap
from readerstudy.analysis.readings import one_hot

METHOD = "bootstrap over readers and cases (2,000 samples, percentile)"
Tables = NDArray[np.float64]  # [readers, reference, given]


def mean_kappa(tables: Tables) -> float:
    """Mean over readers of the quadratic κ against the reference; NaN when no reader has one."""
    values = kappa_of_tables(tables, weights="quadratic")
    return float(np.nanmean(values)) if np.isfinite(values).any() else np.nan


def mean_exact(tables: Tables) -> float:
    """Share of readings equal to the reference."""
    return float(np.trace(tables, axis1=1, axis2=2).sum() / tables.sum()) if tables.sum() else np.nan


def mean_within_one(tables: Tables) -> float:
    """Share of readings at most one grade from the reference."""
    near = np.abs(np.subtract.outer(np.arange(5), np.arange(5))) <= 1
    return float((tables * near).sum() / tables.sum()) if tables.sum() else np.nan


def mean_error(tables: Tables) -> float:
    """Mean of given minus reference grade."""
    return (
        float((tables * -np.subtract.outer(np.arange(5), np.arange(5))).sum() / tables.sum())
        if tables.sum()
        else np.nan
    )


STATISTICS: dict[str, Callable[[Tables], float]] = {
    "quadratic κ with the reference": mean_kappa,
    "equal to the reference": mean_exact,
    "within one grade of the reference": mean_within_one,
    "mean error (given − reference)": mean_error,
}


def compare_sources(
    ratings: NDArray[np.float64], reference: NDArray[np.int_], synthetic: NDArray[np.bool_], *, seed: int = 0
) -> dict[str, dict[str, Estimate]]:
    """Each statistic for real, for synthetic images, and synthetic minus real, all readers together.

    ratings [readers, cases] KL grades, NaN where missing; reference [cases] 0–4; synthetic [cases]. Intervals resample
    readers and, within each source, cases, so they are meant for new readers and new images.
    """
    readers, _ = ratings.shape
    hot = one_hot(ratings)[:, :, None, :] * one_hot(reference.astype(float))[None, :, :, None]
    kinds = {"real": np.flatnonzero(~synthetic), "synthetic": np.flatnonzero(synthetic)}
    rng = np.random.default_rng(seed)
    sampled: dict[str, dict[str, list[float]]] = {name: {kind: [] for kind in kinds} for name in STATISTICS}
    flat = hot.reshape(readers, -1, 25)
    for _ in range(BOOTSTRAPS):
        chosen = rng.integers(0, readers, readers)
        for kind, cases in kinds.items():
            if not cases.size:
                continue
            counts = np.bincount(rng.integers(0, cases.size, cases.size), minlength=cases.size)
            tables = np.einsum("rnc,n->rc", flat[:, cases], counts)[chosen].reshape(readers, 5, 5)
            for name, statistic in STATISTICS.items():
                sampled[name][kind].append(statistic(tables))
    results: dict[str, dict[str, Estimate]] = {}
    for name, statistic in STATISTICS.items():
        values = {kind: statistic(hot[:, cases].sum(1)) for kind, cases in kinds.items()}
        samples = {kind: np.array(sampled[name][kind]) for kind in kinds}
        results[name] = {
            kind: _estimate(values[kind], samples[kind], n=int(kinds[kind].size), readers=readers) for kind in kinds
        }
        difference = (
            samples["synthetic"] - samples["real"] if all(one.size for one in samples.values()) else np.array([])
        )
        results[name]["difference"] = _estimate(
            values["synthetic"] - values["real"], difference, n=int(synthetic.size), readers=readers
        )
    return results


def _estimate(value: float, samples: NDArray[np.float64], *, n: int, readers: int) -> Estimate:
    if not n or not samples.size:
        return not_estimable("there is no image of this kind", method=METHOD, n=n)
    if not np.isfinite(value):
        reason = "these images have no reading, or all of them, read and true, are of one grade"
        return not_estimable(reason, method=METHOD, n=n)
    if readers < 2:
        return Estimate(float(value), method=METHOD, n=n, reason="one reader: nothing says how readers differ")
    return by_bootstrap(float(value), samples, method=METHOD, n=n)
