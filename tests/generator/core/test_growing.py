"""Going on from earlier weights: growing to the next resolution, fading it in, and what may not be gone on from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.checkpoints import load_checkpoint
from generator.networks import Generator
from generator.sampling import synthesise
from generator.starting import nest_state
from generator.training import one_step, train
from generator.training_state import STATE, Networks, Settings, read_progress, write_state
from tests.generator.core.test_core import SMALL, knees, small_generator

LARGER = replace(SMALL, resolution=56)


def noise_for(generator: Generator, count: int) -> list[torch.Tensor]:
    return [torch.randn(count, *shape) for shape in generator.noise_shapes()]


def test_a_settled_copy_draws_at_full_fade_what_the_original_draws_half_faded() -> None:
    generator = small_generator()
    z, grades, noise = torch.randn(2, 16), torch.tensor([0.0, 3.0]), noise_for(generator, 2)
    half = generator(z, grades, noise, fade=0.5)
    assert torch.allclose(generator.settled(0.5)(z, grades, noise), half, atol=1e-5)
    assert not torch.allclose(generator(z, grades, noise), half, atol=1e-2)
    assert torch.equal(generator(z, grades, noise, fade=0.5), half)


def test_a_checkpoint_left_in_the_middle_of_fading_shows_what_was_faded_in(tmp_path: Path) -> None:
    """Two batches of 8 into a fade of 2,000 images, the new level weighs less than 1 %."""
    train(knees(), settings=Settings(architecture=SMALL, batch=8), out=tmp_path / "low", max_images=8)
    settings = Settings(architecture=LARGER, batch=8)
    train(knees(), settings=settings, out=tmp_path / "high", max_images=24, grow_from=tmp_path / "low")
    loaded = load_checkpoint(str(tmp_path / "high")).generator
    nets = Networks(settings, "cpu")
    nest_state(nets, tmp_path / "low")
    fresh = nets.generator.to_grey["56"].conv.weight.abs().mean()
    assert loaded.to_grey["56"].conv.weight.abs().mean() < 0.02 * fresh
    assert synthesise(loaded, seeds=[1], grades=[2]).shape == (1, 56, 56)


def test_the_larger_discriminator_begins_with_the_judgement_of_the_smaller(tmp_path: Path) -> None:
    low, high = Settings(architecture=SMALL, batch=8), Settings(architecture=LARGER, batch=8, seed=7)
    small, large = Networks(low, "cpu"), Networks(high, "cpu")
    write_state(small, tmp_path / "low", low)
    nest_state(large, tmp_path / "low")
    images, grades = torch.randn(4, 1, 56, 56), torch.tensor([0, 1, 3, 4])
    halved = torch.nn.functional.avg_pool2d(images, 2)
    assert torch.allclose(large.discriminator(images, grades, fade=0.0), small.discriminator(halved, grades), atol=1e-5)
    assert not torch.allclose(
        large.discriminator(images, grades, fade=1.0), small.discriminator(halved, grades), atol=1e-2
    )


def test_a_step_of_the_generator_leaves_the_discriminator_free_to_learn() -> None:
    nets = Networks(Settings(architecture=SMALL, batch=8), "cpu")
    settings, grades = Settings(architecture=SMALL, batch=8), torch.tensor([0, 0, 1, 1, 3, 3, 4, 4])
    for _ in range(2):
        before = [parameter.clone() for parameter in nets.discriminator.parameters()]
        one_step(nets, torch.rand(8, 1, 28, 28) * 2 - 1, grades, settings, fade=1.0)
        moved = [not torch.equal(old, new) for old, new in zip(before, nets.discriminator.parameters(), strict=True)]
        assert sum(moved) > len(moved) / 2


@pytest.mark.parametrize("resolution", [28, 112])
def test_only_half_the_resolution_can_be_grown_from(tmp_path: Path, resolution: int) -> None:
    low = Settings(architecture=SMALL, batch=8)
    write_state(Networks(low, "cpu"), tmp_path / "low", low)
    other = Networks(Settings(architecture=replace(SMALL, resolution=resolution), batch=8), "cpu")
    with pytest.raises(ValueError, match=f"do not nest in this one: they draw 28², not {resolution // 2}²"):
        nest_state(other, tmp_path / "low")


@pytest.mark.parametrize("other", [{"is_phantom": True}, {"preset": "published"}])
def test_weights_never_learn_from_two_kinds_of_radiographs(tmp_path: Path, other: dict) -> None:
    settings, first, second = Settings(architecture=SMALL, batch=8), knees(), replace(knees(), **other)
    grown = Settings(architecture=LARGER, batch=8)
    card = train(first, settings=settings, out=tmp_path / "t", max_images=8)
    with pytest.raises(ValueError, match="were trained on real radiographs in the preset “window”"):
        train(second, settings=settings, out=tmp_path / "t", max_images=16, resume=True)
    with pytest.raises(ValueError, match="were trained on real radiographs in the preset “window”"):
        train(second, settings=grown, out=tmp_path / "u", max_images=16, grow_from=tmp_path / "t")
    assert load_checkpoint(str(tmp_path / "t")).card == card
    assert not (tmp_path / "u").exists()


@pytest.mark.parametrize("keep", [4, 200, -1])
def test_a_damaged_training_state_is_named(tmp_path: Path, keep: int) -> None:
    settings = Settings(architecture=SMALL, batch=8)
    write_state(Networks(settings, "cpu"), tmp_path, settings)
    state = tmp_path / STATE
    state.write_bytes(state.read_bytes()[:keep])
    with pytest.raises(ValueError, match=r"state\.safetensors is damaged"):
        read_progress(tmp_path)


def test_half_a_file_of_a_killed_write_is_never_read(tmp_path: Path) -> None:
    settings = Settings(architecture=SMALL, batch=8)
    train(knees(), settings=settings, out=tmp_path, max_images=8)
    (tmp_path / f"{STATE}.part").write_bytes(b"half")
    assert train(knees(), settings=settings, out=tmp_path, max_images=16, resume=True).images_seen == 16


def test_images_do_not_depend_on_their_order() -> None:
    generator, seeds, grades = small_generator(), [3, 1, 4, 9], [0, 1.5, 4, 2]
    forwards = synthesise(generator, seeds=seeds, grades=grades)
    backwards = synthesise(generator, seeds=seeds[::-1], grades=grades[::-1])
    assert np.array_equal(forwards, backwards[::-1])
