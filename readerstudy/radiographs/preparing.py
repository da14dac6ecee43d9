"""From a file's bytes to a canonical image. Touches no database, so that it can run in many processes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from readerstudy.radiographs.canonical import canonical_form
from readerstudy.radiographs.decoding import UndecodableImage, decode_image
from readerstudy.radiographs.layouts import Labelled, LeftOut
from readerstudy.radiographs.polarity import is_inverted

MOST_BYTES = 512_000_000  # 64 million pixels at 8 bytes each


@dataclass(frozen=True)
class Prepared:
    """pixels: uint8 [224, 224]. source_digest: SHA-256 of the file. was_inverted: it came as a negative."""

    labelled: Labelled
    pixels: NDArray[np.uint8]
    source_digest: str
    side: str
    was_inverted: bool


def _bytes_of(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise UndecodableImage("it is no file")
    if path.stat().st_size > MOST_BYTES:
        raise UndecodableImage(f"it is enormous: more than {MOST_BYTES // 10**6} MB")
    return path.read_bytes()


def prepare(labelled: Labelled, preset: str) -> Prepared | LeftOut:
    """Read one file and bring it into canonical form, or say why it cannot be."""
    try:
        data = _bytes_of(labelled.path)
        decoded = decode_image(data, name=labelled.name)
    except FileNotFoundError:
        return LeftOut(labelled.name, "the folder does not have it")
    except OSError as error:
        return LeftOut(labelled.name, f"it cannot be read: {error.strerror or error}")
    except UndecodableImage as error:
        return LeftOut(labelled.name, str(error))
    if decoded.side and labelled.side and decoded.side != labelled.side:
        return LeftOut(labelled.name, f"the file says side {decoded.side}, but its name or row says {labelled.side}")
    side = decoded.side or labelled.side
    if preset == "published" and not side:
        return LeftOut(
            labelled.name,
            "its side is not known, and the preset “published” mirrors left knees; add a column “side” with L or R",
        )
    inverted = is_inverted(decoded.pixels)
    pixels = canonical_form(decoded.pixels, preset=preset, side=side or None, inverted=inverted)
    digest = hashlib.sha256(data).hexdigest()
    return Prepared(labelled, pixels, digest, side, inverted or bool(decoded.photometric_inverted))
