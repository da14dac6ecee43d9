"""Measuring a training while it runs."""

from pathlib import Path

import numpy as np
import pytest
from torch import Tensor
from torch.nn import functional

from generator.checkpoints import load_checkpoint, read_card
from generator.features import Extractor
from generator.training import BEST, train
from generator.training_data import TrainingData
from generator.training_state import Settings
from generator.watching import Watch, at_size, note, read_metrics
from tests.generator.core.test_core import SMALL, knees


def coarse(grey: Tensor) -> Tensor:
    """A look that is quick: the means of sixteen squares."""
    return functional.adaptive_avg_pool2d(grey, 4).flatten(1) / 255


LOOK = Extractor("squares", "squares", coarse, "cpu")


def other_knees(count: int = 12, brightness: int = 0) -> TrainingData:
    rng = np.random.default_rng(1)
    images = rng.integers(brightness, 256, (count, 224, 224), dtype=np.uint8)
    return TrainingData(
        images, np.array([0] * (count - 2) + [3] * 2), [f"held {n}" for n in range(count)], "window", "x"
    )


def test_a_training_writes_its_distance_and_keeps_the_best(tmp_path: Path) -> None:
    watch = Watch(other_knees(), LOOK, every=16, count=8)
    train(knees(), settings=Settings(architecture=SMALL, batch=8), out=tmp_path / "k", max_images=40, watch=watch)
    rows = read_metrics(tmp_path / "k")
    assert [row["images_seen"] for row in rows] == ["16", "32", "40"]
    assert float(rows[0]["floor"]) < float(rows[0]["distance"])
    best = min(rows, key=lambda row: float(row["distance"]))
    card = read_card(tmp_path / "k" / BEST)
    assert (card.images_seen, card.name) == (int(best["images_seen"]), "k-best")
    standard = watch.against(knees(), size=28)
    again = standard.distance(load_checkpoint(str(tmp_path / "k" / BEST)).generator)
    assert again == pytest.approx(float(best["distance"]), rel=0.02)  # weights are kept in half precision


def test_only_a_smaller_distance_than_every_earlier_one_is_the_best(tmp_path: Path) -> None:
    standard = Watch(other_knees(), LOOK, count=8).against(knees(), size=28)
    kept = [note(tmp_path, images_seen=n, distance=d, standard=standard) for n, d in enumerate([5.0, 4.0, 4.5, 3.0])]
    assert kept == [True, True, False, True]


def test_the_distance_grows_with_what_the_eye_sees() -> None:
    standard = Watch(other_knees(), LOOK, count=12).against(knees(), size=224)
    brighter = Watch(other_knees(brightness=200), LOOK, count=12).against(knees(), size=224)
    assert brighter.floor > 10 * standard.floor


def test_radiographs_of_another_kind_or_learnt_from_measure_nothing() -> None:
    held = other_knees()
    phantoms = TrainingData(held.images, held.grades, held.digests, "window", "x", is_phantom=True)
    with pytest.raises(ValueError, match="another kind"):
        Watch(phantoms, LOOK).against(knees(), size=28)
    with pytest.raises(ValueError, match="are learnt from"):
        Watch(knees(), LOOK).against(knees(), size=28)


def test_an_image_is_seen_at_the_size_of_the_training() -> None:
    fine = np.indices((224, 224)).sum(0)[None] % 2 * 255
    assert np.ptp(at_size(fine.astype(np.uint8), 56)) == 0
    assert np.ptp(at_size(fine.astype(np.uint8), 224)) == 255
