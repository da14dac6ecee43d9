"""What the report says about telling real from synthetic: all readers together, and each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from readerstudy.analysis import detection, predictive, reader_figures, signal_detection, u_statistics
from readerstudy.analysis.binormal import AREA, BinormalFit, binormal_estimates, binormal_figures
from readerstudy.analysis.crossed import CrossedPart, crossed_part
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.exploration import Exploration, explore
from readerstudy.analysis.intervals import by_error
from readerstudy.analysis.multiplicity import adjusted_p_values
from readerstudy.analysis.obuchowski_rockette import METHOD, PooledFigure, pool_readers
from readerstudy.analysis.outcomes import Outcome, outcome_of
from readerstudy.analysis.plan import ACCURACY, AnalysisPlan
from readerstudy.analysis.reader_figures import ReaderFigures
from readerstudy.analysis.readings import detection_matrix, final_answers, laid_out, rating_matrix
from readerstudy.analysis.repeats import pooled_self_agreement, pooled_self_kappa
from readerstudy.analysis.roc import GRID, RocCurve, mean_roc

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]
BALANCED = "balanced accuracy"
ONE_KIND = "all images with answers are of one kind, so there was nothing to tell apart"
FURTHER: dict[str, Callable[[detection.Confusion], Estimate]] = {
    "positive predictive value": predictive.positive_predictive_value,
    "negative predictive value": predictive.negative_predictive_value,
    "positive likelihood ratio": predictive.positive_likelihood_ratio,
    "negative likelihood ratio": predictive.negative_likelihood_ratio,
    "d′": signal_detection.discernment,
    "criterion c": signal_detection.criterion,
}


@dataclass(frozen=True)
class ReaderDetection:
    """further: by name, predictive values and so on, and the shares with Wilson's interval. p_adjusted: of accuracy
    against guessing, by Holm over readers. p_equivalence: that it lies within the margin of the plan around guessing,
    not adjusted: each is a claim about one reader."""

    reader: str
    confusion: detection.Confusion
    accuracy: Estimate
    sensitivity: Estimate
    specificity: Estimate
    further: dict[str, Estimate]
    p_equivalence: float | None
    p_adjusted: float | None = None

    @property
    def figures(self) -> dict[str, Estimate]:
        """The accuracy, sensitivity, specificity and the further figures, by name."""
        first = {"accuracy": self.accuracy, "sensitivity": self.sensitivity, "specificity": self.specificity}
        return first | self.further


@dataclass(frozen=True)
class PooledDetection:
    """A figure of all readers beside `null`, its value under guessing; None where a guess may have any.

    estimate: for new readers and images, of readers with every reading. check: the same by another method, which takes
    all readings there are; None where there is no other. counted: all readings as if independent, which they are not.
    p_adjusted: by Holm over all figures that are tested but the accuracy and the balanced one, of which the plan has
    the other tests.
    """

    name: str
    null: float | None
    estimate: Estimate
    check: Estimate | None
    counted: Estimate | None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class Detection:
    """crossed: how many readers and images have no gap and enter the estimates of pooled; rated: the same of
    confidence, for the areas. pooled: by name, in the order of the report. as_many: whether these images are as many
    real as synthetic ones. equivalence: of the balanced accuracy, which is then the accuracy. margin: around guessing,
    of the plan.

    confidence: counts of confidence 1–5 by "source, called". with_self: of repeated calls, by name. roc: None where
    readers were not asked how sure they were.
    """

    readers: list[ReaderDetection]
    crossed: tuple[int, int]
    rated: tuple[int, int]
    as_many: bool
    confusion: detection.Confusion
    pooled: dict[str, PooledDetection]
    equivalence: Outcome
    margin: float
    confidence: dict[str, list[int]]
    roc: RocCurve | None
    with_self: dict[str, Estimate]
    exploration: Exploration

    @property
    def judged(self) -> str:
        """The figure that the outcome of the plan is: without as many of each, a guess may have any accuracy."""
        return ACCURACY if self.as_many else BALANCED


def summarise_detection(
    answers: pd.DataFrame, calls: pd.DataFrame, truth: pd.DataFrame, *, plan: AnalysisPlan, seed: int
) -> Detection:
    """calls: readers × cases, 1 synthetic and 0 real, first readings; truth by case."""
    synthetic = (truth.loc[calls.columns, "source"] == "synthetic").to_numpy()
    matrix, margin = calls.to_numpy(dtype=float), plan.margins[ACCURACY]
    ratings = rating_matrix(answers).reindex(index=calls.index, columns=calls.columns).to_numpy(dtype=float)
    pooled = detection.confusion(matrix, np.broadcast_to(synthetic, matrix.shape))
    part, rated = crossed_part(matrix), crossed_part(ratings)
    smooth, fits = binormal_figures(rated.of(ratings), synthetic[rated.cases])
    balanced = pool_readers(reader_figures.balanced_accuracy(part.of(matrix), synthetic[part.cases]))
    if synthetic.all() or not synthetic.any():
        balanced = PooledFigure(not_estimable(ONE_KIND, method=METHOD, n=len(matrix)), balanced.null)
    together = _pooled(matrix, ratings, synthetic, pooled, smooth, crossed=(part, rated))
    as_many = reader_figures.accuracy_of_guessing(synthetic[part.cases]) is not None
    return Detection(
        crossed=(part.readers.size, part.cases.size),
        rated=(rated.readers.size, rated.cases.size),
        as_many=as_many,
        readers=_readers(calls, ratings, synthetic, margin=margin),
        confusion=pooled,
        pooled=together,
        equivalence=outcome_of(ACCURACY, balanced, margin=margin, check=together[BALANCED].check),
        margin=margin,
        confidence=_confidence(answers),
        roc=_roc(ratings, synthetic, fits, seed=seed),
        with_self=_with_self(matrix, laid_out(detection_matrix(answers, replicate=2), calls)),
        exploration=explore(answers, calls, ratings, truth),
    )


def _with_self(first: Floats, again: Floats) -> dict[str, Estimate]:
    """Calls and their repeats [readers, cases]."""
    return {
        "the same call again": pooled_self_agreement(first, again, categories=2),
        "κ with themselves": pooled_self_kappa(first, again, weights="none", categories=2),
    }


def _roc(ratings: Floats, synthetic: Truth, fits: list[BinormalFit], *, seed: int) -> RocCurve | None:
    curve = mean_roc(ratings, synthetic, rng=np.random.default_rng(seed))
    if curve is None or not fits:
        return curve
    return replace(curve, smooth=np.mean([fit.sensitivity(GRID) for fit in fits], axis=0).tolist())


def _readers(calls: pd.DataFrame, ratings: Floats, synthetic: Truth, *, margin: float) -> list[ReaderDetection]:
    rows = zip(calls.index, calls.to_numpy(dtype=float), ratings, strict=True)
    found = [_reader(str(reader), called, rated, synthetic, margin=margin) for reader, called, rated in rows]
    p_values = adjusted_p_values([one.accuracy.p_value for one in found])
    return [replace(one, p_adjusted=p_value) for one, p_value in zip(found, p_values, strict=True)]


def _reader(reader: str, called: Floats, rated: Floats, synthetic: Truth, *, margin: float) -> ReaderDetection:
    table = detection.confusion(called, synthetic)
    shares = {
        "accuracy": detection.accuracy(table),
        "sensitivity": detection.sensitivity(table),
        "specificity": detection.specificity(table),
    }
    return ReaderDetection(
        reader,
        table,
        shares["accuracy"],
        shares["sensitivity"],
        shares["specificity"],
        further={f"{name}, Wilson": detection.by_wilson(one) for name, one in shares.items()}
        | {name: measure(table) for name, measure in FURTHER.items()}
        | {"balanced accuracy": _auc(called, synthetic), "AUC": _auc(rated, synthetic)}
        | binormal_estimates(rated, synthetic),
        p_equivalence=detection.p_of_guessing(table, margin=margin),
    )


def _auc(rated: Floats, synthetic: Truth) -> Estimate:
    """Of one reader’s ratings that there are, with the error of DeLong et al. 1988 and a normal interval."""
    method = "empirical AUC, normal interval (DeLong et al. 1988)"
    there = ~np.isnan(rated)
    if not there.any():
        return not_estimable("the reader was not asked how sure he or she was", method=method)
    figure = reader_figures.auc(rated[None, there], synthetic[there])
    if not figure.values.size:
        return not_estimable(
            "fewer than two real or fewer than two synthetic images", method=method, n=int(there.sum())
        )
    error = float(np.sqrt(figure.covariance[0, 0]))
    return by_error(float(figure.values[0]), error, method=method, n=int(there.sum()), lowest=0, null=figure.null)


def _pooled(
    calls: Floats,
    ratings: Floats,
    synthetic: Truth,
    table: detection.Confusion,
    smooth: ReaderFigures,
    *,
    crossed: tuple[CrossedPart, CrossedPart],
) -> dict[str, PooledDetection]:
    """smooth: the readers' areas under their binormal curves. crossed: the parts of calls and of ratings without gaps,
    which the estimates are of."""
    of_calls, of_ratings = crossed
    called, truth = of_calls.of(calls), synthetic[of_calls.cases]
    correct = np.where(np.isnan(calls), np.nan, calls == synthetic)
    of_real, of_synthetic = np.where(synthetic, np.nan, correct), np.where(synthetic, correct, np.nan)
    figures: list[tuple[ReaderFigures, Callable[[], PooledFigure] | None, Estimate | None]] = [
        (
            reader_figures.accuracy(called, truth),
            lambda: u_statistics.pooled_correct(
                correct, null=reader_figures.accuracy_of_guessing(synthetic), strata=synthetic
            ),
            detection.accuracy(table),
        ),
        (
            reader_figures.sensitivity(called, truth),
            lambda: u_statistics.pooled_correct(of_synthetic, null=None),
            detection.sensitivity(table),
        ),
        (
            reader_figures.specificity(called, truth),
            lambda: u_statistics.pooled_correct(of_real, null=None),
            detection.specificity(table),
        ),
        (
            reader_figures.error_asymmetry(called, truth),
            lambda: u_statistics.compare_correct(of_real, of_synthetic),
            None,
        ),
        (
            reader_figures.balanced_accuracy(called, truth),
            lambda: u_statistics.pooled_auc(calls, synthetic),
            None,
        ),
        (
            reader_figures.auc(of_ratings.of(ratings), synthetic[of_ratings.cases]),
            lambda: u_statistics.pooled_auc(ratings, synthetic),
            None,
        ),
        (smooth, None, None),
    ]
    asked = bool(np.isfinite(ratings).any())
    pooled = {}
    for figure, check, counted in figures:
        estimate, other = pool_readers(figure).estimate, check().estimate if check else None
        if figure.name in (ACCURACY, BALANCED) and (synthetic.all() or not synthetic.any()):
            none = not_estimable(ONE_KIND, method=METHOD, n=len(calls))
            estimate = other = none
        if figure.name in ("AUC", AREA) and not asked:
            estimate = not_estimable("readers were not asked how sure they were", method=METHOD)
            other = other and estimate
        pooled[figure.name] = PooledDetection(figure.name, figure.null, estimate, other, counted)
    # the balanced accuracy is the outcome of the plan, be it under the name of accuracy
    further = [one for one in pooled.values() if one.name not in (ACCURACY, BALANCED) and one.null is not None]
    p_values = adjusted_p_values([one.estimate.p_value for one in further])
    return pooled | {one.name: replace(one, p_adjusted=p_value) for one, p_value in zip(further, p_values, strict=True)}


def _confidence(answers: pd.DataFrame) -> dict[str, list[int]]:
    judged = final_answers(answers, task="detect")
    counts = judged.groupby(["source", "value", "confidence"]).size()
    return {
        f"{source}, called {value}": [int(counts.get((source, value, level), 0)) for level in range(1, 6)]
        for source in ("real", "synthetic")
        for value in ("real", "synthetic")
    }
