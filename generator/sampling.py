"""From (checkpoint, seed, grade) to pixels, the same on every run whatever else is in the batch."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator.networks import Generator
from generator.wgan_networks import WganGenerator


def latent_and_noise(seed: int, generator: Generator | WganGenerator) -> tuple[Tensor, list[Tensor]]:
    """z [z_size] and the noise maps of one seed, always drawn on the CPU so that every device gets the same."""
    random = torch.Generator().manual_seed(seed)
    z = torch.randn(generator.architecture.z_size, generator=random)
    return z, [torch.randn(shape, generator=random) for shape in generator.noise_shapes()]


def to_pixels(images: Tensor) -> NDArray[np.uint8]:
    """[N, 1, H, W], −1 to 1 → uint8 [N, H, W]."""
    levels = ((images.squeeze(1).float() + 1) * 127.5).round().clamp(0, 255)
    return levels.to(torch.uint8).cpu().numpy()


@torch.no_grad()
def synthesise(
    generator: Generator | WganGenerator, *, seeds: Sequence[int], grades: Sequence[float], truncation: float = 1.0
) -> NDArray[np.uint8]:
    """Draw one image for each pair of seed and grade (0–4, fractions allowed); returns uint8 [N, R, R].

    Each image is computed by itself, so it depends on no other image of the call. truncation: 1 draws from the
    whole distribution, smaller values nearer to its centre. Raises ValueError on a grade outside 0–4.
    """
    if any(not 0 <= grade <= 4 for grade in grades):
        raise ValueError("a Kellgren–Lawrence grade lies between 0 and 4")
    generator.eval()
    device = next(generator.parameters()).device
    images = []
    for seed, grade in zip(seeds, grades, strict=True):
        z, noise = latent_and_noise(seed, generator)
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            image = generator(  # a GPU left to itself rounds and sums otherwise each time
                z[None].to(device),
                torch.tensor([float(grade)], device=device),
                [one[None].to(device) for one in noise],
                truncation=truncation,
            )
        images.append(to_pixels(image))
    size = generator.architecture.resolution
    return np.concatenate(images) if images else np.empty((0, size, size), dtype=np.uint8)
