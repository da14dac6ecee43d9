"""DICOM: shown as the standard means it, the side taken, the patient left out."""

import dataclasses
import io
from typing import Any

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels import apply_voi_lut
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from readerstudy.radiographs.canonical import canonical_form
from readerstudy.radiographs.decoding import UndecodableImage, decode_image

LEVELS = np.random.default_rng(3).integers(0, 4096, (72, 80), dtype=np.uint16)  # 12 bits in 16
PATIENT = "Doe^Jane"


def dicom_file(pixels: np.ndarray = LEVELS, *, syntax: UID = ExplicitVRLittleEndian, **elements: Any) -> bytes:
    """A digital radiograph of a named patient; elements: DICOM keywords to add or replace, None removes."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    described: dict[str, Any] = {
        "SOPClassUID": meta.MediaStorageSOPClassUID,
        "SOPInstanceUID": meta.MediaStorageSOPInstanceUID,
        "PatientName": PATIENT,
        "PatientID": "311264-9981",
        "PatientBirthDate": "19640331",
        "Modality": "DX",
        "Rows": pixels.shape[0],
        "Columns": pixels.shape[1],
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "BitsAllocated": 8 * pixels.dtype.itemsize,
        "BitsStored": 12 if pixels.dtype == np.uint16 else 8 * pixels.dtype.itemsize,
        "HighBit": 11 if pixels.dtype == np.uint16 else 8 * pixels.dtype.itemsize - 1,
        "PixelRepresentation": int(pixels.dtype.kind == "i"),
        "PixelData": pixels.tobytes(),
    }
    for keyword, value in (described | elements).items():
        if value is not None:
            setattr(dataset, keyword, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def refusal(data: bytes) -> str:
    with pytest.raises(UndecodableImage) as refused:
        decode_image(data, name="knee.dcm")
    assert PATIENT not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_twelve_bits_come_back_as_they_were(syntax: UID) -> None:
    decoded = decode_image(dicom_file(syntax=syntax), name="knee.dcm")
    assert np.array_equal(decoded.pixels, LEVELS)
    assert not decoded.photometric_inverted


def test_a_dicom_file_is_known_by_its_mark_whatever_its_name() -> None:
    assert np.array_equal(decode_image(dicom_file(), name="IM000001").pixels, LEVELS)


def test_eight_bits_and_signed_levels_are_read() -> None:
    eight = (LEVELS // 16).astype(np.uint8)
    assert np.array_equal(decode_image(dicom_file(eight), name="a").pixels, eight)
    signed = LEVELS.astype(np.int16) - 2048
    assert np.array_equal(decode_image(dicom_file(signed), name="a").pixels, signed)


def test_run_length_compression_is_read() -> None:
    dataset = pydicom.dcmread(io.BytesIO(dicom_file()))
    dataset.compress(RLELossless)
    buffer = io.BytesIO()
    dataset.save_as(buffer)
    assert np.array_equal(decode_image(buffer.getvalue(), name="a").pixels, LEVELS)


def test_rescaling_is_applied() -> None:
    decoded = decode_image(dicom_file(RescaleSlope=0.5, RescaleIntercept=-100), name="a")
    assert np.allclose(decoded.pixels, LEVELS * 0.5 - 100)


@pytest.mark.parametrize(("slope", "intercept"), [("1e300", 0), ("1e37", 0), ("-1e37", 0), ("1e-300", 0), (1, "1e12")])
def test_a_rescaling_that_no_image_survives_is_refused(slope: str | int, intercept: str | int) -> None:
    """Images are resampled in 32-bit floats: beyond 3.4e38 these levels were one flat image, without a word."""
    assert "told apart" in refusal(dicom_file(RescaleSlope=slope, RescaleIntercept=intercept))


@pytest.mark.parametrize(("slope", "intercept"), [("1e30", 0), ("1e-30", 0), (1, "1e6")])
def test_a_rescaling_that_an_image_survives_is_applied(slope: str | int, intercept: str | int) -> None:
    decoded = decode_image(dicom_file(RescaleSlope=slope, RescaleIntercept=intercept), name="a").pixels
    rescaled, plain = (canonical_form(one, preset="published", inverted=False).astype(int) for one in (decoded, LEVELS))
    assert np.abs(rescaled - plain).mean() < 1


def test_a_window_follows_the_formula_of_the_standard() -> None:
    """DICOM PS3.3 C.11.2.1.2.1: y = ((x − (c − 0.5)) / (w − 1) + 0.5) · range, clamped."""
    decoded = decode_image(dicom_file(WindowCenter=2000, WindowWidth=1000), name="a").pixels
    formula = np.clip(((LEVELS - 1999.5) / 999 + 0.5) * 4095, 0, 4095)
    assert np.allclose(decoded, formula)
    assert decoded.min() == 0
    assert decoded.max() == 4095


def test_the_window_is_applied_after_rescaling() -> None:
    data = dicom_file(RescaleSlope=2, RescaleIntercept=-1000, WindowCenter=1500, WindowWidth=3000)
    rescaled = LEVELS * 2.0 - 1000
    decoded = decode_image(data, name="a").pixels
    assert np.allclose(decoded, apply_voi_lut(rescaled, pydicom.dcmread(io.BytesIO(data))))
    inside = (rescaled > 100) & (rescaled < 2900)
    assert np.corrcoef(decoded[inside], rescaled[inside])[0, 1] > 0.9999
    assert len(np.unique(decoded[rescaled < 0])) == 1


def test_of_several_windows_the_first_is_taken() -> None:
    several = decode_image(dicom_file(WindowCenter=[2000, 500], WindowWidth=[1000, 300]), name="a").pixels
    first = decode_image(dicom_file(WindowCenter=2000, WindowWidth=1000), name="a").pixels
    assert np.array_equal(several, first)


def test_a_lookup_table_goes_before_a_window() -> None:
    table = np.rint(np.sqrt(np.arange(4096) / 4095) * 65535).astype(np.uint16)
    lookup = Dataset()
    lookup.LUTDescriptor = [4096, 0, 16]
    lookup.LUTData = table.tobytes()
    lookup["LUTData"].VR = "OW"
    lookup["LUTDescriptor"].VR = "US"
    data = dicom_file(VOILUTSequence=[lookup], WindowCenter=2000, WindowWidth=10)
    assert np.array_equal(decode_image(data, name="a").pixels, table[LEVELS])


def test_a_negative_is_made_positive_and_said_to_have_been_one() -> None:
    decoded = decode_image(dicom_file(PhotometricInterpretation="MONOCHROME1"), name="a")
    assert decoded.photometric_inverted
    assert np.array_equal(decoded.pixels, int(LEVELS.max()) + int(LEVELS.min()) - LEVELS.astype(int))


@pytest.mark.parametrize(
    ("elements", "side"),
    [
        ({"ImageLaterality": "L"}, "L"),
        ({"Laterality": "R"}, "R"),
        ({"ImageLaterality": "R", "Laterality": "L"}, "R"),
        ({"ImageLaterality": "B"}, ""),
        ({"ImageLaterality": ""}, ""),
        ({}, ""),
    ],
)
def test_the_side_is_the_images_own_before_the_series(elements: dict[str, str], side: str) -> None:
    assert decode_image(dicom_file(**elements), name="a").side == side


def test_nothing_of_the_patient_is_returned() -> None:
    decoded = decode_image(dicom_file(), name="a")
    assert {field.name for field in dataclasses.fields(decoded)} == {"pixels", "side", "photometric_inverted"}
    assert PATIENT not in repr(decoded)


def test_several_frames_are_refused_with_their_number() -> None:
    frames = np.stack([LEVELS, LEVELS])
    described = {"Rows": 72, "Columns": 80, "NumberOfFrames": 2}
    assert "2 frames" in refusal(dicom_file(frames, **described))


def test_colour_is_refused() -> None:
    colour = np.zeros((72, 80, 3), np.uint8)
    described = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    assert "colour" in refusal(dicom_file(colour, **described))


def test_an_enormous_image_is_refused_before_its_pixels_are_read() -> None:
    assert "enormous" in refusal(dicom_file(Rows=40_000, Columns=40_000))


def test_too_small_is_refused() -> None:
    assert "too small" in refusal(dicom_file(LEVELS[:40]))


def test_a_report_without_an_image_is_refused() -> None:
    assert "without an image" in refusal(dicom_file(PixelData=None, Rows=None, Columns=None))


def test_missing_pixels_are_refused() -> None:
    assert "truncated" in refusal(dicom_file(PixelData=LEVELS.tobytes()[:-500]))


def test_a_file_cut_short_is_refused() -> None:
    whole = dicom_file()
    for length in (100, 140, 400, len(whole) // 2, len(whole) - 2):
        assert refusal(whole[:length])


def test_a_file_that_only_claims_to_be_dicom_is_refused() -> None:
    assert "DICOM" in refusal(b"case,grade\n" * 100)


@pytest.mark.parametrize("syntax", [JPEGLosslessSV1, JPEGLSLossless])
def test_a_compression_nothing_here_reads_is_named(syntax: UID) -> None:
    plain = pydicom.dcmread(io.BytesIO(dicom_file()))
    plain.file_meta.TransferSyntaxUID = syntax
    plain.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8\xff\xc3" + bytes(400)])
    plain["PixelData"].VR = "OB"
    buffer = io.BytesIO()
    plain.save_as(buffer)
    sentence = refusal(buffer.getvalue())
    assert syntax.name in sentence
    assert "uncompressed" in sentence


WHOLE = dicom_file()


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_no_damage_raises_anything_but_a_refusal_that_quotes_nothing(data: st.DataObject) -> None:
    damaged = bytearray(WHOLE)
    header = st.integers(0, WHOLE.index(LEVELS.tobytes()) - 1)
    for place in data.draw(st.lists(header, min_size=1, max_size=4)):
        damaged[place] = data.draw(st.integers(0, 255))
    said = ""
    try:
        decode_image(bytes(damaged), name="knee.dcm")
    except UndecodableImage as refused:
        said = str(refused)
    assert "Doe" not in said
    assert "9981" not in said


def test_what_is_said_of_a_damaged_file_does_not_quote_it(
    caplog: pytest.LogCaptureFixture, recwarn: pytest.WarningsRecorder
) -> None:
    cut = WHOLE.replace(b"US\x02\x00", b"US\x09\x00", 1)
    assert refusal(cut)
    odd = WHOLE.replace(b"19640331", b"Doe^Jane")  # no date: pydicom would complain and cite it
    assert decode_image(odd, name="knee.dcm").pixels.shape == LEVELS.shape
    assert not caplog.records
    assert not recwarn.list
