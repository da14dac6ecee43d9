"""Checkpoints of generators: what a card says, and how a checkpoint is found, written and read."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from generator.networks import Architecture, Discriminator, Generator
from generator.weights_and_card import (
    CARD,
    UnusableCheckpoint,
    decode_weights,
    digest_of,
    encode_weights,
    read_fields,
    read_pair,
    write_pair,
    write_whole,
)
from generator.wgan_networks import KIND, WganArchitecture, WganGenerator

FORMAT = "readerstudy-checkpoint-1"
SHIPPED = Path(__file__).parent / "shipped"
DISCRIMINATOR = "discriminator.safetensors"


@dataclass(frozen=True)
class Card:
    """What a checkpoint is: how it was made, from what, and what it may be used for.

    digest: SHA-256 of the weights file. data, data_licence: of all that was learnt from, also by the checkpoint that
    was begun with. data_count and data_digest: of what this training learnt from; SHA-256 over the digests of the
    images and their grades, sorted. images_seen: real images shown to the discriminator in all sizes together.
    settings: of the last training. started_from: digest of the checkpoint whose generator learnt on here, empty where
    all was learnt anew.
    """

    name: str
    digest: str
    architecture: dict[str, Any]
    preset: str
    data: str
    data_licence: str
    data_digest: str
    data_count: int
    is_phantom: bool
    steps: int
    images_seen: int
    seed: int
    torch_version: str
    settings: dict[str, Any] = field(default_factory=dict)
    started_from: str = ""
    format: str = FORMAT


@dataclass(frozen=True)
class Checkpoint:
    card: Card
    generator: Generator | WganGenerator
    folder: Path


def save_checkpoint(
    folder: Path,
    *,
    name: str = "",
    generator: Generator | WganGenerator,
    discriminator: Discriminator | None = None,
    **card: object,
) -> Card:
    """Write the weights (half precision: they are read back as 32-bit) and the card; returns the card.

    name: that of the folder where none is given. discriminator: kept beside them for those who train on from here;
    nothing is drawn with it.
    """
    if discriminator is not None:
        write_whole(folder / DISCRIMINATOR, encode_weights(discriminator.state_dict()))
    weights = encode_weights(generator.state_dict())
    made = Card(
        name=name or folder.name,
        digest=digest_of(weights),
        architecture=generator.architecture.to_dict(),
        torch_version=torch.__version__,
        **card,  # type: ignore[arg-type]
    )
    write_pair(folder, weights, made)
    return made


def locate(name_or_path: str) -> Path:
    """The folder of a checkpoint that is given by path, or by the name of one that ships. Raises UnusableCheckpoint."""
    for folder in (Path(name_or_path), SHIPPED / name_or_path):
        if (folder / CARD).is_file():
            return folder
    shipped = ", ".join(sorted(path.parent.name for path in SHIPPED.glob(f"*/{CARD}"))) or "none"
    raise UnusableCheckpoint(
        f"There is no checkpoint “{name_or_path}”: neither a folder with a {CARD} nor one that ships ({shipped})."
    )


def read_card(folder: Path) -> Card:
    """Read and check a card. Raises UnusableCheckpoint."""
    card = read_fields(folder, Card)
    described(card, folder)
    return card


def described(card: Card, folder: Path) -> Architecture | WganArchitecture:
    """The architecture on a card; one that names no kind is the style-based one. Raises UnusableCheckpoint."""
    fields = {name: value for name, value in card.architecture.items() if name != "kind"}
    kind = card.architecture.get("kind", "style")
    try:
        if not all(isinstance(value, int | float) for value in fields.values()):
            raise ValueError("the sizes of its architecture are not numbers")
        if kind not in ("style", KIND):
            raise ValueError(f"the architecture “{kind}” is not known")
        return WganArchitecture(**fields) if kind == KIND else Architecture(**fields)
    except (ValueError, TypeError) as error:
        raise UnusableCheckpoint(f"{folder / CARD} is not the card of a checkpoint: {error}.") from error


def load_checkpoint(name_or_path: str, *, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint by path or name. Raises UnusableCheckpoint when it is missing, damaged or does not fit."""
    folder = locate(name_or_path)
    card, tensors = read_pair(folder, Card)
    architecture = described(card, folder)
    generator: Generator | WganGenerator
    generator = Generator(architecture) if isinstance(architecture, Architecture) else WganGenerator(architecture)
    try:
        generator.load_state_dict(tensors)
    except RuntimeError as error:
        raise UnusableCheckpoint(f"The weights in {folder} do not fit their card: {error}.") from error
    return Checkpoint(card, generator.to(device).eval(), folder)


def load_discriminator(checkpoint: Checkpoint) -> dict[str, Tensor] | None:
    """The weights of the discriminator that was kept beside a checkpoint, or None. Raises UnusableCheckpoint."""
    path = checkpoint.folder / DISCRIMINATOR
    return decode_weights(path.read_bytes(), path) if path.is_file() else None
