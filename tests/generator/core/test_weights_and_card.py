"""Weights and card are a pair: whoever reads, or whenever a writer is killed."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from generator.checkpoints import UnusableCheckpoint, load_checkpoint, read_card, save_checkpoint
from tests.generator.core.test_core import CARD, small_generator


@pytest.mark.parametrize("replacements", [0, 1, 2, 3])
def test_a_writer_killed_at_any_moment_leaves_one_whole_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replacements: int
) -> None:
    """New weights, the card, and the new weights in their place: three files are replaced."""
    old = save_checkpoint(tmp_path, generator=small_generator(0), **CARD)
    left = iter(range(replacements))
    replace = os.replace

    def killed_after_some(source: Path, target: Path) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr("os.replace", killed_after_some)
    if replacements < 3:
        with pytest.raises(KeyboardInterrupt):
            save_checkpoint(tmp_path, generator=small_generator(1), **CARD)
    else:
        save_checkpoint(tmp_path, generator=small_generator(1), **CARD)
    found = load_checkpoint(str(tmp_path)).card.digest
    assert (found == old.digest) == (replacements < 2)
    monkeypatch.undo()
    newest = save_checkpoint(tmp_path, generator=small_generator(2), **CARD)
    assert load_checkpoint(str(tmp_path)).card == newest


def test_a_pair_replaced_while_it_is_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_checkpoint(tmp_path, generator=small_generator(0), **CARD)
    read_bytes, others = Path.read_bytes, iter([small_generator(1)])

    def replaced_meanwhile(path: Path) -> bytes:
        for other in others:
            save_checkpoint(tmp_path, generator=other, **CARD)
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", replaced_meanwhile)
    assert load_checkpoint(str(tmp_path)).card == read_card(tmp_path)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("digest", 7, "digest is int, not str"),
        ("steps", "many", "steps is str, not int"),
        ("steps", True, "steps is bool, not int"),
        ("is_phantom", "no", "is_phantom is str, not bool"),
        ("architecture", [], "architecture is list, not dict"),
        ("architecture", {"kind": "diffusion"}, "“diffusion” is not known"),
        ("architecture", {"resolution": "28"}, "not the card of a checkpoint"),
    ],
)
def test_every_field_of_a_card_is_of_its_type(tmp_path: Path, field: str, value: object, sentence: str) -> None:
    save_checkpoint(tmp_path, generator=small_generator(0), **CARD)
    path = tmp_path / "card.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    with pytest.raises(UnusableCheckpoint, match=sentence):
        read_card(tmp_path)


def test_weights_of_another_format_are_named(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, generator=small_generator(0), **CARD)
    (tmp_path / "weights.safetensors").write_bytes(b"a pickle, perhaps")
    path = tmp_path / "card.json"
    digest = hashlib.sha256(b"a pickle, perhaps").hexdigest()
    path.write_text(json.dumps(json.loads(path.read_text()) | {"digest": digest}))
    with pytest.raises(UnusableCheckpoint, match="no safetensors file"):
        load_checkpoint(str(tmp_path))
