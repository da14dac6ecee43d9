"""Beginning with a checkpoint: its generator learns on, at once or after the discriminator has caught up."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from generator.checkpoints import DISCRIMINATOR, UnusableCheckpoint, load_checkpoint, read_card
from generator.networks import Architecture, Generator
from generator.options import training_arguments
from generator.starting import begin_with
from generator.training import one_step, train
from generator.training_state import Networks, Settings, read_progress
from tests.generator.core.test_away import OPTIONS
from tests.generator.core.test_core import SMALL, knees

SETTINGS = Settings(architecture=SMALL, batch=8)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    train(knees(), settings=SETTINGS, out=tmp_path / "before", max_images=16)
    return tmp_path / "before"


def same_weights(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def step(nets: Networks) -> None:
    one_step(nets, torch.randn(8, 1, 28, 28), torch.randint(0, 5, (8,)), SETTINGS, fade=1.0)


def test_a_training_begins_with_both_networks_of_a_checkpoint(trained: Path) -> None:
    nets = Networks(replace(SETTINGS, seed=9, rest=8), "cpu")
    begin_with(nets, load_checkpoint(str(trained)))
    assert same_weights(nets.generator, load_checkpoint(str(trained)).generator)
    assert nets.images_seen == 16
    before = Generator(SMALL)
    before.load_state_dict(nets.generator.state_dict())
    step(nets)
    assert not same_weights(nets.generator, before)


def test_without_a_kept_discriminator_a_fresh_one_learns_alone_first(trained: Path) -> None:
    (trained / DISCRIMINATOR).unlink()
    nets = Networks(replace(SETTINGS, seed=9, rest=8), "cpu")
    begin_with(nets, load_checkpoint(str(trained)))
    judge = {name: tensor.clone() for name, tensor in nets.discriminator.state_dict().items()}
    kept = {name: tensor.clone() for name, tensor in nets.average.state_dict().items()}
    step(nets)
    assert all(torch.equal(kept[name], tensor) for name, tensor in nets.average.state_dict().items())
    assert not all(torch.equal(judge[name], tensor) for name, tensor in nets.discriminator.state_dict().items())
    nets.images_seen += 8
    step(nets)
    assert not all(torch.equal(kept[name], tensor) for name, tensor in nets.average.state_dict().items())


def test_the_card_says_what_was_begun_with_also_after_going_on(trained: Path, tmp_path: Path) -> None:
    out, began = tmp_path / "after", read_card(trained).digest
    card = train(knees(), settings=SETTINGS, out=out, start_from=str(trained), max_images=32)
    assert (card.started_from, card.images_seen) == (began, 32)
    assert card.settings["batch"] == 8
    card = train(knees(), settings=SETTINGS, out=out, resume=True, max_images=40)
    assert (card.started_from, card.images_seen) == (began, 40)


def test_the_card_names_everything_that_was_learnt_from(trained: Path, tmp_path: Path) -> None:
    """Also what the checkpoint before had learnt: its radiographs are no unseen ones, its licence asks to be named."""
    clinic = replace(knees(), name="clinic", licence="ours")
    train(clinic, settings=SETTINGS, out=tmp_path / "ours", start_from=str(trained), max_images=24)
    card = train(clinic, settings=SETTINGS, out=tmp_path / "ours", resume=True, max_images=32)
    assert (card.data, card.data_licence) == ("noise, clinic", "ours")
    theirs = replace(knees(), name="noise", licence="theirs")
    card = train(theirs, settings=SETTINGS, out=tmp_path / "both", start_from=str(tmp_path / "ours"), max_images=40)
    assert (card.data, card.data_licence) == ("noise, clinic", "ours; theirs")


def test_the_sizes_of_a_checkpoint_are_taken_where_none_are_named() -> None:
    beginning = OPTIONS | {"start_from": "knee", "resolution": None, "width": None}
    assert training_arguments(beginning)["settings"].architecture == Architecture(resolution=224, width=4)
    assert training_arguments(beginning | {"width": 1.0})["settings"].architecture.width == 1
    with pytest.raises(UnusableCheckpoint, match="There is no checkpoint “nee”"):
        training_arguments(beginning | {"start_from": "nee"})


def test_a_rest_goes_on_after_a_stop(trained: Path, tmp_path: Path) -> None:
    (trained / DISCRIMINATOR).unlink()
    resting = replace(SETTINGS, rest=1_000)
    out = tmp_path / "after"
    train(knees(), settings=resting, out=out, start_from=str(trained), max_images=24)
    train(knees(), settings=resting, out=out, resume=True, max_images=32)
    assert read_progress(out)["rest_until"] == 1_016
    same = [load_checkpoint(str(folder)).generator for folder in (trained, out)]
    for one in same:
        one.w_mean.zero_()  # the mean of w is counted, not learnt
    assert same_weights(*same)


def test_another_architecture_and_the_baseline_cannot_begin_so(trained: Path, tmp_path: Path) -> None:
    larger = Settings(architecture=replace(SMALL, resolution=56), batch=8)
    with pytest.raises(ValueError, match="another architecture"):
        train(knees(), settings=larger, out=tmp_path / "after", start_from=str(trained), max_images=32)
    assert not (tmp_path / "after").exists()
