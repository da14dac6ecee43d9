"""From the bytes of a file to grey levels at full depth, or one sentence that says why not."""

import io
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from readerstudy.radiographs.dicom import NotReadable, is_dicom, read_dicom

MOST_PIXELS = 64_000_000  # a long-leg radiograph has about 20 million
LEAST_SIDE = 64
GREATEST_LEVEL = 1e37  # images are resampled in 32-bit floats, which end at 3.4e38
LEAST_STEPS = 256  # that 32-bit floats must have between the darkest level and the brightest
DEEP_MODES = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")


class UndecodableImage(Exception):
    """The file cannot be used; the message says why, in words for the person who has it."""


@dataclass(frozen=True)
class Decoded:
    """pixels: [height, width], full depth. side: "L", "R" or "" when the file does not say.

    photometric_inverted: the file declares a negative (DICOM MONOCHROME1); pixels are positive already.
    """

    pixels: NDArray[np.generic]
    side: str = ""
    photometric_inverted: bool = False


def decode_image(data: bytes, *, name: str) -> Decoded:
    """Decode PNG, JPEG, TIFF or DICOM, turned as the file's EXIF orientation says.

    Raises UndecodableImage. No identifier of a patient is returned.
    """
    if not data:
        raise UndecodableImage("the file is empty")
    if is_dicom(data, name=name):
        try:
            dicom = read_dicom(data, most_pixels=MOST_PIXELS)
        except NotReadable as error:
            raise UndecodableImage(str(error)) from error
        decoded = Decoded(dicom.pixels, dicom.side, dicom.was_monochrome1)
    else:
        decoded = Decoded(_picture(data))
    if decoded.pixels.dtype.kind == "f" and not np.isfinite(decoded.pixels).all():
        raise UndecodableImage("some of its grey levels are not numbers")
    height, width = decoded.pixels.shape
    if min(height, width) < LEAST_SIDE:
        raise UndecodableImage(f"it is too small: {width} × {height} pixels, where {LEAST_SIDE} are the least")
    if decoded.pixels.dtype.kind == "f" and _outruns_32_bits(decoded.pixels):
        raise UndecodableImage("its grey levels are too large, or too close together, to be told apart")
    return decoded


def _outruns_32_bits(levels: NDArray[np.generic]) -> bool:
    """Whether finite levels [height, width] overflow 32-bit floats or run together in them, as a scale of 1e37 does."""
    low, high = float(levels.min()), float(levels.max())
    greatest = max(abs(low), abs(high))
    return greatest > GREATEST_LEVEL or 0 < high - low < LEAST_STEPS * np.spacing(np.float32(greatest))


def _picture(data: bytes) -> NDArray[np.generic]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the size is judged below, before anything is decoded
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as image:
                width, height = image.size
                if width * height > MOST_PIXELS:
                    raise UndecodableImage(f"it is enormous: {width} × {height} pixels, where 64 million are the most")
                if getattr(image, "n_frames", 1) != 1:
                    raise UndecodableImage("it holds several frames; a radiograph is one")
                ImageOps.exif_transpose(image, in_place=True)
                return _grey(image)
    except UnidentifiedImageError as error:
        raise UndecodableImage("it is not a PNG, JPEG, TIFF or DICOM image") from error
    except Image.DecompressionBombError as error:
        raise UndecodableImage("it is enormous") from error
    except UndecodableImage:
        raise
    except Exception as error:  # Pillow raises many kinds on damaged files, TypeError and struct.error among them
        raise UndecodableImage(f"it is truncated or corrupt ({error})") from error


def _grey(image: Image.Image) -> NDArray[np.generic]:
    if image.mode == "L" or image.mode in DEEP_MODES:
        return np.asarray(image)
    if image.mode == "1":
        raise UndecodableImage("it is black and white, without grey levels")
    if image.mode == "P":
        image = image.convert("RGB")
    bands = [np.asarray(band) for band in image.split()]
    if image.mode in ("LA", "RGBA", "PA"):
        if bands[-1].min() < 255:
            raise UndecodableImage("it is partly transparent")
        bands = bands[:-1]
    if image.mode in ("CMYK", "YCbCr", "LAB", "HSV") or any(not np.array_equal(bands[0], band) for band in bands[1:]):
        raise UndecodableImage("it is a colour image; a radiograph is grey")
    return bands[0]
