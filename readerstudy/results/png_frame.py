"""What of a PNG file is not pixels: every byte in which a file could say more than its picture does.

The parts are those of PNG (W3C 2003, https://www.w3.org/TR/png-3/) and deflate (RFC 1950, RFC 1951).
"""

import struct
import zlib
from itertools import zip_longest

from readerstudy.radiographs import canonical

SIGNATURE = 8  # bytes
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # samples a pixel, by colour type


def png_frame(encoded: bytes) -> bytes:
    """The signature, the chunks, how the pixels are packed, the filter of each row, and what follows the end.

    Checksums and filters follow from the pixels: they are given as their difference from the right ones, and from those
    that our own encoder takes, so that they say nothing where they are as they should be. What is no PNG, or is cut
    short, is given as far as it can be read.
    """
    parts, header, packed = _chunks(encoded)
    rows, stream = _packing(packed)
    filters = zip_longest(_filters(header, rows), _own_filters(encoded), fillvalue=255)
    return b"".join([*parts, *stream, bytes(one ^ own for one, own in filters)])


def _chunks(encoded: bytes) -> tuple[list[bytes], bytes, bytes]:
    """Every part of the file but the stream of pixels; the data of the first chunk; the stream of pixels."""
    parts = [encoded[:SIGNATURE]]
    header, packed, at = b"", b"", SIGNATURE
    while at + 12 <= len(encoded):
        length = struct.unpack(">I", encoded[at : at + 4])[0]
        kind, data = encoded[at + 4 : at + 8], encoded[at + 8 : at + 8 + length]
        tail = encoded[at + 8 + length : at + 12 + length]
        parts += [encoded[at : at + 8], _difference(tail, zlib.crc32(kind + data))]
        if kind == b"IDAT":
            packed += data
        else:
            parts.append(data)
            header = header or data
        at += 12 + length
    return [*parts, encoded[at:]], header, packed


def _packing(packed: bytes) -> tuple[bytes, list[bytes]]:
    """The rows of pixels; what of the zlib stream is not pixels: its header, its stored blocks, checksum and end."""
    stream = zlib.decompressobj()
    try:
        rows = stream.decompress(packed)
    except zlib.error:
        return b"", [b"no zlib stream"]
    ends = len(packed) - len(stream.unused_data)
    checksum = _difference(packed[ends - 4 : ends], zlib.adler32(rows)) if stream.eof else b"cut short"
    return rows, [packed[:2], *_stored_blocks(packed), checksum, stream.unused_data]


def _stored_blocks(packed: bytes) -> list[bytes]:
    """The header of each stored block, spare bits included, up to the first block that is compressed."""
    headers: list[bytes] = []
    at = 2
    while at + 5 <= len(packed):
        first = packed[at]
        if first >> 1 & 3:  # compressed
            return [*headers, packed[at : at + 1]]
        headers.append(packed[at : at + 5])
        at += 5 + int.from_bytes(packed[at + 1 : at + 3], "little")
        if first & 1:  # the last one
            break
    return headers


def _filters(header: bytes, rows: bytes) -> bytes:
    """The first byte of each row of pixels."""
    if len(header) < 13:
        return b""
    width, _, depth, colour = struct.unpack(">IIBB", header[:10])
    return rows[:: 1 + (width * depth * CHANNELS.get(colour, 1) + 7) // 8]


def _own_filters(encoded: bytes) -> bytes:
    """The filters that our own encoder takes for the same pixels."""
    try:
        own = canonical.encode(canonical.decode(encoded))
    except (OSError, SyntaxError):  # Pillow's for a picture that it cannot read
        return b""
    _, header, packed = _chunks(own)
    return _filters(header, _packing(packed)[0])


def _difference(found: bytes, right: int) -> bytes:
    return (int.from_bytes(found, "big") ^ right).to_bytes(4, "big")
