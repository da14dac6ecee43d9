"""What may be changed about a radiograph in training without telling the discriminator something untrue.

Small shifts, scales and rotations, brightness and contrast, a patch left out. No mirror image (sides are normalised or
meant), no quarter turns, no inversion.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

SHIFT, SCALE, ROTATION = 0.06, 0.08, math.radians(6)
BRIGHTNESS, CONTRAST = 0.15, 0.15
CUTOUT = 0.25  # side of the patch, as a share of the image's


def augment(images: Tensor, *, probability: float) -> Tensor:
    """Change each image [N, 1, H, W] with this probability, differentiably; both kinds go through it alike."""
    if probability <= 0:
        return images
    count, device = len(images), images.device

    def chosen() -> Tensor:
        return (torch.rand(count, device=device) < probability).float()

    def spread(width: float, which: Tensor) -> Tensor:
        return (torch.rand(count, device=device) * 2 - 1) * width * which

    moved, toned = chosen(), chosen()
    angle, scale = spread(ROTATION, moved), 1 + spread(SCALE, moved)
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    across, down = spread(2 * SHIFT, moved), spread(2 * SHIFT, moved)
    matrix = torch.stack([torch.stack([cosine, -sine, across], 1), torch.stack([sine, cosine, down], 1)], 1)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    placed = functional.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    gain, offset = 1 + spread(CONTRAST, toned), spread(BRIGHTNESS, toned)
    changed = placed * gain[:, None, None, None] + offset[:, None, None, None]
    return changed * (1 - patch(images, chosen()))


def patch(images: Tensor, which: Tensor) -> Tensor:
    """1 inside a square at a random place of the images that `which` [N] names (DeVries & Taylor, arXiv 1708.04552)."""
    count, device = len(images), images.device

    def near(length: int) -> Tensor:
        centre = torch.rand(count, 1, device=device)
        return ((torch.arange(length, device=device) + 0.5) / length - centre).abs() < CUTOUT / 2

    height, width = images.shape[2:]
    inside = near(height)[:, None, :, None] & near(width)[:, None, None, :]
    return inside.float() * which[:, None, None, None]
