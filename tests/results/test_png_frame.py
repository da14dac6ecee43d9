"""What is not pixels in a file of an image shows in its frame; what is pixels does not."""

import struct
import zlib

import numpy as np
import pytest

from readerstudy.radiographs import canonical
from readerstudy.results.png_frame import png_frame

PLAIN = canonical.encode(np.random.default_rng(1).integers(0, 256, (224, 224), dtype=np.uint8))
END = 12  # bytes of the last chunk


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flipped(at: int, bit: int = 1) -> bytes:
    return PLAIN[:at] + bytes([PLAIN[at] ^ bit]) + PLAIN[at + 1 :]


def repacked(change: object) -> bytes:
    """The file with another stream of pixels in it."""
    start = PLAIN.index(b"IDAT") + 4
    packed = change(PLAIN[start : -END - 4])  # type: ignore[operator]
    return PLAIN[: start - 8] + chunk(b"IDAT", packed) + PLAIN[-END:]


def test_other_pixels_have_the_same_frame() -> None:
    other = canonical.encode(np.random.default_rng(2).integers(0, 256, (224, 224), dtype=np.uint8))
    assert png_frame(other) == png_frame(PLAIN)
    assert len(png_frame(PLAIN)) < 400  # and so holds no pixels


@pytest.mark.parametrize(
    "planted",
    [
        PLAIN[:-END] + chunk(b"tEXt", b"k\0real") + PLAIN[-END:],
        PLAIN + b" ",
        PLAIN[:-1],
        flipped(28),  # interlacing
        flipped(-END - 1),  # the check of the chunk
        flipped(-END - 5),  # the check of the stream
        flipped(-END - 60),  # a pixel, but not its checks
        repacked(lambda packed: b"\x78\x9c" + packed[2:]),
        repacked(lambda packed: packed[:2] + bytes([packed[2] | 0x10]) + packed[3:]),  # a spare bit of a stored block
        repacked(lambda packed: packed[:-4] + b"\0\0\0\0"),
        repacked(lambda packed: packed + b"more"),
        repacked(lambda packed: zlib.compress(zlib.decompress(packed))),
        repacked(
            lambda packed: zlib.compress(zlib.decompress(packed)[:225] + b"\1" + zlib.decompress(packed)[226:], 0)
        ),
        repacked(lambda packed: packed[:-9]),
        repacked(lambda packed: b"nonsense"),
        b"no picture at all",
        b"",
    ],
)
def test_what_is_not_pixels_shows(planted: bytes) -> None:
    assert png_frame(planted) != png_frame(PLAIN)
