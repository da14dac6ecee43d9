"""Features by the digest of the image they belong to, kept on disk: a second evaluation need not look again."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from generator.features import Extractor, Floats
from generator.weights_and_card import write_whole

SAVE_EVERY = 256  # images between two writes: what a kill costs


def cached_features(
    extractor: Extractor,
    digests: Sequence[str],
    read: Callable[[int], NDArray[np.uint8]],
    *,
    cache: Path | None,
    progress: Callable[[int], object] = lambda done: None,
) -> Floats:
    """Features [N, D] of the images with these digests; only those that the cache lacks are read and looked at.

    read(i): the pixels, uint8 [224, 224], of digests[i]. cache: folder, None keeps nothing. progress is called with the
    images just done. A file that cannot be read is made anew.
    """
    path = cache / f"{extractor.key[:16]}.npz" if cache else None
    known = _read(path) if path else {}
    missing = [index for index, digest in enumerate(digests) if digest not in known]
    progress(len(digests) - len(missing))
    for first in range(0, len(missing), SAVE_EVERY):
        part = missing[first : first + SAVE_EVERY]
        rows = extractor.of(np.stack([read(index) for index in part]), progress=progress)
        known |= {digests[index]: row for index, row in zip(part, rows, strict=True)}
        if path:
            _write(path, known)
    return np.stack([known[digest] for digest in digests])


def _read(path: Path) -> dict[str, Floats]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {
                digest.hex(): row for digest, row in zip(map(bytes, file["digests"]), file["features"], strict=True)
            }
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return {}


def _write(path: Path, known: dict[str, Floats]) -> None:
    digests = np.array([list(bytes.fromhex(digest)) for digest in known], dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez(buffer, digests=digests, features=np.stack(list(known.values())))
    write_whole(path, buffer.getvalue())
