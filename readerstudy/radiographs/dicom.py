"""Reading a DICOM radiograph: grey levels as the standard means them to be shown, and the side. Nothing of the patient."""

import io
from dataclasses import dataclass

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels import apply_modality_lut, apply_voi_lut

PREAMBLE = 128


class NotReadable(Exception):
    """The message says why, in words that continue “this file is left out because …”."""


@dataclass(frozen=True)
class DicomImage:
    """pixels: float64 [height, width], bone bright. side: "L", "R" or ""."""

    pixels: NDArray[np.float64]
    side: str
    was_monochrome1: bool


def is_dicom(data: bytes, *, name: str) -> bool:
    """Whether the bytes carry the DICM mark, or the name claims so."""
    return data[PREAMBLE : PREAMBLE + 4] == b"DICM" or name.lower().endswith((".dcm", ".dicom"))


def read_dicom(data: bytes, *, most_pixels: int) -> DicomImage:
    """Apply the modality and VOI transformations (DICOM PS3.3 C.11.1–2) and make MONOCHROME1 positive.

    Raises NotReadable on files that are damaged, enormous, in colour, of several frames, or compressed in a way that
    cannot be read here.
    """
    try:
        dataset = pydicom.dcmread(io.BytesIO(data), force=False)
    except Exception as error:  # pydicom raises many kinds on damaged files
        raise NotReadable(f"it is not a readable DICOM file ({error})") from error
    try:
        rows, columns = int(dataset.Rows), int(dataset.Columns)
        photometric = str(dataset.PhotometricInterpretation)
        frames = int(dataset.get("NumberOfFrames") or 1)
        dataset.PixelData  # noqa: B018  # raises when there is none
    except (AttributeError, TypeError, ValueError) as error:
        raise NotReadable(f"it is a DICOM file without an image ({error})") from error
    if rows * columns > most_pixels:
        raise NotReadable(f"it is enormous: {columns} × {rows} pixels, where 64 million are the most")
    if frames != 1:
        raise NotReadable(f"it holds {frames} frames; a radiograph is one")
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise NotReadable(f"it is a colour image ({photometric}); a radiograph is grey")
    try:
        values = apply_modality_lut(dataset.pixel_array, dataset)
        pixels = np.asarray(apply_voi_lut(values, dataset), dtype=np.float64)
    except Exception as error:  # a missing decoder, a short pixel array, a broken table: all end here
        raise NotReadable(f"its pixels cannot be read ({error})") from error
    if photometric == "MONOCHROME1":
        pixels = pixels.max() + pixels.min() - pixels
    side = str(dataset.get("ImageLaterality") or dataset.get("Laterality") or "").strip().upper()
    return DicomImage(pixels, side if side in ("L", "R") else "", photometric == "MONOCHROME1")
