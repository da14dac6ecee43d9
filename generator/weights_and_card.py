"""Weights beside a card in JSON that says what they are: written as a pair, read as a pair. Never a pickle.

The card names the weights by their digest. New weights are written beside the old ones first, then the card is
replaced, then the weights move to their place: a reader, or a kill at any moment, finds a card and its own weights.
"""

import hashlib
import json
import os
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, TypeVar, get_origin, get_type_hints

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

WEIGHTS, CARD, NEXT = "weights.safetensors", "card.json", "weights.next.safetensors"
CardType = TypeVar("CardType")


class UnusableCheckpoint(Exception):
    """The message says which file and why."""


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a kill at any moment leaves the old one or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def encode_weights(tensors: dict[str, Tensor]) -> bytes:
    """As safetensors in half precision (they are read back as 32-bit); whole numbers, such as counts, as they are."""
    halved = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    return save({name: tensor.detach().cpu().contiguous() for name, tensor in halved.items()})


def decode_weights(weights: bytes, path: Path) -> dict[str, Tensor]:
    """Floating point comes back as 32-bit. path: for the message of UnusableCheckpoint."""
    try:
        tensors = load(weights)
    except SafetensorError as error:
        raise UnusableCheckpoint(f"{path} is no safetensors file: {error}.") from error
    return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def digest_of(weights: bytes) -> str:
    return hashlib.sha256(weights).hexdigest()


def write_pair(folder: Path, weights: bytes, card: Any) -> None:
    """Write weights and their card, a dataclass whose digest is that of the weights."""
    write_whole(folder / NEXT, weights)
    write_whole(folder / CARD, (json.dumps(asdict(card), indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode())
    os.replace(folder / NEXT, folder / WEIGHTS)


def read_pair(folder: Path, kind: type[CardType]) -> tuple[CardType, dict[str, Tensor]]:
    """Read a card and the weights it names, floating point as 32-bit. Raises UnusableCheckpoint."""
    for _ in range(2):  # the pair may have been replaced between the two readings, once
        card = read_fields(folder, kind)
        seen = False
        for path in (folder / WEIGHTS, folder / NEXT):
            try:
                weights = path.read_bytes()
            except OSError:
                continue
            seen = True
            if digest_of(weights) == card.digest:  # type: ignore[attr-defined]
                return card, decode_weights(weights, path)
    if not seen:
        raise UnusableCheckpoint(f"{folder / WEIGHTS} cannot be loaded: there is no such file, or it may not be read.")
    raise UnusableCheckpoint(f"{folder / WEIGHTS} is damaged: its digest is not the one on its card.")


def read_fields(folder: Path, kind: type[CardType]) -> CardType:
    """Read a card as a dataclass and check the type of every field. Raises UnusableCheckpoint."""
    path = folder / CARD
    try:
        card = kind(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UnusableCheckpoint(f"{path} is not the card of a checkpoint: {error}.") from error
    for name, hint in get_type_hints(kind).items():
        value = getattr(card, name)
        expected = get_origin(hint) or hint
        allowed = (int, float) if expected is float else expected
        if not isinstance(value, allowed) or (isinstance(value, bool) and expected is not bool):
            raise UnusableCheckpoint(
                f"{path} is not the card of a checkpoint: {name} is {type(value).__name__}, not {expected.__name__}."
            )
    known = {field.name: field.default for field in fields(kind)}  # type: ignore[arg-type]
    if getattr(card, "format", None) != known["format"]:
        raise UnusableCheckpoint(
            f"{path} has the format “{getattr(card, 'format', '')}”; this version reads “{known['format']}”."
        )
    return card
