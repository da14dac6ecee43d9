"""The baseline of the seed study: its networks, its loss and its way through the same training and sampling."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from generator.checkpoints import load_checkpoint, save_checkpoint
from generator.losses import lipschitz_penalty
from generator.packing import pack_state, unpack_state
from generator.sampling import synthesise
from generator.training import train
from generator.training_data import balanced_batches
from generator.training_state import STATE, Settings
from generator.wgan import WganSettings, WganTraining, wgan_step
from generator.wgan_networks import WganArchitecture, WganCritic, WganGenerator
from tests.generator.core.test_core import CARD, SMALL, knees

TINY = WganArchitecture(resolution=26, z_size=50, width=0.1)
SETTINGS = WganSettings(architecture=TINY, batch=8)


def test_the_published_sizes_are_the_default() -> None:
    settings = WganSettings()
    assert (settings.architecture.resolution, settings.architecture.z_size) == (210, 50)
    assert (settings.penalty, settings.learning_rate, settings.critic_steps) == (10, 2e-4, 5)
    assert WganArchitecture().channels == [256, 256, 128, 64, 32, 16]


def test_the_penalty_of_functions_of_known_slope() -> None:
    """f(x) = a·Σx over 25 pixels has a gradient of length 5a everywhere."""
    images = torch.randn(4, 1, 5, 5, requires_grad=True)
    assert lipschitz_penalty(images.sum((1, 2, 3)) / 5, images).item() == pytest.approx(0, abs=1e-9)
    assert lipschitz_penalty(images.sum((1, 2, 3)), images).item() == pytest.approx(16, rel=1e-5)


def test_each_severity_is_drawn_and_judged_by_a_model_of_its_own() -> None:
    torch.manual_seed(0)
    generator, critic, z = WganGenerator(TINY).eval(), WganCritic(TINY), torch.randn(5, 50)
    before, judged = generator(z, torch.arange(5)), critic(torch.zeros(5, 1, 26, 26), torch.arange(5))
    for network in (generator, critic):
        for parameter in network.models[1].parameters():
            torch.nn.init.normal_(parameter)
    after, judged_after = generator(z, torch.arange(5)), critic(torch.zeros(5, 1, 26, 26), torch.arange(5))
    changed = [not torch.equal(one, other) for one, other in zip(before, after, strict=True)]
    assert (
        changed
        == [not same for same in torch.isclose(judged, judged_after).tolist()]
        == [False, False, True, True, True]
    )


def test_one_seed_is_another_knee_at_every_grade() -> None:
    torch.manual_seed(0)
    images = synthesise(WganGenerator(TINY), seeds=[3] * 5, grades=range(5))
    assert len({image.tobytes() for image in images}) == 5
    assert images.shape == (5, 26, 26)


def test_a_model_learns_from_grades_as_often_as_they_are() -> None:
    data = replace(knees(400), grades=np.array([0] * 190 + [1] * 10 + [2] * 150 + [4] * 50))
    batches = balanced_batches(data, strata=SETTINGS.strata(data), batch=400, size=26, device="cpu", seed=[0])
    share = np.bincount(torch.cat([next(batches)[1] for _ in range(4)]).numpy(), minlength=5) / 1600
    assert share == pytest.approx([0.475, 0.025, 0.375, 0, 0.125], abs=0.04)


def test_the_generators_learn_once_in_five_steps_and_the_critics_always() -> None:
    training, grades = WganTraining(SETTINGS, "cpu"), torch.tensor([0, 0, 1, 1, 2, 3, 3, 4])
    for step in range(10):
        training.step = step
        before = [[p.clone() for p in training.parts[part].parameters()] for part in ("generator", "critic")]
        wgan_step(training, torch.rand(8, 1, 26, 26), grades, SETTINGS)
        moved = [
            any(not torch.equal(old, new) for old, new in zip(olds, training.parts[part].parameters(), strict=True))
            for olds, part in zip(before, ("generator", "critic"), strict=True)
        ]
        assert moved == [step % 5 == 4, True]


def test_the_critics_learn_to_tell_apart_and_the_generators_to_please_them() -> None:
    training, grades = WganTraining(SETTINGS, "cpu"), torch.tensor([0, 1, 1, 0, 2, 3, 3, 4])
    real, z = torch.full((8, 1, 26, 26), 0.9), torch.randn(8, 50)
    apart = []
    for _ in range(20):  # always before the fifth step: the critics alone
        training.step = 0
        apart.append(float(wgan_step(training, real, grades, SETTINGS)["apart"]))
    assert apart[-1] > apart[0] + 0.05
    for _ in range(5):
        training.step, before = 4, training.kept().train()
        wgan_step(training, real, grades, SETTINGS)
        with torch.no_grad():
            pleased = [training.critic(one(z, grades), grades).mean() for one in (before, training.generator)]
        assert pleased[1] > pleased[0]


def test_the_baseline_trains_resumes_and_comes_back_through_the_common_path(tmp_path: Path) -> None:
    card = train(knees(), settings=SETTINGS, out=tmp_path, max_images=48)
    assert (card.architecture["kind"], card.images_seen) == ("wgan-gp", 48)
    before = (tmp_path / STATE).read_bytes()
    train(knees(), settings=SETTINGS, out=tmp_path, max_images=48, resume=True)
    assert (tmp_path / STATE).read_bytes() == before
    assert train(knees(), settings=SETTINGS, out=tmp_path, max_images=64, resume=True).steps == 8
    generator = load_checkpoint(str(tmp_path)).generator
    assert isinstance(generator, WganGenerator)
    image = synthesise(generator, seeds=[1], grades=[2])
    assert np.array_equal(image, synthesise(load_checkpoint(str(tmp_path)).generator, seeds=[1], grades=[2]))
    with pytest.raises(ValueError, match="another architecture"):
        train(knees(), settings=Settings(architecture=SMALL, batch=8), out=tmp_path, max_images=80, resume=True)
    with pytest.raises(ValueError, match="trained from the beginning"):
        train(knees(), settings=SETTINGS, out=tmp_path / "u", max_images=8, grow_from=tmp_path)


def test_training_ends_after_the_published_thousand_epochs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.training.EPOCHS", 1)
    assert train(knees(32), settings=SETTINGS, out=tmp_path).images_seen == 32


def test_whole_numbers_among_the_weights_stay_whole(tmp_path: Path) -> None:
    generator = WganGenerator(TINY)
    for name, buffer in generator.named_buffers():
        if name.endswith("num_batches_tracked"):
            buffer.fill_(70_001)  # more than half precision can count
    save_checkpoint(tmp_path / "x", generator=generator, **CARD)
    assert load_checkpoint(str(tmp_path / "x")).generator.models[0].first.num_batches_tracked == 70_001


def test_a_travelled_state_keeps_the_momentum_that_counts_here(tmp_path: Path) -> None:
    train(knees(), settings=SETTINGS, out=tmp_path / "home", max_images=48)
    pack_state(tmp_path / "home", tmp_path / "parts", part_bytes=10**9)
    unpack_state(tmp_path / "parts", tmp_path / "away")
    there, here = load_file(tmp_path / "away" / STATE), load_file(tmp_path / "home" / STATE)
    momenta = [name for name in here if name.startswith("adam/critic") and name.endswith("/exp_avg")]
    assert momenta
    for name in momenta:
        assert torch.allclose(there[name].float(), here[name], rtol=0.01, atol=1e-6)
    assert train(knees(), settings=SETTINGS, out=tmp_path / "away", max_images=56, resume=True).images_seen == 56
