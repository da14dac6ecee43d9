"""The one form in which every image, real or synthetic, reaches a reader.

8-bit grey, 224 square, bone bright, one named treatment of grey levels and side, no metadata, and an
encoding whose length does not depend on the content. Whatever differs between the kinds after this
function is anatomy, or a leak.
"""

import hashlib
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from readerstudy.radiographs.grey_levels import occupied_levels
from readerstudy.radiographs.polarity import is_inverted

SIZE = 224  # pixels; the native size of the public KL data set, so that its images are not resampled
PRESETS = ("window", "published")
WINDOW_TAIL = 0.005  # share of pixels clipped at either end of the percentile window

Grey = NDArray[np.uint8]


def canonical_form(
    pixels: NDArray[np.generic], *, preset: str, side: str | None = None, inverted: bool | None = None
) -> Grey:
    """Turn any grey image into what a reader sees.

    pixels: [height, width], any real dtype, full depth. preset: `window` (the grey levels between the 0.5th and
    the 99.5th percentile are stretched linearly to 0–255, sides stay as they are) or `published` (left knees are
    mirrored to look like right ones and the histogram is equalised, as in Prezja et al. 2022,
    doi 10.1038/s41598-022-23081-4). side: "L", "R" or None when unknown. inverted: whether bone is dark;
    None lets the image decide. Returns uint8 [224, 224]. Idempotent: a canonical image comes back unchanged.
    Raises ValueError on an unknown preset or side, or an array that is not a finite two-dimensional image.
    """
    if preset not in PRESETS:
        raise ValueError(f"unknown preset {preset!r}; it is one of {', '.join(PRESETS)}")
    if side not in (None, "L", "R"):
        raise ValueError(f"unknown side {side!r}; it is L, R or None")
    if pixels.ndim != 2 or min(pixels.shape) < 1:
        raise ValueError(f"a grey image has two dimensions, not {pixels.ndim}")
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise ValueError("the image holds values that are not finite")
    grey = _resampled(_centre_square(pixels))
    if is_inverted(grey) if inverted is None else inverted:
        grey = grey.max() + grey.min() - grey
    if preset == "window":
        return _windowed(grey)
    if side == "L":
        grey = grey[:, ::-1]
    return _equalised(grey)


def encode(canonical: Grey) -> bytes:
    """Encode uint8 [height, width] as a PNG of stored (uncompressed) blocks: its length depends on the shape alone."""
    buffer = io.BytesIO()
    Image.fromarray(canonical).save(buffer, format="PNG", compress_level=0)
    return buffer.getvalue()


def decode(encoded: bytes) -> Grey:
    """Give back the uint8 [height, width] that `encode` was given."""
    with Image.open(io.BytesIO(encoded)) as image:
        return np.asarray(image)


def digest(canonical: Grey) -> str:
    """SHA-256 of the pixels in row order, as hexadecimal: the identity of a canonical image."""
    return hashlib.sha256(np.ascontiguousarray(canonical).tobytes()).hexdigest()


def _centre_square(pixels: NDArray[np.generic]) -> NDArray[np.generic]:
    """Cut, never pad: a border of padding would mark the images that have it."""
    height, width = pixels.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return pixels[top : top + side, left : left + side]


def _resampled(square: NDArray[np.generic]) -> NDArray[np.generic]:
    if square.shape == (SIZE, SIZE):
        return square if square.dtype.kind == "f" else square.astype(np.int64)
    image = Image.fromarray(square.astype(np.float32))
    return np.asarray(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS), dtype=np.float64)


def _windowed(levels: NDArray[np.generic]) -> Grey:
    grey = levels.astype(np.float64)
    ordered = np.partition(grey.ravel(), (low_at := int(WINDOW_TAIL * grey.size), grey.size - 1 - low_at))
    low, high = float(ordered[low_at]), float(ordered[grey.size - 1 - low_at])
    if high <= low:  # nothing but a constant between the tails: what is left is a stretch of everything
        low, high = float(grey.min()), float(grey.max())
    if high <= low:
        return np.zeros(grey.shape, dtype=np.uint8)
    return np.rint(np.clip((grey - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _equalised(grey: NDArray[np.generic]) -> Grey:
    """Histogram equalisation, repeated until it changes nothing.

    Where rounding merges the darkest levels a second pass moves them by a level or two; the fixed point is what
    makes the form idempotent.
    """
    image = _equalised_once(grey)
    while not np.array_equal(again := _equalised_once(image), image):
        image = again
    return image


def _equalised_once(grey: NDArray[np.generic]) -> Grey:
    """Each level becomes the share of pixels at or below it, the darkest one 0 (Gonzalez & Woods, ch. 3.3)."""
    index, counts = occupied_levels(grey)
    if counts.size == 1:
        return np.zeros(grey.shape, dtype=np.uint8)
    cumulative = np.cumsum(counts)
    share = (cumulative - counts[0]) / (cumulative[-1] - counts[0])
    return np.rint(share * 255).astype(np.uint8)[index]
