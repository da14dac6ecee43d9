"""Decoding: full depth for what a radiograph may be, one sentence for what it may not."""

import contextlib
import io
import struct
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from readerstudy.radiographs.decoding import Decoded, UndecodableImage, decode_image

GREY8 = np.random.default_rng(1).integers(0, 256, (80, 96), dtype=np.uint8)
GREY16 = np.random.default_rng(2).integers(0, 65536, (80, 96), dtype=np.uint16)


def encoded(pixels: np.ndarray | Image.Image, form: str, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def refusal(data: bytes, name: str = "knee.png") -> str:
    with pytest.raises(UndecodableImage) as refused:
        decode_image(data, name=name)
    sentence = str(refused.value)
    assert sentence
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("pixels", [GREY8, GREY16], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "tiff_deflate"}),
    ],
)
def test_lossless_files_come_back_at_full_depth(pixels: np.ndarray, form: str, options: dict[str, str]) -> None:
    decoded = decode_image(encoded(pixels, form, **options), name="knee")
    assert np.array_equal(decoded.pixels, pixels)
    assert decoded.pixels.dtype == pixels.dtype
    assert (decoded.side, decoded.photometric_inverted) == ("", False)


def test_big_endian_tiff_is_read_as_written() -> None:
    data = encoded(Image.frombytes("I;16B", (96, 80), GREY16.astype(">u2").tobytes()), "TIFF")
    assert np.array_equal(decode_image(data, name="knee.tif").pixels, GREY16)


UPRIGHT = {
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: np.transpose,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).T,
    8: np.rot90,
}  # EXIF 2.32, tag 0x0112: what to do to the stored rows


@pytest.mark.parametrize("pixels", [GREY8, GREY16], ids=["8 bits", "16 bits"])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_file_that_says_how_it_is_turned_comes_upright(pixels: np.ndarray, form: str, orientation: int) -> None:
    decoded = decode_image(encoded(pixels, form, exif=oriented(orientation)), name="knee").pixels
    assert np.array_equal(decoded, UPRIGHT[orientation](pixels))
    assert decoded.dtype == pixels.dtype


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_jpeg_that_says_how_it_is_turned_comes_upright(orientation: int) -> None:
    lying = decode_image(encoded(GREY8, "JPEG"), name="knee.jpg").pixels
    decoded = decode_image(encoded(GREY8, "JPEG", exif=oriented(orientation)), name="knee.jpg").pixels
    assert np.array_equal(decoded, UPRIGHT[orientation](lying))


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    return exif


def test_a_jpeg_comes_close() -> None:
    smooth = np.add.outer(np.arange(80), np.arange(96)).astype(np.uint8)
    decoded = decode_image(encoded(smooth, "JPEG", quality=95), name="knee.jpg").pixels
    assert decoded.shape == smooth.shape
    assert np.abs(decoded.astype(int) - smooth).max() <= 4


@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "LA", "P"], ids=["three channels", "opaque alpha", "grey with alpha", "palette"]
)
def test_grey_stored_as_colour_is_grey(mode: str) -> None:
    grey = Image.fromarray(GREY8).convert("RGBA").convert(mode) if mode != "P" else _grey_palette()
    assert np.array_equal(decode_image(encoded(grey, "PNG"), name="knee.png").pixels, GREY8)


def _grey_palette() -> Image.Image:
    image = Image.fromarray(GREY8)
    image.putpalette([level for level in range(256) for _ in range(3)])
    assert image.mode == "P"
    return image


def test_grey_stored_as_a_colour_jpeg_is_grey() -> None:
    data = encoded(Image.fromarray(np.dstack([GREY8] * 3)), "JPEG")
    assert decode_image(data, name="knee.jpg").pixels.shape == GREY8.shape


def test_a_constant_image_is_an_image() -> None:
    assert decode_image(encoded(np.full((80, 96), 7, np.uint8), "PNG"), name="flat").pixels.max() == 7


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_colour_is_refused(form: str) -> None:
    tinted = np.dstack([GREY8, GREY8, 255 - GREY8])
    assert "colour" in refusal(encoded(tinted, form))


def test_a_coloured_palette_is_refused() -> None:
    image = Image.fromarray(GREY8)
    image.putpalette([channel for level in range(256) for channel in (level, 0, 255 - level)])
    assert "colour" in refusal(encoded(image, "PNG"))


