"""What may be changed about a radiograph in training without telling the discriminator something untrue.

Small shifts, scales and rotations, brightness and contrast. No mirror image (sides are normalised or meant),
no quarter turns, no inversion.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

SHIFT, SCALE, ROTATION = 0.06, 0.08, math.radians(6)
BRIGHTNESS, CONTRAST = 0.15, 0.15


def augment(images: Tensor, *, probability: float) -> Tensor:
    """Change each image [N, 1, H, W] with this probability, differentiably; both kinds go through it alike."""
    if probability <= 0:
        return images
    count, device = len(images), images.device
    chosen = (torch.rand(count, device=device) < probability).float()

    def spread(width: float) -> Tensor:
        return (torch.rand(count, device=device) * 2 - 1) * width * chosen

    angle, scale = spread(ROTATION), 1 + spread(SCALE)
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    across, down = spread(2 * SHIFT), spread(2 * SHIFT)
    matrix = torch.stack([torch.stack([cosine, -sine, across], 1), torch.stack([sine, cosine, down], 1)], 1)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    moved = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    gain, offset = 1 + spread(CONTRAST), spread(BRIGHTNESS)
    return moved * gain[:, None, None, None] + offset[:, None, None, None]
