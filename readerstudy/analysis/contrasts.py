"""One figure under two conditions: two groups of readers, two halves of their readings, first and repeated readings.

Each condition keeps some readings and drops the others. Where both conditions are crossed designs the difference is
Obuchowski and Rockette's, otherwise the U-statistic's, which takes any pattern of gaps and is the check of the former.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from readerstudy.analysis import grading_figures, reader_figures, u_statistics
from readerstudy.analysis.crossed import crossed_part
from readerstudy.analysis.estimate import Estimate, not_estimable
from readerstudy.analysis.multiplicity import adjusted_among_tested
from readerstudy.analysis.obuchowski_rockette import PooledFigure, pool_readers
from readerstudy.analysis.reader_contrasts import compare_groups, compare_modalities
from readerstudy.analysis.reader_figures import Figure, Floats

Kept = NDArray[np.bool_]
GroupPair = tuple[tuple[str, Kept], tuple[str, Kept]]  # two groups of readers, by name
FEWEST_REPEATED = 6  # images


@dataclass(frozen=True)
class Measure:
    """readings [readers, cases], NaN where there is none, and the truth [cases] that `figure` judges them by.

    By U-statistics: difference, of two sets of readings of the same images, as many of each truth; apart, of two sets
    that an order dealt out, images of one truth to one set and of another to the other as chance would have it, and
    one, of one such set (None where halves of the readings are not compared).
    """

    name: str
    readings: Floats
    truth: NDArray[np.generic]
    figure: Figure
    difference: Callable[[Floats, Floats], PooledFigure]
    apart: Callable[[Floats, Floats], PooledFigure] | None = None
    one: Callable[[Floats], PooledFigure] | None = None


@dataclass(frozen=True)
class Contrast:
    """A figure under the conditions A and B, and A minus B; check: the same by U-statistics.

    p_adjusted: of the difference, by Holm among all contrasts of a study that are tested.
    """

    figure: str
    condition_a: str
    condition_b: str
    of_a: Estimate
    of_b: Estimate
    difference: Estimate
    check: Estimate | None
    p_adjusted: float | None = None


def share_of(
    name: str,
    figure: Figure,
    readings: Floats,
    truth: NDArray[np.generic],
    right: Callable[[Floats, Floats], Floats],
    *,
    null: float | None = None,
) -> Measure:
    """A share of right readings; right says of readings and truth which are. null: the share of guessing, if any."""

    def scores(of: Floats) -> Floats:
        return np.where(np.isnan(of), np.nan, right(of, np.asarray(truth, dtype=float)))

    return Measure(
        name,
        readings,
        truth,
        figure,
        lambda first, second: u_statistics.compare_correct(scores(first), scores(second), strata=truth),
        lambda first, second: u_statistics.compare_correct(scores(first), scores(second)),
        lambda of: u_statistics.pooled_correct(scores(of), null=null),
    )


def accuracy(calls: Floats, synthetic: Kept) -> Measure:
    """Share of images rightly called real or synthetic; balanced, where there are not as many of each.

    How readers lean moves the accuracy itself then, and would pass for how well they tell the two apart.
    """
    null = reader_figures.accuracy_of_guessing(synthetic)
    if null is None:
        return replace(area(calls, synthetic), name="balanced accuracy", figure=reader_figures.balanced_accuracy)
    return share_of("accuracy", reader_figures.accuracy, calls, synthetic, lambda of, truth: of == truth, null=null)


def area(ratings: Floats, synthetic: Kept) -> Measure:
    """AUC of the confidence."""
    return Measure(
        "AUC",
        ratings,
        synthetic,
        reader_figures.auc,
        lambda first, second: u_statistics.compare_auc(first, second, synthetic),
    )


def same_grade(grades: Floats, reference: NDArray[np.generic]) -> Measure:
    """Share of images given the reference grade."""
    figure = grading_figures.equal_to_reference
    return share_of("equal to the reference", figure, grades, reference, lambda of, truth: of == truth)


def by_groups(measure: Measure, first: tuple[str, Kept], second: tuple[str, Kept]) -> Contrast:
    """Two groups of readers [readers], by name, on the same images."""
    (name, one), (other_name, other) = first, second
    crossed = crossed_part(measure.readings[one | other])
    whole, truth = crossed.of(measure.readings[one | other]), measure.truth[crossed.cases]
    kept = one[one | other][crossed.readers]
    parts = whole[kept], whole[~kept]
    of_one, of_other = (pool_readers(measure.figure(part, truth)).estimate for part in parts)
    difference = compare_groups(measure.figure, *parts, truth).estimate
    check = measure.difference(_only(measure.readings, one[:, None]), _only(measure.readings, other[:, None])).estimate
    return Contrast(measure.name, name, other_name, of_one, of_other, difference, check)


def by_readings(measure: Measure, first: tuple[str, Kept], second: tuple[str, Kept]) -> list[Contrast]:
    """Two sets of readings [readers, cases], by name, that need not be of the same images."""
    if measure.one is None or measure.apart is None:
        return []
    (name, one), (other_name, other) = first, second
    parts = _only(measure.readings, one), _only(measure.readings, other)
    of_one, of_other = (measure.one(part).estimate for part in parts)
    return [Contrast(measure.name, name, other_name, of_one, of_other, measure.apart(*parts).estimate, None)]


def by_repeat(measure: Measure, again: Floats) -> Contrast | None:
    """Repeated and first readings of the same images; again [readers, cases]. None where nothing was read twice.

    Not estimable with fewer than `FEWEST_REPEATED` images: how images scatter is hardly known from them.
    """
    cases = ~np.isnan(again).all(0)
    if not cases.any():
        return None
    names = "repeated reading", "first reading of the same images"
    if cases.sum() < FEWEST_REPEATED:
        none = not_estimable(f"fewer than {FEWEST_REPEATED} images were read twice")
        return Contrast(measure.name, *names, none, none, none, None)
    repeated = again[:, cases]
    first = measure.readings[:, cases]
    truth = measure.truth[cases]
    restricted = np.where(cases, measure.readings, np.nan)
    return Contrast(
        measure.name,
        *names,
        pool_readers(measure.figure(repeated, truth)).estimate,
        pool_readers(measure.figure(first, truth)).estimate,
        compare_modalities(measure.figure, repeated, first, truth).pooled.estimate,
        measure.difference(again, restricted).estimate,
    )


def with_adjusted(contrasts: list[Contrast]) -> list[Contrast]:
    """The same, adjusted for one another."""
    p_values = adjusted_among_tested([one.difference.p_value for one in contrasts])
    return [replace(one, p_adjusted=p_value) for one, p_value in zip(contrasts, p_values, strict=True)]


def halves(values: Floats) -> tuple[Kept, Kept]:
    """The upper and the lower half of each reader's own values [readers, cases]; what equals the median is lower."""
    middle = np.array([[np.nanmedian(row) if np.isfinite(row).any() else np.nan] for row in values])
    return values > middle, values <= middle


