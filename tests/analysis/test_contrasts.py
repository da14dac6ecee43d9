"""A figure under two conditions: groups, halves of the sitting, slow and fast readings, repeats; and its course."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from readerstudy.analysis import reader_figures
from readerstudy.analysis.contrasts import (
    accuracy,
    area,
    by_groups,
    by_readings,
    by_repeat,
    contrasts_of,
    halves,
    reader_groups,
    same_grade,
)
from readerstudy.analysis.course import course_of
from readerstudy.analysis.reader_contrasts import compare_groups

Floats = NDArray[np.float64]
SYNTHETIC = np.arange(40) % 2 == 1


def some_evidence(seed: int, readers: int = 10) -> Floats:
    rng = np.random.default_rng(seed)
    each = rng.normal(np.where(SYNTHETIC, 0.4, -0.4), 1, (readers, 40)) + rng.normal(0, 0.4, 40)
    return np.where(each == 0, 0.1, each) + rng.normal(0, 0.3, (readers, 1))


def calls_of(evidence: Floats) -> Floats:
    return (evidence > 0).astype(float)


def order(seed: int, readers: int = 10) -> Floats:
    rng = np.random.default_rng(seed)
    return np.array([rng.permutation(40) + 1 for _ in range(readers)], dtype=float)


def test_halves_are_of_each_reader_and_leave_no_reading_twice() -> None:
    values = np.array([[1.0, 2, 3, 4, np.nan], [10, 10, 10, 20, 30], [np.nan] * 5])
    upper, lower = halves(values)
    assert upper.tolist() == [[False, False, True, True, False], [False, False, False, True, True], [False] * 5]
    assert lower.tolist() == [[True, True, False, False, False], [True, True, True, False, False], [False] * 5]


def test_the_second_half_of_the_sitting_is_compared_with_the_first_by_counting() -> None:
    positions, calls = order(1), calls_of(some_evidence(1))
    calls = np.where(positions > 20, SYNTHETIC, calls)  # learnt it
    later, earlier = halves(positions)
    (found,) = by_readings(accuracy(calls, SYNTHETIC), ("second", later), ("first", earlier))
    assert found.of_a.value == 1
    first = [(row[early] == SYNTHETIC[early]).mean() for row, early in zip(calls, earlier, strict=True)]
    assert found.of_b.value == pytest.approx(np.mean(first))
    assert found.difference.value == pytest.approx(1 - np.mean(first))
    assert found.difference.p_value < 0.001
    assert found.check is None


@pytest.mark.parametrize("figure", ["accuracy", "AUC"])
def test_the_check_of_two_groups_has_the_error_of_the_model_on_average(figure: str) -> None:
    """Obuchowski–Rockette and U-statistics are two ways to one variance, of 4 and 6 readers in 60 drawn studies."""
    rows, squares, freedom = np.arange(10) < 4, [], []
    for seed in range(60):
        evidence = some_evidence(seed)
        measure = (
            accuracy(calls_of(evidence), SYNTHETIC) if figure == "accuracy" else area(np.round(evidence), SYNTHETIC)
        )
        parts = [np.where(chosen[:, None], measure.readings, np.nan) for chosen in (rows, ~rows)]
        check = measure.difference(*parts)
        model = compare_groups(measure.figure, measure.readings[rows], measure.readings[~rows], measure.truth)
        assert check.estimate.value == pytest.approx(model.estimate.value)
        assert check.standard_error is not None
        assert model.standard_error is not None
        squares.append((check.standard_error.error**2, model.standard_error.error**2))
        freedom.append((check.standard_error.freedom, model.standard_error.freedom))
    assert np.divide(*np.mean(squares, axis=0)) == pytest.approx(1, abs=0.1)
    # Welch's, of two groups apart: from 3, the smaller group's, up to the 8 that the model pools
    assert 3 < np.median(freedom, axis=0)[0] < np.median(freedom, axis=0)[1]


def test_groups_and_halves_drawn_alike_differ_as_often_as_the_level_allows() -> None:
    alarms = np.zeros(3)
    rows = np.arange(10) < 5
    for seed in range(200):
        measure = accuracy(calls_of(some_evidence(seed)), SYNTHETIC)
        groups = by_groups(measure, ("a", rows), ("b", ~rows))
        later, earlier = halves(order(seed))
        (sitting,) = by_readings(measure, ("second", later), ("first", earlier))
        for at, one in enumerate((groups.difference, groups.check, sitting.difference)):
            alarms[at] += one is not None and one.p_value is not None and one.p_value < 0.05
    assert (alarms / 200 < 0.1).all()


def test_repeated_readings_are_compared_on_the_same_images_alone() -> None:
    calls = calls_of(some_evidence(3))
    again = np.where(np.arange(40) < 12, calls_of(some_evidence(4)), np.nan)
    found = by_repeat(accuracy(calls, SYNTHETIC), again)
    assert found is not None
    assert found.of_b.value == pytest.approx((calls == SYNTHETIC)[:, :12].mean())
    assert found.of_a.value == pytest.approx((again == SYNTHETIC)[:, :12].mean())
    assert found.difference.value == pytest.approx(found.of_a.value - found.of_b.value)
    assert found.check.value == pytest.approx(found.difference.value)
    assert by_repeat(accuracy(calls, SYNTHETIC), np.full_like(calls, np.nan)) is None


def test_repeats_of_a_few_images_say_nothing_of_others() -> None:
    calls, repeated = calls_of(some_evidence(3)), calls_of(some_evidence(4))
    few, enough = (by_repeat(accuracy(calls, SYNTHETIC), np.where(np.arange(40) < n, repeated, np.nan)) for n in (5, 6))
    assert few is not None
    assert enough is not None
    assert (few.difference.value, few.difference.p_value, few.check) == (None, None, None)
    assert few.difference.reason == "fewer than 6 images were read twice"
    assert enough.difference.low is not None


def test_a_study_has_the_contrasts_that_its_readers_allow() -> None:
    grades, reference = np.clip(np.round(some_evidence(5) + 2), 0, 4), np.arange(40) % 5
    alike = pd.DataFrame({"specialty": ["radiology"] * 10, "years_experience": [np.nan] * 10})
    nothing = np.full(grades.shape, np.nan)
    measure = same_grade(grades, reference)
    assert contrasts_of(measure, reader_groups(alike, alike.index), nothing, nothing, nothing) == []
    mixed = pd.DataFrame({"specialty": ["radiology"] * 7 + ["surgery"] * 3, "years_experience": range(10)})
    groups = reader_groups(mixed, mixed.index)
    found = contrasts_of(measure, groups, order(5), order(6), np.where(np.arange(40) < 6, grades, np.nan))
    assert [(one.condition_a, one.condition_b) for one in found] == [
        ("radiology", "surgery"),
        ("4.5 years and more", "less than 4.5 years"),
        ("second half of the sitting", "first half"),
        ("slower half of a reader’s readings", "faster half"),
        ("repeated reading", "first reading of the same images"),
    ]
    assert {one.figure for one in found} == {"equal to the reference"}


def test_the_groups_are_those_of_the_whole_study_whoever_is_present() -> None:
    names = [f"R{number:02d}" for number in range(8)]
    everyone = pd.DataFrame(
        {"specialty": ["a", "b", "b", "c", "c", "d", "d", "d"], "years_experience": range(8)}, index=names
    )
    present = everyone.index[[1, 3, 4, 7]]
    specialties, experience = reader_groups(everyone, present)
    assert [name for name, _ in specialties] == ["d", "b"]  # a has one reader; b comes before c, which is as large
    assert specialties[0][1].tolist() == [False, False, False, True]
    assert specialties[1][1].tolist() == [True, False, False, False]
    assert experience[0][0] == "3.5 years and more"  # of all eight
    assert experience[0][1].tolist() == [False, False, True, True]


def test_the_course_has_every_reading_in_one_block() -> None:
    positions, calls = order(7), calls_of(some_evidence(7))
    correct = (calls == SYNTHETIC).astype(float)
    course = course_of(correct, positions)
    assert [(one.first, one.last) for one in course] == [(4 * block + 1, 4 * block + 4) for block in range(10)]
    for one in course:
        inside = (positions >= one.first) & (positions <= one.last)
        assert one.share.value == pytest.approx(correct[inside].mean())
    assert course_of(np.full((2, 3), np.nan), np.ones((2, 3))) == []
    assert [(one.first, one.last) for one in course_of(np.ones((2, 3)), np.tile([1.0, 2, 3], (2, 1)))] == [
        (1, 1), (2, 2), (3, 3),
    ]  # fmt: skip


def test_of_unequal_numbers_groups_who_lean_apart_are_compared_by_the_balanced_accuracy() -> None:
    """Guessers, 20 real and 40 synthetic images: five call most images real, five most synthetic."""
    rng = np.random.default_rng(3)
    synthetic = np.arange(60) >= 20
    lean = np.where(np.arange(10) < 5, 0.7, 0.3)[:, None]
    calls = (rng.random((10, 60)) < lean).astype(float)
    first = np.arange(10) < 5
    found = by_groups(accuracy(calls, synthetic), ("one", first), ("other", ~first))
    assert found.figure == "balanced accuracy"
    assert not found.difference.excludes(0)
    plain = compare_groups(reader_figures.accuracy, calls[first], calls[~first], synthetic).estimate
    assert plain.excludes(0)  # which the accuracy takes for a difference


def test_groups_in_which_each_reader_lacks_an_image_are_compared_on_the_others() -> None:
    rng = np.random.default_rng(4)
    synthetic = np.arange(60) >= 30
    calls = rng.integers(0, 2, (10, 60)).astype(float)
    for reader in range(10):
        calls[reader, reader] = calls[reader, 30 + reader] = np.nan
    first = np.arange(10) < 5
    found = by_groups(accuracy(calls, synthetic), ("one", first), ("other", ~first))
    kept = ~np.isnan(calls).any(0)
    assert found.of_a.n == 5
    assert found.of_a.value == pytest.approx((calls[first][:, kept] == synthetic[kept]).mean())
