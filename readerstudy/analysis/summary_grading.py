"""What the report says about grading: each reader, readers with one another, real against synthetic images."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from readerstudy.analysis import agreement, grading_figures
from readerstudy.analysis.bland_altman import LimitsOfAgreement, limits_of_agreement
from readerstudy.analysis.contrasts import Contrast, contrasts_of, reader_groups, same_grade
from readerstudy.analysis.course import Block, course_of
from readerstudy.analysis.crossed import crossed_part
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.grade_shares import GradeShare, compare_grade_shares
from readerstudy.analysis.obuchowski_rockette import pool_readers
from readerstudy.analysis.outcomes import Outcome, outcome_of
from readerstudy.analysis.plan import ERROR, KAPPA, SHARES, AnalysisPlan
from readerstudy.analysis.reader_contrasts import compare_separate_cases
from readerstudy.analysis.readings import as_wide, grade_matrix
from readerstudy.analysis.repeats import self_kappa
from readerstudy.analysis.resampled_statistics import difference_by, mean_kappa_with_reference, mean_score
from readerstudy.analysis.summary_agreement import Agreement, summarise_agreement
from readerstudy.analysis.two_way_bootstrap import bootstrap_estimate

Table = list[list[int]]
Floats = NDArray[np.float64]
FIGURES = (
    grading_figures.kappa_with_reference,
    grading_figures.equal_to_reference,
    grading_figures.within_one_of_reference,
    grading_figures.mean_error,
)


@dataclass(frozen=True)
class ReaderGrading:
    """tables: reference (rows) × given (columns) counts by source. with_reference: quadratic κ, first readings."""

    reader: str
    tables: dict[str, Table]
    with_reference: Estimate
    linear: Estimate
    unweighted: Estimate
    equal: Estimate
    with_self: Estimate


@dataclass(frozen=True)
class SourceComparison:
    """One figure on real images, on synthetic ones, and synthetic minus real, for new readers and new images.

    Both kinds are weighed to one mix of reference grades (`grading_figures.equal_mix`). check: the difference by a
    bootstrap over readers and images, of all readings that there are.
    """

    name: str
    real: Estimate
    synthetic: Estimate
    difference: Estimate
    check: Estimate


@dataclass(frozen=True)
class MeanGrade:
    """The mean grade that the readers gave an image, beside the reference."""

    case: str
    source: str
    reference: int
    mean: float


@dataclass(frozen=True)
class Grading:
    """crossed: how many readers and images have no gap and enter by_source and shares. shown_alike: whether real and
    synthetic images were shown in one mix of reference grades; read_alike: whether those of the crossed part are.
    pairs: quadratic κ of reader and reader. by_source: in the order of `FIGURES`; shares: of each grade 0–4.
    equivalence: κ, mean error and the shares of the grades, by outcome.

    limits: of the readers' mean grade less the reference, by images. contrasts and course: of grades equal to it.
    """

    readers: list[ReaderGrading]
    crossed: tuple[int, int]
    shown_alike: bool
    read_alike: bool
    pooled: dict[str, Table]
    agreement: Agreement
    pairs: dict[str, dict[str, float | None]]
    by_source: list[SourceComparison]
    shares: list[GradeShare]
    equivalence: dict[str, Outcome]
    limits: dict[str, LimitsOfAgreement]
    mean_grades: list[MeanGrade]
    contrasts: list[Contrast]
    course: list[Block]


def summarise_grading(
    answers: pd.DataFrame, grades: pd.DataFrame, truth: pd.DataFrame, *, plan: AnalysisPlan, seed: int, samples: int
) -> Grading:
    """grades: readers × cases, first readings; truth by case, as `readings.truth_of` gives it."""
    reference = truth.loc[grades.columns, "reference_grade"].to_numpy()
    synthetic = (truth.loc[grades.columns, "source"] == "synthetic").to_numpy()
    matrix = grades.to_numpy(dtype=float)
    again = grade_matrix(answers, replicate=2).reindex(index=grades.index, columns=grades.columns)
    repeated = again.to_numpy(dtype=float)
    readers = _readers(grades, repeated, reference, synthetic)
    part, strata = crossed_part(matrix), _strata(reference, synthetic)
    kept = part.of(matrix), reference[part.cases], synthetic[part.cases]
    shown, mix = grading_figures.equal_mix(reference, synthetic), grading_figures.equal_mix(*kept[1:])
    drawn = drawn_differences(matrix, reference, synthetic, weights=shown, strata=strata, seed=seed, samples=samples)
    by_source, equivalence = compare_sources(*kept, mix=mix, checks=drawn, plan=plan)
    shares, equivalence[SHARES] = compare_grade_shares(*kept, margin=plan.margins[SHARES])
    means = _mean_grades(grades, truth)
    equal = np.where(np.isnan(matrix), np.nan, matrix == reference)
    position, time = (as_wide(answers, grades, "grade", name) for name in ("position", "response_ms"))
    groups = reader_groups(answers.drop_duplicates("reader").set_index("reader"), grades.index)
    return Grading(
        readers=readers,
        crossed=(part.readers.size, int((mix > 0).sum())),
        shown_alike=bool(np.allclose(shown, 1)),
        read_alike=bool(np.allclose(mix, 1)),
        pooled={kind: np.sum([one.tables[kind] for one in readers], axis=0).tolist() for kind in ("real", "synthetic")},
        agreement=summarise_agreement(
            matrix,
            repeated,
            synthetic,
            strata=strata,
            weights=shown,
            seed=seed,
            samples=samples,
        ),
        pairs=_pairs(matrix, grades.index.map(str).tolist()),
        by_source=by_source,
        shares=shares,
        equivalence=equivalence,
        limits={
            images: limits_of_agreement([one.reference for one in chosen], [one.mean for one in chosen])
            for images, chosen in (
                ("all", means),
                ("real", [one for one in means if one.source == "real"]),
                ("synthetic", [one for one in means if one.source == "synthetic"]),
            )
        },
        mean_grades=means,
        contrasts=contrasts_of(same_grade(matrix, reference), groups, position, time, repeated),
        course=course_of(equal, position),
    )


def _mean_grades(grades: pd.DataFrame, truth: pd.DataFrame) -> list[MeanGrade]:
    means = grades.mean(axis=0).dropna()
    cases = truth.loc[means.index]
    rows = zip(means.index, cases["source"], cases["reference_grade"], means, strict=True)
    return [MeanGrade(str(case), str(source), int(grade), float(mean)) for case, source, grade, mean in rows]


def compare_sources(
    grades: Floats,
    reference: NDArray[np.int_],
    synthetic: NDArray[np.bool_],
    *,
    mix: Floats,
    checks: list[Estimate],
    plan: AnalysisPlan,
) -> tuple[list[SourceComparison], dict[str, Outcome]]:
    """Each of `FIGURES` by source, and the equivalence of κ and mean error within the margins of the plan.

    grades [readers, cases] without gaps; mix [cases]: `equal_mix` of these cases; checks: as `drawn_differences` gives.
    """
    compared, equivalence = [], {}
    names = {grading_figures.kappa_with_reference: KAPPA, grading_figures.mean_error: ERROR}
    for figure, check in zip(FIGURES, checks, strict=True):
        real, made = (figure(grades[:, kind], reference[kind], weights=mix[kind]) for kind in (~synthetic, synthetic))
        difference = compare_separate_cases(made, real).pooled
        apart = pool_readers(real).estimate, pool_readers(made).estimate
        compared.append(SourceComparison(made.name, *apart, difference.estimate, check))
        if name := names.get(figure):
            equivalence[name] = outcome_of(name, difference, margin=plan.margins[name], check=check)
    return compared, equivalence


def drawn_differences(
    matrix: Floats,
    reference: NDArray[np.int_],
    synthetic: NDArray[np.bool_],
    *,
    weights: Floats,
    strata: NDArray[np.int_],
    seed: int,
    samples: int,
) -> list[Estimate]:
    """Synthetic minus real of each of `FIGURES`, of all readings, by a bootstrap over readers and images."""
    error = matrix - reference
    statistics = (
        mean_kappa_with_reference(matrix, reference),
        mean_score(np.where(np.isnan(error), np.nan, error == 0)),
        mean_score(np.where(np.isnan(error), np.nan, np.abs(error) <= 1)),
        mean_score(error),
    )
    return [
        bootstrap_estimate(
            difference_by(one, synthetic, weights=weights),
            readers=len(matrix),
            strata=strata,
            rng=np.random.default_rng(seed),
            samples=samples,
        )
        for one in statistics
    ]


def _strata(reference: NDArray[np.int_], synthetic: NDArray[np.bool_]) -> NDArray[np.int_]:
    """Source and grade of each case; the source alone where one of them is single, whose scatter nobody sees."""
    both = reference + 5 * synthetic
    return np.asarray(both if np.unique(both, return_counts=True)[1].min() > 1 else synthetic.astype(int))


def _readers(
    grades: pd.DataFrame, again: Floats, reference: NDArray[np.int_], synthetic: NDArray[np.bool_]
) -> list[ReaderGrading]:
    rows = zip(grades.index, grades.to_numpy(dtype=float), again, strict=True)
    return [
        ReaderGrading(
            reader=str(reader),
            tables={
                kind: _table(reference[chosen], given[chosen])
                for kind, chosen in (("real", ~synthetic), ("synthetic", synthetic))
            },
            with_reference=agreement.cohen_kappa(reference, given),
            linear=agreement.cohen_kappa(reference, given, weights="linear"),
            unweighted=agreement.cohen_kappa(reference, given, weights="none"),
            equal=agreement.percent_agreement(reference, given),
            with_self=self_kappa(given, repeated),
        )
        for reader, given, repeated in rows
    ]


def _pairs(matrix: Floats, readers: list[str]) -> dict[str, dict[str, float | None]]:
    tables = agreement.pairwise_tables(matrix, np.ones(matrix.shape[1]))
    kappas = agreement.kappa_of_tables(tables, weights="quadratic")
    return {
        first: {
            second: None if np.isnan(kappas[i, j]) else float(kappas[i, j])
            for j, second in enumerate(readers)
            if i != j
        }
        for i, first in enumerate(readers)
    }


def _table(reference: NDArray[np.int_], given: Floats) -> Table:
    read = ~np.isnan(given)
    table = np.zeros((5, 5), dtype=int)
    np.add.at(table, (reference[read].astype(int), given[read].astype(int)), 1)
    return [[int(count) for count in row] for row in table]
