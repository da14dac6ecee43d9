"""The generator and the discriminator: a small style-based GAN for grey images, conditioned on the KL grade.

The design follows StyleGAN2 (Karras et al. 2020, arXiv 1912.04958), written here for readability: shared-weight
modulated convolutions, a skip-to-grey output and, mirrored, a residual discriminator with label projection (Miyato &
Koyama 2018, arXiv 1802.05637). The grade enters W as an additive embedding, so a fractional grade lies between two
whole ones and the same z keeps the same knee across grades.
"""

import math
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

GRADES = 5
BASE = 7  # the constant the image grows from: 7 · 2⁵ = 224
CHANNELS = {7: 128, 14: 128, 28: 64, 56: 32, 112: 16, 224: 8}


@dataclass(frozen=True)
class Architecture:
    """resolution: 7·2ⁿ pixels. z_size, w_size: latent sizes. width: multiplies the channels of every level, at most
    to `widest`. Width 4 is for a GPU: 256, 256, 256, 128, 64, 32 channels, 4.6 million parameters. margin: pixels that
    every level draws beyond the image on each side and cuts off, so that the borders of convolutions are not seen in
    it. What they spoil, 2 pixels of a level, is doubled and 1 more spoilt on the way to the next: 5 are enough.
    """

    resolution: int = 56
    z_size: int = 128
    w_size: int = 128
    width: float = 1.0
    widest: int = 256
    margin: int = 0

    def __post_init__(self) -> None:
        if self.resolution not in CHANNELS or self.resolution == BASE:
            raise ValueError(f"resolution is one of {', '.join(map(str, list(CHANNELS)[1:]))}, not {self.resolution}")

    @property
    def resolutions(self) -> list[int]:
        return [size for size in CHANNELS if size <= self.resolution]

    def channels(self, size: int) -> int:
        return min(max(int(CHANNELS[size] * self.width), 4), self.widest)

    def to_dict(self) -> dict[str, int | float]:
        return asdict(self)


