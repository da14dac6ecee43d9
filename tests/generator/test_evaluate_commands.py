"""train_classifier and evaluate_generator on a small bank, with a quick stand-in for the large network."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError

from generator.bank_data import origins_learnt, real_radiographs
from generator.bank_features import RealImages
from generator.checkpoints import load_checkpoint, save_checkpoint
from generator.classifier import load_grader
from generator.evaluating import draw_canonical
from generator.evaluation import evaluate
from generator.features import Backbone, Extractor
from generator.judging import judge
from generator.sampling import synthesise
from generator.training_data import digest_of_data
from readerstudy.audit.models import Entry
from tests.generator.bank import add_knees
from tests.generator.core.test_core import CARD, small_generator
from tests.generator.core.test_features import coarse
from tests.generator.test_commands import run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quick_features(monkeypatch: pytest.MonkeyPatch) -> None:
    def quick(*, device: str) -> Extractor:
        return coarse("EfficientNet-Lite0")

    for module in ("graders", "classifier", "management.commands.evaluate_generator"):
        monkeypatch.setattr(f"generator.{module}.efficientnet", quick)
    monkeypatch.setattr("generator.evaluating.evaluate", partial(evaluate, splits=2))


@pytest.fixture
def checkpoint(tmp_path: Path) -> str:
    save_checkpoint(
        tmp_path / "small", generator=small_generator(), **CARD | {"preset": "published", "data": "knees train"}
    )
    return str(tmp_path / "small")


def test_a_grader_is_trained_and_a_generator_evaluated_with_it(tmp_path: Path, checkpoint: str) -> None:
    add_knees(per_grade=10, split="train")
    add_knees(per_grade=24, split="val", first_subject=1000)
    cache = {"cache": tmp_path / "cache"}
    told = run("train_classifier", out=tmp_path / "grader", **cache)
    assert "a frozen grader of 50 radiographs (knees train). On 120 of knees val: accuracy" in told
    card = json.loads((tmp_path / "grader/card.json").read_text())
    assert (card["data"], card["validation"]["n"], card["preset"]) == ("knees train", 120, "published")
    assert Entry.objects.filter(verb="train classifier").exists()
    with pytest.raises(CommandError, match="already holds a training"):
        run("train_classifier", out=tmp_path / "grader", **cache)

    options = {"out": tmp_path / "e", "per_grade": 10, "classifier": tmp_path / "grader", **cache}
    shown = run("evaluate_generator", checkpoint, **options)
    assert "beside 120 of knees val" in shown
    assert "Note:" not in shown
    (one,) = json.loads((tmp_path / "e/evaluation.json").read_text())
    assert [row["grade"] for row in one["rows"]] == [0, 1, 2, 3, 4, None]
    everything = {each["measure"]: each for each in one["rows"][-1]["measured"]}
    assert everything["detector_auc"]["value"] > 0.95
    assert everything["detector_auc"]["floor"] < 0.7
    assert everything["accuracy"]["floor"] is not None
    assert (tmp_path / "e/table.txt").read_text().strip() in shown
    assert "Fréchet distance (EfficientNet-Lite0)" in (tmp_path / "e/evaluation.csv").read_text()
    assert len(list((tmp_path / "e").glob("sheet-small-*.png"))) == 1
    both = run("evaluate_generator", checkpoint, **options | {"split": ["train", "val"]})
    assert "Note: the generator learnt from knees train" in both
    assert "Note: the grader learnt from knees train" in both


def test_what_was_learnt_from_is_known_by_whatever_name_it_was_imported() -> None:
    add_knees(per_grade=2, split="train")
    add_knees(per_grade=2, split="val", first_subject=1000)
    rows = real_radiographs(preset="published")
    train = [row for row in rows if row.provenance.split == "train"]
    digest = digest_of_data([row.digest for row in train], np.array([row.provenance.grade for row in train]))
    assert origins_learnt(rows, data="knees train", data_digest="0") == {"knees train"}
    assert origins_learnt(rows, data="other name", data_digest=digest) == {"knees train"}
    assert origins_learnt(rows, data="other name", data_digest="0") == set()


def test_no_knee_is_looked_at_twice(checkpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real subjects come once, too; one knee at five grades would look like a lack of variety."""
    seeds: list[int] = []

    def recorded(*args: Any, **kwargs: Any) -> np.ndarray:
        seeds.extend(kwargs["seeds"])
        return synthesise(*args, **kwargs)

    monkeypatch.setattr("generator.evaluating.synthesise", recorded)
    drawn = draw_canonical(load_checkpoint(checkpoint), np.repeat(np.arange(5), 2), first_seed=7)
    assert drawn.shape == (10, 224, 224)
    assert seeds == list(range(7, 17))


