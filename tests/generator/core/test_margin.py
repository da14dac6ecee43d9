"""A margin that is drawn and cut off: no border of a convolution is seen in the image."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from generator.checkpoints import UnusableCheckpoint, load_checkpoint, read_card
from generator.networks import Architecture, Generator
from generator.options import training_arguments
from generator.sampling import latent_and_noise, synthesise
from generator.training import train
from generator.training_state import Settings
from tests.generator.core.test_away import OPTIONS
from tests.generator.core.test_core import SMALL, knees

WITH = replace(SMALL, resolution=112, margin=5)


def even_image(architecture: Architecture) -> Tensor:
    """What is drawn of the same everywhere: constant and noise have no places."""
    torch.manual_seed(0)
    generator = Generator(architecture).eval()
    with torch.no_grad():
        generator.constant.copy_(generator.constant.mean((2, 3), keepdim=True).expand_as(generator.constant))
        noise = [torch.zeros(1, *shape) for shape in generator.noise_shapes()]
        return generator(torch.randn(1, 16), torch.tensor([2.0]), noise)[0, 0]


def test_what_has_no_places_is_drawn_without_a_border() -> None:
    without, image = even_image(replace(WITH, margin=0)), even_image(WITH)
    assert image.shape == without.shape == (112, 112)
    assert image.std() < 1e-5
    assert without.std() > 100 * image.std()


def test_five_pixels_are_needed() -> None:
    assert even_image(replace(WITH, margin=4)).std() > 1e-4


def test_a_training_may_take_a_margin_to_a_checkpoint_and_never_takes_one_away(tmp_path: Path) -> None:
    plain = Settings(architecture=SMALL, batch=4)
    margined = replace(plain, architecture=replace(SMALL, margin=5))
    train(knees(), settings=plain, out=tmp_path / "before", max_images=4)
    train(knees(), settings=margined, out=tmp_path / "after", start_from=str(tmp_path / "before"), max_images=8)
    assert read_card(tmp_path / "after").architecture["margin"] == 5
    before, after = (load_checkpoint(str(tmp_path / name)).generator for name in ("before", "after"))
    assert after.constant.shape[2:] == (17, 17)
    assert torch.allclose(after.constant[:, :, 5:-5, 5:-5], before.constant, atol=0.02)
    assert torch.equal(latent_and_noise(1, after)[0], latent_and_noise(1, before)[0])  # the same knee
    assert synthesise(after, seeds=[1], grades=[2]).shape == (1, 28, 28)
    again = train(knees(), settings=margined, out=tmp_path / "after", resume=True, max_images=12)
    assert again.images_seen == 12
    with pytest.raises(ValueError, match="another architecture"):
        train(knees(), settings=plain, out=tmp_path / "x", start_from=str(tmp_path / "after"), max_images=12)


def test_the_margin_is_an_option_and_that_of_the_checkpoint_where_it_is_not_named() -> None:
    assert training_arguments(OPTIONS | {"margin": 5})["settings"].architecture.margin == 5
    with pytest.raises(ValueError, match="--margin lies between 0 and 16"):
        training_arguments(OPTIONS | {"margin": -1})
    beginning = OPTIONS | {"start_from": "knee", "resolution": None, "width": None, "margin": None}
    assert training_arguments(beginning)["settings"].architecture.margin == 0
    with pytest.raises(UnusableCheckpoint):
        training_arguments(beginning | {"start_from": "nothing"})
