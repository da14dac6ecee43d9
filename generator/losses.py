"""The relativistic pairing loss with both gradient penalties (Huang et al. 2024, arXiv 2501.05441), and two others."""

import torch
from torch import Tensor
from torch.nn import functional


def discriminator_loss(real: Tensor, synthetic: Tensor) -> Tensor:
    """real, synthetic: realness [N] of paired images. Mean of softplus(synthetic − real)."""
    return functional.softplus(synthetic - real).mean()


def generator_loss(real: Tensor, synthetic: Tensor) -> Tensor:
    """real, synthetic: realness [N] of paired images. Mean of softplus(real − synthetic)."""
    return functional.softplus(real - synthetic).mean()


def gradient_penalty(realness: Tensor, images: Tensor) -> Tensor:
    """Mean over images of the squared gradient of realness [N] by images [N, 1, H, W], which require gradients.

    R1 on real images (Mescheder et al. 2018, arXiv 1801.04406), R2 on synthetic ones.
    """
    (gradient,) = torch.autograd.grad(realness.sum(), images, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()


def hinge_loss(real: Tensor, synthetic: Tensor) -> Tensor:
    """real, synthetic: realness, any shape. What is on its side of the margin costs nothing (arXiv 1705.02894)."""
    return functional.relu(1 - real).mean() + functional.relu(1 + synthetic).mean()


def lipschitz_penalty(realness: Tensor, images: Tensor) -> Tensor:
    """Mean over images of (‖gradient of realness [N] by images [N, 1, H, W]‖ − 1)² (Gulrajani et al. 2017, eq. 3)."""
    (gradient,) = torch.autograd.grad(realness.sum(), images, create_graph=True)
    return (gradient.flatten(1).norm(dim=1) - 1).square().mean()
