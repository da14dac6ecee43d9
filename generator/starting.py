"""Where a training begins when not from noise: from the networks of half the resolution, or from a checkpoint."""

from dataclasses import replace
from pathlib import Path

from safetensors.torch import load_file
from torch.nn import functional

from generator.checkpoints import Checkpoint, load_discriminator
from generator.networks import Architecture
from generator.training_state import STATE, Networks, below, read_progress


def nest_state(nets: Networks, folder: Path) -> None:
    """Take every weight that a lower resolution shares with this one; the finest level begins faded out."""
    progress = read_progress(folder)
    below_this, half = progress["architecture"]["resolution"], nets.generator.architecture.resolution // 2
    if below_this != half:
        raise ValueError(f"The networks in {folder} do not nest in this one: they draw {below_this}², not {half}².")
    tensors = load_file(folder / STATE)
    for part in ("generator", "average", "discriminator"):
        network = getattr(nets, part)
        own = network.state_dict()
        shared = {name: tensor for name, tensor in below(tensors, f"{part}/").items() if name in own}
        wrong = [name for name, tensor in shared.items() if tensor.shape != own[name].shape]
        if wrong or len(shared) < 10:
            raise ValueError(f"The networks in {folder} do not nest in this one: other widths or latent sizes.")
        network.load_state_dict(own | shared)
    nets.step, nets.kind, nets.augmentation = progress["step"], progress["kind"], progress["augmentation"]
    nets.images_seen = nets.fade_from = progress["images_seen"]
    nets.take_heads(below(tensors, "projected/"))
    nets.started_from = progress.get("started_from", "")
    nets.learnt_before = tuple(progress.get("learnt_before", ("", "")))


def begin_with(nets: Networks, checkpoint: Checkpoint) -> None:
    """Take the generator of a checkpoint, and its discriminator where it was kept.

    A fresh discriminator knows nothing yet and would unteach the generator: it learns alone first.
    A margin that the checkpoint did not draw begins with zeros, which is what its convolutions saw there.
    Raises ValueError when the checkpoint has another architecture than these networks.
    """
    card = checkpoint.card
    wanted, have = nets.generator.architecture, checkpoint.generator.architecture
    if (
        not isinstance(have, Architecture)
        or replace(have, margin=wanted.margin) != wanted
        or have.margin > wanted.margin
    ):
        raise ValueError(f"“{card.name}” has another architecture than was asked for: {card.architecture}.")
    weights = checkpoint.generator.state_dict()
    weights["constant"] = functional.pad(weights["constant"], (wanted.margin - have.margin,) * 4)
    nets.generator.load_state_dict(weights)
    nets.average.load_state_dict(weights)
    nets.step, nets.images_seen, nets.started_from = card.steps, card.images_seen, card.digest
    nets.learnt_before = (card.data, card.data_licence)
    nets.take_heads({})  # no checkpoint keeps them
    nets.kind = {"preset": card.preset, "is_phantom": card.is_phantom}
    kept = load_discriminator(checkpoint)
    if kept is None:
        nets.rest_until = nets.images_seen + nets.rest
    else:
        nets.discriminator.load_state_dict(kept)
