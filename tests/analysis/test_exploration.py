"""Further questions: groups, effects, time and the images that deceive."""

import numpy as np
import pytest

from readerstudy.analysis.exploration import EXPERIENCE, GRADE, POSITION, explore
from readerstudy.analysis.readings import detection_matrix, rating_matrix, truth_of
from tests.analysis.test_summary import parsed, simulated


def explored(table):  # type: ignore[no-untyped-def]
    answers = parsed(table)
    calls = detection_matrix(answers)
    return explore(answers, calls, rating_matrix(answers).to_numpy(dtype=float), truth_of(answers))


def test_images_that_everybody_misjudges_come_first_and_are_counted() -> None:
    table = simulated(tasks=("detect",))
    table.loc[table["case"] == "C003", "value"] = "real"
    found = explored(table)
    assert (found.deceptive[0].case, found.deceptive[0].source) == ("C003", "synthetic")
    assert (found.deceptive[0].wrong, found.deceptive[0].read) == (5, 5)
    assert found.fooled_all >= 1


def test_specialties_and_experience_are_compared_where_both_groups_have_readers() -> None:
    table = simulated(readers=6, tasks=("detect",))
    number = table["reader"].str[1:].astype(int)
    assert explored(table).groups == []
    table["specialty"] = np.where(number > 3, "radiology", "orthopaedics")
    table["years_experience"] = number
    found = explored(table)
    assert [(one.name, one.readers) for one in found.groups] == [
        ("orthopaedics", 3), ("radiology", 3), ("3.5 years and more", 3), ("less than 3.5 years", 3),
    ]  # fmt: skip
    by_specialty, by_experience = (one for one in found.contrasts[:2])
    assert (by_specialty.condition_a, by_specialty.condition_b) == ("orthopaedics", "radiology")
    assert by_experience.condition_a == "3.5 years and more"
    assert by_specialty.of_a == found.groups[0].accuracy
    assert by_specialty.difference.value == pytest.approx(by_specialty.of_a.value - by_specialty.of_b.value)


def test_accuracy_is_given_for_each_reference_grade() -> None:
    table = simulated(tasks=("detect",))
    third = table["reference_grade"] == 3
    table.loc[third & (table["source"] == "synthetic"), "value"] = "synthetic"
    by_grade = explored(table).by_grade
    assert by_grade["synthetic"][3].value == 1
    read = table[(table["replicate"] == 1) & (table["reference_grade"] == 1)]
    assert by_grade["all"][1].value == pytest.approx((read["value"] == read["source"]).mean())


def test_effects_that_do_not_vary_stay_out_of_the_model() -> None:
    table = simulated(readers=8, cases=40, tasks=("detect",))
    found = explored(table)
    assert EXPERIENCE not in found.odds_ratios
    assert {POSITION, GRADE} & set(found.odds_ratios) or found.no_model
    table["reference_grade"] = table["position"] = 2
    assert explored(table).no_model.startswith("no experience")


def test_synthetic_against_real_is_adjusted_for_and_has_no_odds_ratio() -> None:
    """Readers who lean differ in how much easier one kind is for them: a ratio with random intercepts alone calls
    that a difference of the images in 36 of 100 studies in which there is none."""
    rng = np.random.default_rng(4)
    table = simulated(readers=10, cases=40, tasks=("detect",))
    synthetic = table["source"] == "synthetic"
    right = rng.random(len(table)) < np.where(synthetic, 0.4, 0.8)
    table["value"] = np.where(synthetic == right, "synthetic", "real")
    found = explored(table)
    assert not found.no_model
    assert set(found.odds_ratios) == {POSITION, GRADE}
    assert found.odds_ratios[GRADE].n == 400
