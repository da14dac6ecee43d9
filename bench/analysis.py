"""Measure the whole analysis of a study, and the statistics in it beside plain loops over other libraries.

    python bench/analysis.py            15 readers × 60 images with 10,000 bootstrap samples; 100 × 1,000 with 2,000
    python bench/analysis.py --large    the second one only, for its memory

Prints times, peak memory and the ratio to a loop that calls scikit-learn or krippendorff once a sample, in the same
run; the values of both are compared and must be equal. Figures are not drawn.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import krippendorff
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from readerstudy.analysis import reader_figures
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.intervals import by_jackknife, drawn_counts
from readerstudy.analysis.krippendorff import krippendorff_alpha
from readerstudy.analysis.multireader_kappa import PairwiseKappa
from readerstudy.analysis.plan import AnalysisPlan
from readerstudy.analysis.resampled_statistics import mean_kappa_with_reference
from readerstudy.analysis.summary import analyse

PLAN = AnalysisPlan(
    {"accuracy": 0.1, "kappa_difference": 0.1, "mean_error_difference": 0.25, "grade_shares_difference": 0.1},
    ("accuracy",),
    True,
)
LOOPED = 20  # samples that the loops are timed on; their time grows in proportion
Floats = NDArray[np.float64]


def drawn_study(readers: int, cases: int) -> pd.DataFrame:
    """Answers of readers who grade with small errors and tell the source a little better than by guessing."""
    rng = np.random.default_rng(1)
    reader, case = (grid.ravel() for grid in np.meshgrid(np.arange(readers), np.arange(cases), indexing="ij"))
    synthetic, reference = case % 2 == 1, case % 5
    evidence = (
        0.3 * np.where(synthetic, 1, -1) + 0.5 * rng.standard_normal(cases)[case] + rng.standard_normal(case.size)
    )
    grade = np.clip(np.round(reference + 0.6 * rng.standard_normal(case.size)), 0, 4).astype(int)
    phases = []
    for phase, task in ((1, "grade"), (2, "detect")):
        phases.append(
            pd.DataFrame(
                {
                    "study": "bench",
                    "reader": np.char.add("R", np.char.zfill(reader.astype(str), 3)),
                    "specialty": np.where(reader % 2, "radiology", "orthopaedics"),
                    "years_experience": reader.astype(float),
                    "phase": phase,
                    "task": task,
                    "case": np.char.add("C", np.char.zfill(case.astype(str), 4)),
                    "replicate": 1,
                    "position": np.concatenate([rng.permutation(cases) + 1 for _ in range(readers)]),
                    "source": np.where(synthetic, "synthetic", "real"),
                    "reference_grade": reference,
                    "value": grade.astype(str) if task == "grade" else np.where(evidence > 0, "synthetic", "real"),
                    "confidence": np.nan if task == "grade" else np.clip(np.ceil(2 * np.abs(evidence)), 1, 5),
                    "first_shown_at": "",
                    "answered_at": "",
                    "response_ms": rng.lognormal(9, 0.4, case.size).round(),
                    "revision": 1,
                    "is_final": True,
                }
            )
        )
    return pd.concat(phases, ignore_index=True)


def timed(work: Callable[[], object]) -> tuple[float, object]:
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result


def quickest(work: Callable[[], object]) -> tuple[float, object]:
    """Of as many runs as fit into half a second, at least one: of what takes a millisecond, one run says little."""
    seconds, result = timed(work)
    for _ in range(min(int(0.5 / seconds), 200)):
        seconds = min(seconds, timed(work)[0])
    return seconds, result


def compare(name: str, ours: Callable[[], Floats], loop: Callable[[int], float], *, samples: int) -> None:
    """ours gives the values of all samples; loop the value of one. Prints the times and their ratio."""
    seconds, values = quickest(ours)
    looped = min(LOOPED, samples)
    of_loop, expected = quickest(lambda: [loop(sample) for sample in range(looped)])
    assert np.allclose(np.asarray(values)[:looped], expected), f"{name}: the values differ"
    report(name, seconds, of_loop * samples / looped)


def report(name: str, seconds: float, of_loop: float) -> None:
    print(f"  {name:<44} {1000 * seconds:9.2f} ms   loop {1000 * of_loop:11.1f} ms   {of_loop / seconds:7.0f} times")


def compare_with_loops(readers: int, cases: int, samples: int) -> None:
    rng = np.random.default_rng(2)
    reference = np.arange(cases) % 5
    grades = np.clip(np.round(reference + 0.6 * rng.standard_normal((readers, cases))), 0, 4)
    synthetic = np.arange(cases) % 2 == 1
    counts = drawn_counts(cases, samples=samples, rng=rng)
    whole = np.ones((samples, readers))
    pairs = PairwiseKappa(grades, weights="quadratic")
    statistic = mean_kappa_with_reference(grades, reference)

    def kappa(first: Floats, second: Floats, weights: Floats) -> float:
        return float(cohen_kappa_score(first, second, labels=range(5), weights="quadratic", sample_weight=weights))

    def loop_of_pairs(sample: int) -> float:
        found = [kappa(grades[i], grades[j], counts[sample]) for i in range(readers) for j in range(i + 1, readers)]
        return float(np.mean(found))

    def loop_with_reference(sample: int) -> float:
        return float(np.mean([kappa(reference, one, counts[sample]) for one in grades]))

    compare("bootstrap of the mean pairwise κ", lambda: pairs.mean(counts), loop_of_pairs, samples=samples)
    compare(
        "bootstrap of the κ with the reference", lambda: statistic(whole, counts), loop_with_reference, samples=samples
    )
    ratings = rng.integers(-5, 6, (readers, cases)).astype(float)
    compare(
        "AUC of every reader with its covariance",
        lambda: reader_figures.auc(ratings, synthetic).values,
        lambda reader: float(roc_auc_score(synthetic, ratings[reader])),
        samples=readers,
    )

    def alpha(of: Floats) -> float:
        return float(krippendorff.alpha(of, level_of_measurement="ordinal", value_domain=list(range(5))))

    def loop_of_alphas() -> Estimate:
        left_out = [alpha(np.delete(grades, case, axis=1)) for case in range(cases)]
        return by_jackknife(alpha(grades), left_out, method="")

    seconds, ours = quickest(lambda: krippendorff_alpha(grades))
    of_loop, expected = quickest(loop_of_alphas)
    for end in ("value", "low", "high"):
        assert np.isclose(getattr(ours, end), getattr(expected, end)), "Krippendorff’s α: the values differ"
    report("Krippendorff’s α with its jackknife", seconds, of_loop)


def measure(readers: int, cases: int, samples: int) -> None:
    table = drawn_study(readers, cases)
    seconds, _ = timed(lambda: analyse(table, plan=PLAN, samples=samples))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{readers} readers × {cases} images, {samples:,} samples: {seconds:.1f} s, peak memory {peak:.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true")
    if not parser.parse_args().large:
        measure(15, 60, 10_000)
        compare_with_loops(15, 60, 10_000)
    measure(100, 1000, 2000)


main()
