"""The canonical form: the same for both kinds, and a fixed point."""

import io
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from readerstudy.radiographs.canonical import PRESETS, SIZE, canonical_form, decode, digest, encode
from readerstudy.radiographs.polarity import bone_brightness, is_inverted


def knee(seed: int = 0, height: int = SIZE, width: int = SIZE, depth: int = 255) -> np.ndarray:
    """A bright column of bone with a dark joint gap, on noise: enough of a knee for polarity and side."""
    rng = np.random.default_rng(seed)
    across = np.exp(-(((np.arange(width) / width - 0.45) / 0.22) ** 2))
    grey = np.tile(across, (height, 1)) * 0.7 + rng.random((height, width)) * 0.2
    grey[height // 2 : height // 2 + 6] *= 0.6
    return np.rint(grey / grey.max() * depth).astype(np.uint16 if depth > 255 else np.uint8)


@pytest.mark.parametrize("preset", PRESETS)
@given(seed=st.integers(0, 10_000), depth=st.sampled_from([3, 40, 255, 4095, 65535]))
@settings(max_examples=25, deadline=None)
def test_a_canonical_image_comes_back_unchanged(preset: str, seed: int, depth: int) -> None:
    once = canonical_form(knee(seed, depth=depth), preset=preset, side="L")
    assert np.array_equal(canonical_form(once, preset=preset), once)


@pytest.mark.parametrize("preset", PRESETS)
def test_any_size_and_depth_becomes_224_square_8_bit(preset: str) -> None:
    for height, width, depth in [(224, 224, 255), (512, 400, 65535), (300, 900, 4095), (64, 64, 255)]:
        form = canonical_form(knee(1, height, width, depth), preset=preset)
        assert form.shape == (SIZE, SIZE)
        assert form.dtype == np.uint8


@pytest.mark.parametrize("preset", PRESETS)
def test_a_negative_becomes_the_same_image_as_its_positive(preset: str) -> None:
    positive = knee(3)
    assert np.array_equal(canonical_form(255 - positive, preset=preset), canonical_form(positive, preset=preset))


def test_polarity_of_a_negative_is_exactly_opposite() -> None:
    positive = knee(4)
    assert bone_brightness(255 - positive) == pytest.approx(-bone_brightness(positive), abs=1e-12)
    assert not is_inverted(positive)
    assert is_inverted(255 - positive)


def test_published_mirrors_left_knees_and_window_does_not() -> None:
    left = knee(5)
    published = canonical_form(left, preset="published", side="L")
    assert np.array_equal(published, canonical_form(left[:, ::-1], preset="published", side="R"))
    window = canonical_form(left, preset="window", side="L")
    assert np.array_equal(window, canonical_form(left, preset="window", side="R"))


def test_published_uses_all_grey_levels_about_equally() -> None:
    form = canonical_form(knee(6, depth=65535), preset="published")
    shares = np.histogram(form, bins=8, range=(0, 256))[0] / form.size
    assert shares.min() > 0.11
    assert shares.max() < 0.14


@pytest.mark.parametrize("preset", PRESETS)
def test_no_count_of_grey_levels_tells_8_bits_from_more(preset: str) -> None:
    """Stretching or equalising 8 bits left gaps in the histogram that a drawn image did not have."""
    deep = knee(6, depth=65535)
    faint = (knee(6, depth=100) + 60).astype(np.uint8)
    counts = [np.bincount(canonical_form(grey, preset=preset).ravel(), minlength=256) for grey in (deep, faint)]
    assert [np.count_nonzero(histogram) for histogram in counts] == [256, 256]
    assert (counts[0][[0, 255]] == counts[1][[0, 255]]).all()
    if preset == "published":
        assert {196} == set(counts[0]) == set(counts[1])


@pytest.mark.parametrize("preset", PRESETS)
def test_filling_the_gaps_keeps_the_order_of_the_levels(preset: str) -> None:
    grey = (knee(6, depth=60) + 60).astype(np.uint8)
    form = canonical_form(grey, preset=preset)
    ordered = [form[grey == level] for level in np.unique(grey)]
    assert all(darker.max() <= brighter.min() for darker, brighter in pairwise(ordered))


def test_a_step_of_8_bits_becomes_a_gradient_not_noise() -> None:
    ramp = np.tile(np.linspace(40, 80, SIZE).astype(np.uint8), (SIZE, 1))
    form = canonical_form(ramp, preset="published", inverted=False).astype(int)
    assert np.abs(np.diff(form, axis=1)).mean() < 4  # 256 levels over 224 columns: one and a bit at the least


def test_window_ignores_a_few_extreme_pixels() -> None:
    plain = knee(7, depth=4095)
    marked = plain.copy()
    marked[:4, :4] = 65535  # a lead marker
    difference = canonical_form(plain, preset="window").astype(int) - canonical_form(marked, preset="window")
    assert np.abs(difference[8:]).max() <= 3


def test_16_bit_depth_is_used_before_it_is_reduced() -> None:
    faint = (knee(8).astype(np.uint16) >> 2) + 30_000  # 64 levels at the top of nowhere
    assert np.unique(canonical_form(faint, preset="window")).size > 50


def test_the_encoded_length_depends_on_the_size_alone() -> None:
    rng = np.random.default_rng(0)
    images = [knee(9), np.zeros((SIZE, SIZE), np.uint8), rng.integers(0, 256, (SIZE, SIZE), dtype=np.uint8)]
    assert len({len(encode(image)) for image in images}) == 1


def test_the_encoding_is_lossless_and_carries_no_metadata() -> None:
    image = knee(10)
    encoded = encode(image)
    assert np.array_equal(decode(encoded), image)
    with Image.open(io.BytesIO(encoded)) as opened:
        assert opened.info == {}
        assert opened.mode == "L"
    chunks, at = [], 8
    while at < len(encoded):
        chunks.append(encoded[at + 4 : at + 8])
        at += 12 + int.from_bytes(encoded[at : at + 4], "big")
    assert set(chunks) == {b"IHDR", b"IDAT", b"IEND"}


def test_the_digest_is_of_the_pixels() -> None:
    image = knee(11)
    assert digest(image) == digest(np.asfortranarray(image))
    changed = image.copy()
    changed[0, 0] ^= 1
    assert digest(image) != digest(changed)


def test_a_constant_image_becomes_black_and_stays_so() -> None:
    for preset in PRESETS:
        assert not canonical_form(np.full((300, 300), 77, np.uint8), preset=preset).any()


@pytest.mark.parametrize(
    ("pixels", "preset", "side"),
    [
        (np.zeros((9, 9)), "pretty", None),
        (np.zeros((9, 9)), "window", "left"),
        (np.zeros((9, 9, 3)), "window", None),
        (np.full((9, 9), np.nan), "window", None),
    ],
)
def test_what_is_not_a_grey_image_or_a_known_preset_is_refused(pixels: np.ndarray, preset: str, side: str) -> None:
    with pytest.raises(ValueError, match=r"preset|side|dimensions|finite"):
        canonical_form(pixels, preset=preset, side=side)