def test_cmyk_is_refused_as_colour() -> None:
    assert "colour" in refusal(encoded(Image.fromarray(GREY8).convert("CMYK"), "TIFF"))


def test_transparency_that_matters_is_refused() -> None:
    assert "transparent" in refusal(encoded(np.dstack([GREY8] * 3 + [255 - GREY8]), "PNG"))


def test_black_and_white_is_refused() -> None:
    assert "grey levels" in refusal(encoded(Image.fromarray(GREY8).convert("1"), "PNG"))


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_several_frames_are_refused(form: str) -> None:
    first, second = Image.fromarray(GREY8), Image.fromarray(255 - GREY8)
    assert "several frames" in refusal(encoded(first, form, save_all=True, append_images=[second]))


def test_an_empty_file_is_refused() -> None:
    assert "empty" in refusal(b"")


@pytest.mark.parametrize(
    "data",
    [b"case,grade\nknee.png,2\n" * 40, b"%PDF-1.7 " * 100, encoded(GREY8, "GIF"), encoded(GREY8, "BMP")],
    ids=["csv", "pdf", "gif", "bmp"],
)
def test_what_is_no_radiograph_format_is_refused_by_content_not_by_name(data: bytes) -> None:
    assert "not a PNG, JPEG, TIFF or DICOM" in refusal(data, name="knee.png")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF"])
def test_a_truncated_file_is_refused(form: str) -> None:
    data = encoded(GREY8, form)
    assert "truncated or corrupt" in refusal(data[: len(data) // 2])


def test_a_damaged_png_is_refused() -> None:
    data = bytearray(encoded(GREY8, "PNG"))
    data[len(data) // 2] ^= 0xFF
    assert "truncated or corrupt" in refusal(bytes(data))


def test_too_small_is_refused_with_its_size() -> None:
    assert "200 × 63" in refusal(encoded(np.zeros((63, 200), np.uint8), "PNG"))


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims any size: what a decompression bomb looks like before it goes off."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8001, 8000), (40_000, 40_000), (2_000_000_000, 1000)])
def test_an_enormous_image_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    began = time.perf_counter()
    assert "enormous" in refusal(claiming(*size))
    assert time.perf_counter() - began < 0.5


def test_an_image_just_within_the_limit_is_not_called_enormous() -> None:
    assert "enormous" not in refusal(claiming(8000, 8000))


@pytest.mark.parametrize(
    "whole",
    [encoded(GREY8, "PNG"), encoded(GREY8, "JPEG"), encoded(GREY16, "TIFF")],
    ids=["PNG", "JPEG", "TIFF"],
)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_raises_anything_but_a_refusal(whole: bytes, data: st.DataObject) -> None:
    damaged = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    near = min(200, len(damaged))  # of either end, where headers and directories stand
    for place in data.draw(st.lists(st.integers(-near, near - 1), max_size=5)):
        damaged[place] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UndecodableImage):
        assert isinstance(decode_image(bytes(damaged), name="knee"), Decoded)


def test_a_tiff_whose_second_directory_is_damaged_is_refused() -> None:
    """Pillow meets this one with a TypeError; the tag of the image's width is overwritten."""
    whole = encoded(Image.fromarray(GREY16), "TIFF", save_all=True, append_images=[Image.fromarray(GREY16)])
    tag = struct.pack("<HHII", 256, 4, 1, 96)
    assert whole.count(tag) == 2
    first, second, rest = whole.split(tag)
    assert "truncated or corrupt" in refusal(first + tag + second + struct.pack("<HHII", 9999, 4, 1, 96) + rest)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_levels_that_are_not_numbers_are_refused(value: float) -> None:
    levels = GREY8.astype(np.float32)
    levels[40, 40] = value
    assert "not numbers" in refusal(encoded(levels, "TIFF"))


@pytest.mark.shared_data
def test_the_real_radiographs_decode_in_milliseconds(shared_data: Path) -> None:
    files = [path.read_bytes() for path in sorted((shared_data / "kneeKL224" / "val").rglob("*.png"))[:200]]
    began = time.process_time()
    shapes = {decode_image(data, name="knee.png").pixels.shape for data in files}
    assert shapes == {(224, 224)}
    assert (time.process_time() - began) / len(files) < 0.008