def test_what_cannot_be_evaluated_is_one_sentence(tmp_path: Path, checkpoint: str) -> None:
    good = {"out": tmp_path / "e", "per_grade": 5, "cache": tmp_path / "cache"}
    for options, sentence in (
        ({}, "holds no such real radiographs in the preset “published”"),
        ({"per_grade": 0}, "--per-grade is a number from 1 to 10000"),
        ({"per_grade": 10_001}, "--per-grade is a number from 1 to 10000"),
        ({"device": "foo"}, "There is no device “foo”"),
        ({"truncation": 2.0}, "--truncation"),
        ({"out": Path(__file__)}, "is a file"),
        ({"classifier": tmp_path}, "There is no grader in"),
        ({"classifier_features": True}, "needs a grader"),
        ({"inception_weights": tmp_path / "none"}, "no Inception weights"),
    ):
        with pytest.raises(CommandError, match=sentence):
            run("evaluate_generator", checkpoint, **good | options)
    with pytest.raises(CommandError, match="There is no checkpoint “nosuch”"):
        run("evaluate_generator", "nosuch", **good)
    add_knees(per_grade=4, split="val")
    with pytest.raises(CommandError, match="too few images to compare"):
        run("evaluate_generator", checkpoint, **good)
    assert not (tmp_path / "e").exists()


def test_a_grader_is_not_judged_on_subjects_it_knows_nor_on_nothing(tmp_path: Path) -> None:
    good = {"out": tmp_path / "g", "cache": tmp_path / "cache"}
    with pytest.raises(CommandError, match="holds 0 real radiographs of the split “train”"):
        run("train_classifier", **good)
    add_knees(per_grade=8, split="train")
    add_knees(per_grade=8, split="val", first_subject=18)
    with pytest.raises(CommandError, match="2 subjects lie in both splits"):
        run("train_classifier", **good)
    with pytest.raises(CommandError, match="--max-seconds or --max-images"):
        run("train_classifier", fine_tune=True, **good)
    assert not (tmp_path / "g").exists()


def test_looking_goes_on_where_the_time_was_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add_knees(per_grade=8, split="train")
    add_knees(per_grade=8, split="val", first_subject=100)
    monkeypatch.setattr("generator.feature_cache.SAVE_EVERY", 16)
    with pytest.raises(CommandError, match=r"The time is up: \d+ of 40 radiographs"):
        run("train_classifier", out=tmp_path / "g", cache=tmp_path / "cache", max_seconds=1e-6)
    assert "accuracy" in run("train_classifier", out=tmp_path / "g", cache=tmp_path / "cache")


def test_a_fine_tuned_grader_judges_as_its_card_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.graders.pretrained_backbone", Backbone)
    monkeypatch.setattr("generator.management.commands.train_classifier.FEWEST", 4)
    add_knees(per_grade=2, split="train")
    add_knees(per_grade=2, split="val", first_subject=100)
    options = {"fine_tune": True, "max_images": 4, "batch": 2, "cache": tmp_path / "cache"}
    assert "a fine-tuned grader of 10 radiographs" in run("train_classifier", out=tmp_path / "g", **options)
    grader = load_grader(tmp_path / "g")
    assert (grader.card.kind, grader.card.images_seen, grader.card.backbone) == ("fine-tuned", 4, grader.extractor.key)
    held = RealImages(real_radiographs(preset="published", splits=["val"]))
    judged = asdict(judge(held.grades, grader.grades(held.features(grader.extractor, cache=None))))
    assert grader.card.validation == judged | {"data": "knees val"}
