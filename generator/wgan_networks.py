"""The baseline: the Wasserstein GANs of the seed study, one for KL 0–1 and one for KL 2–4, in one module.

Prezja et al. 2022 (doi 10.1038/s41598-022-23081-4) trained two networks without a grade input on radiographs of
210 × 210, from a latent vector of 50 numbers. Sizes and losses are the published ones; the widths of the layers, which
the text does not give, are ours and lie near a DCGAN's.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

KIND = "wgan-gp"
BASE = 7
CHANNELS = (256, 256, 128, 64, 32, 16)  # at 7, 14, 28, 56, 112, 224 pixels
FIRST_SEVERE = 2  # the grade at which the second model begins


@dataclass(frozen=True)
class WganArchitecture:
    """resolution: pixels, cut out of the next 7·2ⁿ. z_size: of the latent vector. width: multiplies all channels."""

    resolution: int = 210
    z_size: int = 50
    width: float = 1.0

    def __post_init__(self) -> None:
        if not BASE < self.resolution <= BASE * 2 ** (len(CHANNELS) - 1) or self.z_size < 1 or self.width <= 0:
            raise ValueError(f"resolution is 8 to 224, z_size and width are positive, not {self}")

    @property
    def channels(self) -> list[int]:
        """From the coarsest level to the first that holds the resolution."""
        levels = next(n for n in range(len(CHANNELS)) if BASE * 2**n >= self.resolution)
        return [max(int(count * self.width), 4) for count in CHANNELS[: levels + 1]]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"kind": KIND}


class Drawer(nn.Module):
    """z [N, z_size] → images [N, 1, R, R], −1 to 1: a dense layer, then doubled and convolved up to size, and cut."""

    def __init__(self, architecture: WganArchitecture) -> None:
        super().__init__()
        channels = architecture.channels
        self.resolution = architecture.resolution
        self.dense = nn.Linear(architecture.z_size, channels[0] * BASE * BASE, bias=False)
        self.first = nn.BatchNorm2d(channels[0])
        pairs = pairwise(channels)
        self.convs = nn.ModuleList([nn.Conv2d(a, b, 3, padding=1, bias=False) for a, b in pairs])
        self.norms = nn.ModuleList([nn.BatchNorm2d(b) for b in channels[1:]])
        self.to_grey = nn.Conv2d(channels[-1], 1, 3, padding=1)

    def forward(self, z: Tensor) -> Tensor:
        x = functional.leaky_relu(self.first(self.dense(z).reshape(len(z), -1, BASE, BASE)), 0.2)
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = functional.leaky_relu(norm(conv(functional.interpolate(x, scale_factor=2, mode="nearest"))), 0.2)
        edge = (x.shape[-1] - self.resolution) // 2
        return torch.tanh(self.to_grey(x))[..., edge : edge + self.resolution, edge : edge + self.resolution]


class Critic(nn.Module):
    """Images [N, 1, R, R] → realness [N]. No batch normalisation: the penalty is for each image alone."""

    def __init__(self, architecture: WganArchitecture) -> None:
        super().__init__()
        channels = [1, *architecture.channels[::-1]]
        pairs = pairwise(channels)
        self.convs = nn.ModuleList([nn.Conv2d(a, b, 5, stride=2, padding=2) for a, b in pairs])
        size = architecture.resolution
        for _ in self.convs:
            size = (size + 1) // 2
        self.realness = nn.Linear(channels[-1] * size * size, 1)

    def forward(self, images: Tensor) -> Tensor:
        for conv in self.convs:
            images = functional.leaky_relu(conv(images), 0.2)
        return self.realness(images.flatten(1)).squeeze(1)


def by_severity(grades: Tensor) -> list[Tensor]:
    """Where in grades [N] each of the two models is meant: two boolean masks."""
    return [grades < FIRST_SEVERE, grades >= FIRST_SEVERE]


class WganGenerator(nn.Module):
    """z [N, z_size] and grades [N] → images [N, 1, R, R]; the grade only chooses the model.

    Within a model the grade turns z around by a fixed number of places, so that one seed gives other knees at other
    grades: the same pixels under two grades would be one image with two truths.
    """

    def __init__(self, architecture: WganArchitecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.models = nn.ModuleList([Drawer(architecture), Drawer(architecture)])

    def noise_shapes(self) -> list[tuple[int, int, int]]:
        return []

    def forward(self, z: Tensor, grades: Tensor, noise: Sequence[Tensor] = (), *, truncation: float = 1.0) -> Tensor:
        places = (grades.round().long() * 7)[:, None] + torch.arange(z.shape[1], device=z.device)
        turned = truncation * z.gather(1, places % z.shape[1])
        size = self.architecture.resolution
        images = z.new_empty(len(z), 1, size, size)
        for model, chosen in zip(self.models, by_severity(grades), strict=True):
            if chosen.any():
                images[chosen] = model(turned[chosen])
        return images


class WganCritic(nn.Module):
    """Images [N, 1, R, R] and grades [N] → realness [N], each by the critic of its model."""

    def __init__(self, architecture: WganArchitecture) -> None:
        super().__init__()
        self.models = nn.ModuleList([Critic(architecture), Critic(architecture)])

    def forward(self, images: Tensor, grades: Tensor) -> Tensor:
        realness = images.new_empty(len(images))
        for model, chosen in zip(self.models, by_severity(grades), strict=True):
            if chosen.any():
                realness[chosen] = model(images[chosen])
        return realness
