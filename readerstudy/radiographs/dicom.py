"""Reading a DICOM radiograph: its grey levels as the standard means them shown, and its side."""

import io
import logging
import warnings
from dataclasses import dataclass

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.pixels import apply_modality_lut, apply_voi_lut, get_decoder
from pydicom.uid import UID

PREAMBLE = 128

# What pydicom says of a damaged file quotes it, the patient's name included.
logging.getLogger("pydicom").setLevel(logging.CRITICAL)


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

    Raises NotReadable on files that are damaged, enormous, in colour, of several frames, or compressed in a
    way that cannot be read here. Neither its message nor the log quotes the file.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _read(data, most_pixels)


def _read(data: bytes, most_pixels: int) -> DicomImage:
    try:
        dataset = pydicom.dcmread(io.BytesIO(data))
    except Exception as error:  # pydicom raises many kinds on damaged files
        raise NotReadable("it is not a readable DICOM file") from error
    try:
        rows, columns = int(dataset.Rows), int(dataset.Columns)
        photometric = str(dataset.PhotometricInterpretation)
        frames = int(dataset.get("NumberOfFrames") or 1)
        side = str(dataset.get("ImageLaterality") or dataset.get("Laterality") or "").strip().upper()
        syntax = dataset.file_meta.TransferSyntaxUID
        readable = not syntax.is_encapsulated or _can_decompress(syntax)
        dataset.PixelData  # noqa: B018  # raises when there is none
    except Exception as error:
        raise NotReadable("it is a DICOM file without an image, or a damaged one") from error
    if rows * columns > most_pixels:
        raise NotReadable(f"it is enormous: {columns} × {rows} pixels, where 64 million are the most")
    if frames != 1:
        raise NotReadable(f"it holds {frames} frames; a radiograph is one")
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        raise NotReadable("it is a colour image; a radiograph is grey")
    if not readable:
        raise NotReadable(f"it is compressed as “{syntax.name}”, which cannot be read here; export it uncompressed")
    try:
        values = apply_modality_lut(dataset.pixel_array, dataset)
        pixels = np.asarray(apply_voi_lut(values, dataset), dtype=np.float64)
    except Exception as error:  # a short pixel array, a broken table: all end here
        raise NotReadable("its pixels are truncated or corrupt") from error
    if pixels.ndim != 2:
        raise NotReadable("its pixels are not one grey image")
    if photometric == "MONOCHROME1":
        pixels = pixels.max() + pixels.min() - pixels
    return DicomImage(pixels, side if side in ("L", "R") else "", photometric == "MONOCHROME1")


def _can_decompress(syntax: UID) -> bool:
    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:  # a syntax pydicom does not know
        return False