def contrasts_of(
    measure: Measure, groups: list[GroupPair], position: Floats, time: Floats, again: Floats
) -> list[Contrast]:
    """The contrasts that these readers have: groups, halves of the sitting, slow and fast readings, repeats.

    groups: as `reader_groups` gives them; position, time and again [readers, cases] of the readings.
    """
    found = [by_groups(measure, *pair) for pair in groups]
    if np.isfinite(position).any():
        later, earlier = halves(np.where(np.isnan(measure.readings), np.nan, position))
        found += by_readings(measure, ("second half of the sitting", later), ("first half", earlier))
    if np.isfinite(time).any():
        slower, faster = halves(np.where(np.isnan(measure.readings), np.nan, time))
        found += by_readings(measure, ("slower half of a reader’s readings", slower), ("faster half", faster))
    repeated = by_repeat(measure, again)
    return [*found, repeated] if repeated else found


def reader_groups(everyone: pd.DataFrame, present: pd.Index) -> list[GroupPair]:
    """The two largest specialties of two readers or more, and the two halves by experience, where there are two.

    everyone: specialty and years_experience of all readers of the study, by name, so that each phase has the same
    groups; present: the readers whom the masks are of.
    """
    sizes = everyone["specialty"].value_counts().sort_index().sort_values(ascending=False, kind="stable")
    largest = sizes.index[sizes > 1][:2]
    specialty = everyone.loc[present, "specialty"]
    pairs = []
    if len(largest) > 1:
        one, other = ((str(name), (specialty == name).to_numpy()) for name in largest)
        pairs.append((one, other))
    by_experience = experience_halves(everyone, present)
    return [*pairs, (by_experience[0], by_experience[1])] if by_experience else pairs


def experience_halves(everyone: pd.DataFrame, present: pd.Index) -> list[tuple[str, Kept]]:
    """Readers from the median years of experience of everyone on, and below it; none where all have the same."""
    years = everyone["years_experience"].to_numpy(dtype=float)
    if np.unique(years[~np.isnan(years)]).size < 2:
        return []
    median = float(np.nanmedian(years))
    middle = median if (years < median).any() else float(np.nanmin(years[years > median]))
    of_present = everyone.loc[present, "years_experience"].to_numpy(dtype=float)
    return [(f"{middle:g} years and more", of_present >= middle), (f"less than {middle:g} years", of_present < middle)]


def _only(readings: Floats, kept: Kept) -> Floats:
    return np.where(kept, readings, np.nan)
