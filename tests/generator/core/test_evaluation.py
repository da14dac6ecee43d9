"""Synthetic beside real, real beside real: sides, sizes, floors, and the page that tells of them."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from generator.evaluation import MEASURES, Images, Row, deal_subjects, evaluate
from generator.evaluation_report import CSV_HEADER, Evaluated, csv_rows, table, write_sheet

RNG = np.random.default_rng(5)


def real_images(per_grade: tuple[int, ...] = (40, 40, 40, 40, 40), *, judged: bool = True) -> Images:
    """Each subject has two knees of the same look, often of neighbouring grades."""
    grades = np.repeat(np.arange(5), per_grade)
    subjects = np.array([f"subject {(index // 2)}" for index in range(len(grades))])
    faces = RNG.standard_normal((len(grades) // 2 + 1, 12)).repeat(2, axis=0)[: len(grades)]
    features = faces + 0.1 * RNG.standard_normal((len(grades), 12))
    return Images(features, grades, subjects, grades.copy() if judged else None)


def synthetic_images(shift: float, per_grade: int = 30) -> Images:
    grades = np.repeat(np.arange(5), per_grade)
    groups = np.array([f"synthetic {index}" for index in range(len(grades))])
    return Images(RNG.standard_normal((len(grades), 12)) + shift, grades, groups, np.full(len(grades), 2))


def test_no_subject_is_on_both_sides_and_rare_grades_are_on_each() -> None:
    real = real_images((90, 70, 50, 20, 20))
    for seed in range(5):
        side = deal_subjects(real, seed=seed)
        assert not set(real.groups[side == 0]) & set(real.groups[side == 1])
        for grade in range(5):
            counts = np.bincount(side[real.grades == grade], minlength=2)
            assert abs(counts[0] - counts[1]) <= 2
    assert not np.array_equal(deal_subjects(real, seed=0), deal_subjects(real, seed=1))


def test_images_of_the_same_distribution_lie_at_the_floor_and_others_beyond_it() -> None:
    real = real_images()
    alike, far = evaluate(real, synthetic_images(0.0))[-1], evaluate(real, synthetic_images(2.0))[-1]
    for measure in ("frechet", "kernel", "detector_auc"):
        assert far[measure].value > far[measure].floor + 5 * far[measure].floor_sd
    for measure in ("precision", "recall", "density", "coverage"):
        assert far[measure].value < 0.5 * far[measure].floor
        assert alike[measure].value == pytest.approx(alike[measure].floor, abs=0.35)
    assert abs(alike["detector_auc"].value - 0.5) < 0.15
    assert abs(alike["detector_auc"].floor - 0.5) < 0.15
    assert alike.n == far.n == 5 * 20


def test_both_sides_hold_as_many_images_as_the_smaller_can() -> None:
    rows = evaluate(real_images((40, 40, 40, 40, 12)), synthetic_images(0.0, per_grade=15))
    assert [row.n for row in rows[:4]] == [15] * 4
    assert rows[4].n <= 6
    assert rows[5].n == sum(row.n for row in rows[:5])
    assert rows[4]["frechet"].value is None
    assert rows[4]["frechet"].reason == "fewer than 10 images on a side"
    assert rows[5]["frechet"].value is not None


def test_grades_are_judged_beside_real_images_that_are_judged_too() -> None:
    rows = evaluate(real_images(), synthetic_images(0.0))
    assert (rows[2]["accuracy"].value, rows[2]["accuracy"].floor) == (1, 1)
    assert (rows[4]["accuracy"].value, rows[4]["accuracy"].floor, rows[4]["within_one"].value) == (0, 1, 0)
    assert rows[5]["accuracy"].value == pytest.approx(rows[2].n / rows[5].n)
    assert rows[5]["accuracy"].floor == 1
    assert "no κ" in rows[3]["kappa"].reason
    unjudged = evaluate(real_images(judged=False), replace(synthetic_images(0.0), judged=None), splits=1).pop()
    assert unjudged["kappa"].reason


def test_a_bank_that_is_too_short_is_said() -> None:
    with pytest.raises(ValueError, match=r"too few images .* 10 of one grade are the least"):
        evaluate(real_images((12, 12, 12, 12, 12)), synthetic_images(0.0))


def test_the_same_images_give_the_same_figures() -> None:
    real, synthetic = real_images(), synthetic_images(1.0)
    assert evaluate(real, synthetic) == evaluate(real, synthetic)


@cache
def some_rows() -> list[Row]:
    return evaluate(real_images((40, 40, 40, 40, 12)), synthetic_images(1.0, per_grade=15), splits=2)


def evaluated(**changed: object) -> Evaluated:
    told = {
        "checkpoint": "=knee",
        "digest": "ab" * 32,
        "preset": "published",
        "real": "172 of knees val",
        "truncation": 1.0,
        "distance_name": "Fréchet distance (EfficientNet-Lite0)",
        "grader": "",
        "notes": ["Note: the generator learnt from knees val."],
        "rows": some_rows(),
    }
    return Evaluated(**(told | changed))


def test_the_table_shows_each_figure_beside_its_floor() -> None:
    one = evaluated()
    lines = table([one, evaluated(checkpoint="other")]).splitlines()
    assert lines[0].startswith("=knee abababab, preset “published”, beside 172 of knees val")
    assert "judged" not in lines[1]
    shown = one.rows[0]["frechet"]
    assert f"{shown.value:.1f} [{shown.floor:.1f}]" in lines[2]
    assert lines[6].split()[:3] == ["4", str(one.rows[4].n), "–"]
    assert "Note: the generator learnt from knees val." in lines
    assert any(line.startswith("other") for line in lines)
    assert [line.split()[:3] for line in lines[-2:]] == [
        [name, "abababab", str(one.rows[-1].n)] for name in ("=knee", "other")
    ]
    assert "judged right" in table([evaluated(grader="cd" * 32)])


def test_the_word_fid_stands_only_over_inception_features() -> None:
    assert "FID" not in table([evaluated()])
    assert "FID" in table([evaluated(distance_name="FID")])


def test_the_rows_for_a_spreadsheet_hold_every_measure() -> None:
    rows = list(csv_rows([evaluated()]))
    assert len(rows) == 6 * len(MEASURES)
    assert {len(row) for row in rows} == {len(CSV_HEADER)}
    assert [row[3] for row in rows[:: len(MEASURES)]] == [0, 1, 2, 3, 4, ""]


def test_the_sheet_shows_real_above_synthetic_of_each_grade(tmp_path: Path) -> None:
    grades = np.repeat(np.arange(5), 2)
    real, synthetic = (np.stack([np.full((20, 20), level + g, np.uint8) for g in grades]) for level in (100, 200))
    write_sheet(tmp_path / "s.png", real=real, real_grades=grades, synthetic=synthetic, synthetic_grades=grades)
    sheet = np.asarray(Image.open(tmp_path / "s.png"))
    assert sheet.shape == (200, 34 + 10 * 20)
    assert sheet[10::20, 34 + 25].tolist() == [100, 200, 101, 201, 102, 202, 103, 203, 104, 204]
