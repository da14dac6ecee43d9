"""Phantom radiographs: what the grade promises must be there to see in the pixels."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from readerstudy.radiographs.canonical import PRESETS, canonical_form
from readerstudy.radiographs.phantom import SIZE, Phantom, render_phantom
from readerstudy.radiographs.polarity import is_inverted
from readerstudy.radiographs.quality import assess_quality

GRADES = range(5)
SEEDS = range(12)


@pytest.fixture(scope="module")
def phantoms() -> dict[tuple[int, int], Phantom]:
    """By seed and grade."""
    return {(seed, grade): render_phantom(seed=seed, grade=grade) for seed in SEEDS for grade in GRADES}


def worn_space(phantom: Phantom) -> float:
    return min(phantom.joint_space_medial, phantom.joint_space_lateral)


def seen_gap(phantom: Phantom) -> float:
    """The dark band across the narrower compartment: its depth below bone, summed over its rows."""
    grey = phantom.pixels.astype(float)
    depths = []
    for columns in (slice(54, 74), slice(148, 168)):  # the middles of the two condyles
        profile = gaussian_filter1d(grey[80:170, columns], 0.7, axis=0)
        bone = np.percentile(profile, 60, axis=0)
        depths.append(np.clip(bone * 0.9 - profile, 0, None).sum(axis=0).mean() / bone.mean())
    return float(min(depths))


def test_the_same_arguments_give_the_same_pixels() -> None:
    first, again = render_phantom(seed=5, grade=3, side="L"), render_phantom(seed=5, grade=3, side="L")
    assert np.array_equal(first.pixels, again.pixels)
    assert replace(first, pixels=again.pixels) == again


def test_phantoms_are_twelve_bits_deep_and_not_saturated(phantoms: dict[tuple[int, int], Phantom]) -> None:
    for phantom in phantoms.values():
        assert phantom.pixels.shape == (SIZE, SIZE)
        assert phantom.pixels.dtype == np.uint16
        assert phantom.pixels.max() <= 4095
        assert np.mean(phantom.pixels == 4095) < 0.05
        assert np.unique(phantom.pixels).size > 500


def test_the_joint_space_of_a_knee_narrows_with_every_grade(phantoms: dict[tuple[int, int], Phantom]) -> None:
    means = [np.mean([worn_space(phantoms[seed, grade]) for seed in SEEDS]) for grade in GRADES]
    assert all(wider > narrower for wider, narrower in pairwise(means))
    assert means[0] > 4
    assert means[4] < 1.5


def test_the_narrowing_is_seen_in_the_image(phantoms: dict[tuple[int, int], Phantom]) -> None:
    means = [np.mean([seen_gap(phantoms[seed, grade]) for seed in SEEDS]) for grade in GRADES]
    assert means[0] > means[2] > means[3] > means[4]
    assert means[4] < 0.6 * means[0]


def test_osteophytes_and_sclerosis_grow_with_the_grade(phantoms: dict[tuple[int, int], Phantom]) -> None:
    for sign in ("osteophyte", "sclerosis"):
        means = [np.mean([getattr(phantoms[seed, grade], sign) for seed in SEEDS]) for grade in GRADES]
        assert means[0] == 0
        assert all(less < more for less, more in pairwise(means))


def test_knees_of_one_grade_differ(phantoms: dict[tuple[int, int], Phantom]) -> None:
    spaces = {phantoms[seed, 2].joint_space_medial for seed in SEEDS}
    assert len(spaces) == len(SEEDS)
    first, other = phantoms[0, 2].pixels.astype(int), phantoms[1, 2].pixels.astype(int)
    assert np.abs(first - other).mean() > 100


def test_a_seed_keeps_its_knee_across_grades(phantoms: dict[tuple[int, int], Phantom]) -> None:
    def likeness(one: Phantom, other: Phantom) -> float:
        return float(np.corrcoef(one.pixels.ravel(), other.pixels.ravel())[0, 1])

    for seed in SEEDS:
        same_knee = likeness(phantoms[seed, 0], phantoms[seed, 4])
        others = [likeness(phantoms[seed, 0], phantoms[other, 0]) for other in SEEDS if other != seed]
        assert same_knee > max(others)


def test_a_left_knee_is_the_mirror_image_of_the_right() -> None:
    right, left = render_phantom(seed=9, grade=1, side="R"), render_phantom(seed=9, grade=1, side="L")
    assert np.array_equal(left.pixels, right.pixels[:, ::-1])
    assert (left.joint_space_medial, left.side) == (right.joint_space_medial, "L")


@pytest.mark.parametrize("preset", PRESETS)
def test_phantoms_pass_for_good_positive_radiographs(preset: str, phantoms: dict[tuple[int, int], Phantom]) -> None:
    for phantom in phantoms.values():
        assert not is_inverted(phantom.pixels)
        quality = assess_quality(canonical_form(phantom.pixels, preset=preset, side="R"), preset=preset)
        assert not quality.near_empty
        assert not quality.blurred


@pytest.mark.parametrize(("grade", "side"), [(5, "R"), (-1, "R"), (2, "left")])
def test_grades_and_sides_that_do_not_exist_are_refused(grade: int, side: str) -> None:
    with pytest.raises(ValueError, match="not"):
        render_phantom(seed=0, grade=grade, side=side)