class Linear(nn.Module):
    """A linear layer at equalised learning rate (Karras et al. 2018, arXiv 1710.10196)."""

    def __init__(self, inputs: int, outputs: int, *, bias: float = 0.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.scale = 1 / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(x, self.weight * self.scale, self.bias)


class Conv(nn.Module):
    """A convolution at equalised learning rate, same size out as in."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale = 1 / math.sqrt(inputs * kernel * kernel)
        self.padding = kernel // 2

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


def in_full(x: Tensor) -> torch.autocast:
    """No half precision in this block, whatever is outside: styles, demodulation and last layers need all bits."""
    return torch.autocast(x.device.type, enabled=False)


def activate(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, 0.2) * math.sqrt(2)


class StyledConv(nn.Module):
    """A modulated convolution: the style scales the input channels, demodulation the output, noise is added.

    The weights are shared by the batch (scale in, convolve, scale out), which is the same as a weight for each image
    and far faster on a CPU.
    """

    def __init__(self, inputs: int, outputs: int, w_size: int) -> None:
        super().__init__()
        self.style = Linear(w_size, inputs, bias=1.0)
        self.conv = Conv(inputs, outputs, bias=False)
        self.noise_strength = nn.Parameter(torch.zeros(()))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        with in_full(w):
            style = self.style(w)
            energy = (self.conv.weight * self.conv.scale).square().sum((2, 3))
            demodulation = torch.rsqrt(style.square() @ energy.T + 1e-8)
        x = self.conv(x * style[:, :, None, None]) * demodulation[:, :, None, None]
        return activate(x + noise * self.noise_strength + self.bias[:, None, None])


class ToGrey(nn.Module):
    def __init__(self, inputs: int, w_size: int) -> None:
        super().__init__()
        self.style = Linear(w_size, inputs, bias=1.0)
        self.conv = Conv(inputs, 1, kernel=1)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        with in_full(w):
            return self.conv(x.float() * self.style(w)[:, :, None, None])


def doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)


def inner(x: Tensor, margin: int) -> Tensor:
    """[N, C, H, W] without so many pixels on each side."""
    return x[:, :, margin:-margin, margin:-margin] if margin else x


class Generator(nn.Module):
    """z [N, z_size], grades [N] (0–4) and noise (of noise_shapes) → images [N, 1, R, R], about −1 to 1."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = a = architecture
        self.mapping = nn.ModuleList([Linear(a.z_size, a.w_size), Linear(a.w_size, a.w_size)])
        self.grade: Tensor = nn.Parameter(torch.randn(GRADES, a.w_size) * 0.3)
        self.w_mean: Tensor
        self.register_buffer("w_mean", torch.zeros(a.w_size))
        side = BASE + 2 * a.margin
        self.constant = nn.Parameter(torch.randn(1, a.channels(BASE), side, side))
        self.convs, self.to_grey = nn.ModuleDict(), nn.ModuleDict()
        inputs = a.channels(BASE)
        for size in a.resolutions:
            outputs = a.channels(size)
            pair = [StyledConv(inputs, outputs, a.w_size), StyledConv(outputs, outputs, a.w_size)]
            self.convs[str(size)] = nn.ModuleList(pair)
            self.to_grey[str(size)] = ToGrey(outputs, a.w_size)
            inputs = outputs

    def noise_shapes(self) -> list[tuple[int, int, int]]:
        sides = [size + 2 * self.architecture.margin for size in self.architecture.resolutions]
        return [(1, side, side) for side in sides for _ in range(2)]

    def map(self, z: Tensor) -> Tensor:
        """z → w without the grade, [N, w_size]."""
        w = z * torch.rsqrt(z.square().mean(1, keepdim=True) + 1e-8)
        for layer in self.mapping:
            w = activate(layer(w))
        return w

    def embed(self, grades: Tensor) -> Tensor:
        """The additive embedding of whole or fractional grades [N] → [N, w_size], linear between neighbours."""
        low = grades.floor().clamp(0, GRADES - 2).long()
        share = (grades - low).unsqueeze(1)
        return self.grade[low] * (1 - share) + self.grade[low + 1] * share

    def forward(
        self, z: Tensor, grades: Tensor, noise: Sequence[Tensor], *, truncation: float = 1.0, fade: float = 1.0
    ) -> Tensor:
        """fade weighs the finest level's own contribution, 0 (an enlarged image of the level below) to 1."""
        with in_full(z):
            w = self.map(z)
            if self.training:
                self.w_mean.lerp_(w.detach().mean(0), 0.005)
            w = self.w_mean + truncation * (w - self.w_mean) + self.embed(grades)
        x = self.constant.expand(len(z), -1, -1, -1)
        grey = x.new_zeros(())
        margin = self.architecture.margin
        maps = iter(noise)
        for size in self.architecture.resolutions:
            if size != BASE:
                x = inner(doubled(x), margin)
            for conv in cast(nn.ModuleList, self.convs[str(size)]):
                x = conv(x, w, next(maps))
            own = self.to_grey[str(size)](x, w)
            if size == self.architecture.resolution:
                own = own * fade
            grey = own if size == BASE else inner(doubled(grey), margin) + own
        return inner(grey, margin)

    def settled(self, fade: float) -> "Generator":
        """A copy that draws at full fade what this one draws at `fade`: what a growing network leaves behind."""
        copy = deepcopy(self)
        finest = cast(ToGrey, copy.to_grey[str(self.architecture.resolution)])
        with torch.no_grad():
            for parameter in finest.conv.parameters():
                parameter.mul_(fade)
        return copy


def halved(x: Tensor) -> Tensor:
    """The mean of each two by two places. On a GPU, the gradient of avg_pool2d takes ten times as long as a mean's."""
    return mean_of_two_by_two(x) if x.is_cuda else functional.avg_pool2d(x, 2)


def mean_of_two_by_two(x: Tensor) -> Tensor:
    count, channels, height, width = x.shape
    return x.reshape(count, channels, height // 2, 2, width // 2, 2).mean((3, 5))


class Residual(nn.Module):
    """Two convolutions beside a 1 × 1 skip, then half the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = Conv(inputs, inputs), Conv(inputs, outputs)
        self.skip = Conv(inputs, outputs, kernel=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = self.skip(halved(x))
        x = halved(activate(self.second(activate(self.first(x)))))
        return (x + shortcut) / math.sqrt(2)


class Discriminator(nn.Module):
    """Images [N, 1, R, R] and grades [N] (whole) → realness [N]. N is a multiple of four, or less than four."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = a = architecture
        self.from_grey, self.blocks = nn.ModuleDict(), nn.ModuleDict()
        sizes = a.resolutions[::-1]
        for size, below in zip(sizes, [*sizes[1:], None], strict=True):
            self.from_grey[str(size)] = Conv(1, a.channels(size), kernel=1)
            if below is not None:
                self.blocks[str(size)] = Residual(a.channels(size), a.channels(below))
        last = a.channels(BASE)
        self.conv = Conv(last + 1, last)
        self.features = Linear(last * BASE * BASE, last)
        self.realness = Linear(last, 1)
        self.grade = nn.Parameter(torch.randn(GRADES, last))

    def forward(self, images: Tensor, grades: Tensor, *, fade: float = 1.0) -> Tensor:
        top = self.architecture.resolutions[::-1]
        x = activate(self.from_grey[str(top[0])](images))
        for level, size in enumerate(top[:-1]):
            x = self.blocks[str(size)](x)
            if level == 0 and fade < 1:
                coarse = activate(self.from_grey[str(top[1])](halved(images)))
                x = x * fade + coarse * (1 - fade)
        with in_full(x):
            x = x.float()
            x = activate(self.conv(torch.cat([x, spread_of_groups(x)], 1)))
            x = activate(self.features(x.flatten(1)))
            projection = (x * self.grade[grades]).sum(1) / math.sqrt(x.shape[1])
            return self.realness(x).squeeze(1) + projection


def spread_of_groups(x: Tensor, size: int = 4) -> Tensor:
    """Minibatch standard deviation (arXiv 1710.10196): [N, C, H, W] → [N, 1, H, W], one number a group of images."""
    size = min(size, len(x))
    groups = x.reshape(size, len(x) // size, -1)
    spread = (groups.var(0, unbiased=False) + 1e-8).sqrt().mean(1)
    return spread.repeat(size)[:, None, None, None].expand(-1, 1, *x.shape[2:])
