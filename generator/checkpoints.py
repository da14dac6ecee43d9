"""Checkpoints: weights in safetensors, beside them a card in JSON that says what they are. Never a pickle."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save

from generator.networks import Architecture, Generator

FORMAT = "readerstudy-checkpoint-1"
WEIGHTS, CARD = "weights.safetensors", "card.json"
SHIPPED = Path(__file__).parent / "shipped"


class UnusableCheckpoint(Exception):
    """The message says which file and why."""


@dataclass(frozen=True)
class Card:
    """What a checkpoint is: how it was made, from what, and what it may be used for.

    digest: SHA-256 of the weights file. data_digest: SHA-256 over the digests of the training images and their grades,
    sorted. images_seen: real images shown to the discriminator in all sizes together.
    """

    name: str
    digest: str
    architecture: dict[str, int | float]
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
    format: str = FORMAT


@dataclass(frozen=True)
class Checkpoint:
    card: Card
    generator: Generator


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a kill at any moment leaves the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def save_checkpoint(folder: Path, *, generator: Generator, **card: object) -> Card:
    """Write the weights (half precision: they are read back as 32-bit) and the card; returns the card."""
    weights = save({name: tensor.half().contiguous().cpu() for name, tensor in generator.state_dict().items()})
    made = Card(
        name=folder.name,
        digest=hashlib.sha256(weights).hexdigest(),
        architecture=generator.architecture.to_dict(),
        torch_version=torch.__version__,
        **card,  # type: ignore[arg-type]
    )
    write_whole(folder / WEIGHTS, weights)
    write_whole(folder / CARD, (json.dumps(asdict(made), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())
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
    try:
        fields = json.loads((folder / CARD).read_text(encoding="utf-8"))
        card = Card(**fields)
        Architecture(**card.architecture)  # type: ignore[arg-type]
    except (OSError, ValueError, TypeError) as error:
        raise UnusableCheckpoint(f"{folder / CARD} is not the card of a checkpoint: {error}.") from error
    if card.format != FORMAT:
        raise UnusableCheckpoint(f"{folder / CARD} has the format “{card.format}”; this version reads “{FORMAT}”.")
    return card


def load_checkpoint(name_or_path: str, *, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint by path or name. Raises UnusableCheckpoint when it is missing, damaged or does not fit."""
    folder = locate(name_or_path)
    card = read_card(folder)
    path = folder / WEIGHTS
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != card.digest:
            raise UnusableCheckpoint(f"{path} is damaged: its digest is not the one on its card.")
        generator = Generator(Architecture(**card.architecture))  # type: ignore[arg-type]
        generator.load_state_dict({name: tensor.float() for name, tensor in load_file(path).items()})
    except (OSError, SafetensorError, RuntimeError) as error:
        raise UnusableCheckpoint(f"{path} cannot be loaded: {error}.") from error
    return Checkpoint(card, generator.to(device).eval())
