"""All that the report says about a study, from its answers."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from readerstudy.analysis import agreement, comparison, detection, obuchowski_rockette
from readerstudy.analysis.chance_corrected import fleiss_kappa
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.multireader_kappa import light_kappa
from readerstudy.analysis.readings import detection_matrix, final_answers, grade_matrix, truth_of

Table = list[list[int]]


@dataclass(frozen=True)
class ReaderGrading:
    """tables: reference (rows) × given (columns) counts by source. with_reference: quadratic κ, first readings."""

    reader: str
    tables: dict[str, Table]
    with_reference: Estimate
    equal: Estimate
    with_self: Estimate


@dataclass(frozen=True)
class Grading:
    readers: list[ReaderGrading]
    pooled: dict[str, Table]
    between_readers: Estimate
    between_readers_real: Estimate
    between_readers_synthetic: Estimate
    fleiss: Estimate
    pairs: dict[str, dict[str, float | None]]  # quadratic κ of reader and reader
    by_source: dict[str, dict[str, Estimate]]


@dataclass(frozen=True)
class ReaderDetection:
    reader: str
    confusion: detection.Confusion
    accuracy: Estimate
    sensitivity: Estimate
    specificity: Estimate


@dataclass(frozen=True)
class Detection:
    """pooled_*: for new readers and cases; counted_*: all readings as if independent, which they are not."""

    readers: list[ReaderDetection]
    confusion: detection.Confusion
    pooled_accuracy: Estimate
    pooled_sensitivity: Estimate
    pooled_specificity: Estimate
    counted_accuracy: Estimate
    counted_sensitivity: Estimate
    counted_specificity: Estimate
    confidence: dict[str, list[int]]  # by "source, called": counts of confidence 1–5


@dataclass(frozen=True)
class Analysis:
    study: str
    readers: list[str]
    cases: dict[str, int]  # by source
    answers: int
    revised: int
    missing: dict[str, dict[str, int]]  # task → reader → first readings that are missing
    grading: Grading | None
    detection: Detection | None

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists and numbers, for JSON."""
        return asdict(self)


def analyse(answers: pd.DataFrame, *, seed: int = 0) -> Analysis:
    """Compute everything for one study's answers (as `read_answers` gives them); deterministic from the seed.

    Raises UnusableAnswers when a case has two truths, ValueError when there is no answer at all.
    """
    if answers.empty:
        raise ValueError("There are no answers to analyse.")
    truth = truth_of(answers)
    grades, calls = grade_matrix(answers), detection_matrix(answers)
    return Analysis(
        study=str(answers["study"].iloc[0]),
        readers=sorted(answers["reader"].unique()),
        cases={source: int((truth["source"] == source).sum()) for source in ("real", "synthetic")},
        answers=int(answers["is_final"].sum()),
        revised=int((~answers["is_final"]).sum()),
        missing={
            task: {str(reader): int(count) for reader, count in matrix.isna().sum(axis=1).items() if count}
            for task, matrix in (("grade", grades), ("detect", calls))
        },
        grading=_grading(answers, grades, truth, seed) if not grades.empty else None,
        detection=_detection(answers, calls, truth) if not calls.empty else None,
    )


def _grading(answers: pd.DataFrame, grades: pd.DataFrame, truth: pd.DataFrame, seed: int) -> Grading:
    reference = truth.loc[grades.columns, "reference_grade"].to_numpy()
    synthetic = (truth.loc[grades.columns, "source"] == "synthetic").to_numpy()
    again = grade_matrix(answers, replicate=2).reindex(columns=grades.columns)
    matrix = grades.to_numpy(dtype=float)
    readers = []
    for reader, given in zip(grades.index, matrix, strict=True):
        repeated = again.loc[reader].to_numpy(dtype=float) if reader in again.index else np.full(given.size, np.nan)
        readers.append(
            ReaderGrading(
                reader=str(reader),
                tables={
                    kind: _table(reference[chosen], given[chosen])
                    for kind, chosen in (("real", ~synthetic), ("synthetic", synthetic))
                },
                with_reference=agreement.cohen_kappa(reference, given),
                equal=agreement.percent_agreement(reference, given),
                with_self=agreement.cohen_kappa(given, repeated),
            )
        )
    pairs = agreement.kappa_of_tables(agreement.pairwise_tables(matrix, np.ones(matrix.shape[1])), weights="quadratic")
    return Grading(
        readers=readers,
        pooled={kind: np.sum([one.tables[kind] for one in readers], axis=0).tolist() for kind in ("real", "synthetic")},
        between_readers=light_kappa(matrix, seed=seed),
        between_readers_real=light_kappa(matrix[:, ~synthetic], seed=seed),
        between_readers_synthetic=light_kappa(matrix[:, synthetic], seed=seed),
        fleiss=fleiss_kappa(matrix),
        pairs={
            str(first): {
                str(second): None if np.isnan(pairs[i, j]) else float(pairs[i, j])
                for j, second in enumerate(grades.index)
                if i != j
            }
            for i, first in enumerate(grades.index)
        },
        by_source=comparison.compare_sources(matrix, reference, synthetic, seed=seed),
    )


def _table(reference: np.ndarray, given: np.ndarray) -> Table:
    read = ~np.isnan(given)
    table = np.zeros((5, 5), dtype=int)
    np.add.at(table, (reference[read].astype(int), given[read].astype(int)), 1)
    return [[int(count) for count in row] for row in table]


def _detection(answers: pd.DataFrame, calls: pd.DataFrame, truth: pd.DataFrame) -> Detection:
    synthetic = (truth.loc[calls.columns, "source"] == "synthetic").to_numpy()
    matrix = calls.to_numpy(dtype=float)
    correct = np.where(np.isnan(matrix), np.nan, matrix == synthetic)
    readers = []
    for reader, called in zip(calls.index, matrix, strict=True):
        table = detection.confusion(called, synthetic)
        readers.append(
            ReaderDetection(
                str(reader),
                table,
                detection.accuracy(table),
                detection.sensitivity(table),
                detection.specificity(table),
            )
        )
    pooled = detection.confusion(matrix, np.broadcast_to(synthetic, matrix.shape))
    judged = final_answers(answers, task="detect")
    return Detection(
        readers=readers,
        confusion=pooled,
        pooled_accuracy=obuchowski_rockette.pooled_proportion(correct),
        pooled_sensitivity=obuchowski_rockette.pooled_proportion(correct[:, synthetic]),
        pooled_specificity=obuchowski_rockette.pooled_proportion(correct[:, ~synthetic]),
        counted_accuracy=detection.accuracy(pooled),
        counted_sensitivity=detection.sensitivity(pooled),
        counted_specificity=detection.specificity(pooled),
        confidence={
            f"{source}, called {value}": [
                int(((judged["source"] == source) & (judged["value"] == value) & (judged["confidence"] == level)).sum())
                for level in range(1, 6)
            ]
            for source in ("real", "synthetic")
            for value in ("real", "synthetic")
        },
    )
