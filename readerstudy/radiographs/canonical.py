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

from readerstudy.radiographs.grey_levels import darkest_first, is_near_empty, occupied_levels
from readerstudy.radiographs.polarity import is_inverted

SIZE = 224  # pixels; the native size of the public KL data set, so that its images are not resampled
PRESETS = ("window", "published")
TAIL = 250  # pixels made black, and made white, by the percentile window: 0.5 % of 224²

Grey = NDArray[np.uint8]


def canonical_form(
    pixels: NDArray[np.generic], *, preset: str, side: str | None = None, inverted: bool | None = None
) -> Grey:
    """Turn any grey image into what a reader sees.

    pixels: [height, width], any real dtype, full depth. preset: `window` (the grey levels between the 0.5th and
    the 99.5th percentile are stretched linearly, sides stay as they are) or `published` (left knees are mirrored to
    look like right ones and the histogram is equalised, as in Prezja et al. 2022, doi 10.1038/s41598-022-23081-4).
    Both fill the gaps that 8 bits leave, so that no count of levels tells the kinds apart. side: "L", "R" or None when
    unknown. inverted: whether bone is dark; None lets the image decide. Returns uint8 [224, 224]. Idempotent: a
    canonical image comes back unchanged.
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


def _windowed(grey: NDArray[np.generic]) -> Grey:
    """The darkest 250 pixels black, the brightest 250 white, the levels between them stretched over 1–254."""
    index, counts = occupied_levels(grey)
    if is_near_empty(counts):
        return _stretched(grey)
    if (
        grey.dtype.kind in "iu"
        and np.array_equal(counts[[0, -1]], [TAIL, TAIL])
        and {0, 255} == {grey.min(), grey.max()}
    ):
        return grey.astype(np.uint8)  # windowed already: nothing else has tails of just that size
    order = darkest_first(index)
    refined = _without_ties(grey.ravel()[order].astype(np.float64), counts)
    low, high = refined[TAIL], refined[-TAIL - 1]
    form = np.empty(grey.size, dtype=np.uint8)
    form[order] = np.clip(np.rint(1 + 253 * (refined - low) / (high - low)), 1, 254)
    form[order[:TAIL]], form[order[-TAIL:]] = 0, 255
    return form.reshape(grey.shape)


def _without_ties(ordered: NDArray[np.float64], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    """Spread the pixels of each level [pixels, dark to bright] evenly, half-way towards the levels on either side.

    Stretching 8 bits leaves levels empty that a generator fills: a count of levels would tell real from synthetic.
    """
    starts = np.cumsum(counts) - counts
    values = ordered[starts]
    between = (values[1:] + values[:-1]) / 2
    lower = np.concatenate([[2 * values[0] - between[0]], between])
    upper = np.concatenate([between, [2 * values[-1] - between[-1]]])
    share = (np.arange(ordered.size) - np.repeat(starts, counts) + 0.5) / np.repeat(counts, counts)
    return np.repeat(lower, counts) + share * np.repeat(upper - lower, counts)


def _equalised(grey: NDArray[np.generic]) -> Grey:
    """Exact histogram equalisation: each of the 256 levels holds 196 pixels, whatever the image.

    The usual equalisation leaves levels empty where the image was 8 bits deep, and fills them where a generator drew.
    """
    index, counts = occupied_levels(grey)
    if is_near_empty(counts):
        return _stretched(grey)
    form = np.empty(grey.size, dtype=np.uint8)
    form[darkest_first(index)] = np.arange(grey.size) * 256 // grey.size
    return form.reshape(grey.shape)


def _stretched(grey: NDArray[np.generic]) -> Grey:
    """Linear from the darkest to the brightest level: what is nearly empty stays so and can be seen to be."""
    low, high = float(grey.min()), float(grey.max())
    return np.rint((grey.astype(np.float64) - low) / (high - low or 1) * 255).astype(np.uint8)
