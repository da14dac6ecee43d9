"""The grader: what is saved is what judges, frozen and fine-tuned."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.classifier import FINE_TUNED, FROZEN, GraderCard, grades_by, head_of, load_grader, save_grader
from generator.classifier_training import GraderSettings, fine_tune
from generator.features import Backbone, Extractor, backbone_extractor
from generator.judging import judge
from generator.logistic import fit_logistic
from generator.weights_and_card import UnusableCheckpoint
from tests.generator.core.test_core import knees

RNG = np.random.default_rng(3)
FACTS = {
    "preset": "window",
    "data": "noise",
    "data_licence": "",
    "data_digest": "0" * 64,
    "data_count": 1,
    "is_phantom": False,
    "images_seen": 0,
    "seed": 0,
}


def saved(folder: Path, extractor: Extractor) -> tuple[GraderCard, np.ndarray, np.ndarray]:
    """A frozen grader of features that tell the grade, with the features and what the regression itself says."""
    grades = RNG.integers(0, 5, 100)
    features = RNG.standard_normal((100, Backbone.width)).astype(np.float32) * 3 + 2
    features[:, 0] += 8 * grades
    model = fit_logistic(features, grades, classes=5)
    judged = model.scores(features).argmax(1)
    card = save_grader(
        folder,
        head_of(model),
        kind=FROZEN,
        backbone=extractor.key,
        validation=judge(grades, judged),
        validated_on="itself",
        **FACTS,
    )
    return card, features, judged


def test_a_frozen_grader_judges_as_the_regression_that_it_was_made_of(
    tmp_path: Path, lite0: Extractor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generator.classifier.efficientnet", lambda device: lite0)
    card, features, judged = saved(tmp_path / "g", lite0)
    grader = load_grader(tmp_path / "g")
    assert grader.card == card
    assert np.mean(grader.grades(features) == judged) > 0.98  # half precision may turn a close call
    assert grader.weight.shape == (5, Backbone.width)
    assert card.validation["accuracy"] == pytest.approx(judge(judged, judged).accuracy, abs=0.3)


def test_one_layer_on_the_features_themselves_is_the_regression_on_standardised_ones() -> None:
    features, grades = RNG.standard_normal((60, 7)) * 3 + 20, RNG.integers(0, 5, 60)
    model = fit_logistic(features, grades, classes=5)
    head = {name: tensor.numpy() for name, tensor in head_of(model).items()}
    assert np.allclose(features @ head["head.weight"].T + head["head.bias"], model.scores(features), atol=0.05)


def test_fine_tuning_shows_the_backbone_what_it_will_judge(tmp_path: Path) -> None:
    """Grey levels from 0 to 255, of which augmentation leaves most."""
    shown = []

    class Watching(torch.nn.Linear):
        def forward(self, grey: torch.Tensor) -> torch.Tensor:
            shown.append(grey.detach())
            return super().forward(grey.mean((2, 3)))

    fine_tune(
        knees(8), backbone=Watching(1, Backbone.width), settings=GraderSettings(batch=8), out=tmp_path, max_images=8
    )
    assert shown[0].shape == (8, 1, 224, 224)
    assert 100 < shown[0].mean() < 160
    assert shown[0].max() > 230


def test_graders_that_cannot_judge_are_named(tmp_path: Path, lite0: Extractor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.classifier.efficientnet", lambda device: lite0)
    with pytest.raises(UnusableCheckpoint, match=r"no grader in .* Train one with train_classifier"):
        load_grader(tmp_path)
    saved(tmp_path, lite0)
    path = tmp_path / "card.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps(card | {"backbone": "0" * 64}))
    with pytest.raises(UnusableCheckpoint, match="other EfficientNet weights"):
        load_grader(tmp_path)
    path.write_text(json.dumps(card | {"format": "readerstudy-checkpoint-1"}))
    with pytest.raises(UnusableCheckpoint, match="this version reads “readerstudy-grader-1”"):
        load_grader(tmp_path)


def test_fine_tuning_moves_every_layer_resumes_and_comes_back_as_it_judged(tmp_path: Path) -> None:
    torch.manual_seed(0)
    settings = GraderSettings(batch=2)
    limits = {"settings": settings, "out": tmp_path}
    begun = fine_tune(knees(8), backbone=Backbone(), max_images=2, **limits)
    before = {name: tensor.clone() for name, tensor in begun.network.state_dict().items()}
    training = fine_tune(knees(8), backbone=Backbone(), max_images=4, resume=True, **limits)
    assert (training.step, training.images_seen) == (2, 4)
    names = [name for name, _ in training.network.named_parameters()]
    moved = [not torch.equal(before[name], training.network.state_dict()[name]) for name in names]
    assert all(moved)
    network = training.network.half().float()
    save_grader(
        tmp_path / "g",
        network.state_dict(),
        kind=FINE_TUNED,
        backbone="",
        validation=judge([0, 1], [0, 1]),
        validated_on="",
        **FACTS,
    )
    grader = load_grader(tmp_path / "g")
    features = backbone_extractor(network.backbone, name="g", device="cpu").of(knees(8).images[:2])
    assert np.array_equal(grader.extractor.of(knees(8).images[:2]), features)
    head = [network.head.weight.detach().numpy(), network.head.bias.detach().numpy()]
    assert np.array_equal(grader.grades(features), grades_by(*head, features))
