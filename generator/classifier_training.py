"""Fine-tuning a grader on a GPU: all of EfficientNet-Lite0, on augmented radiographs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from generator.augmentation import augment
from generator.classifier import FINE_TUNED, GraderNetwork
from generator.features import SIDE, Backbone
from generator.parallel import ALONE, descend
from generator.training_data import TrainingData, balanced_batches
from generator.training_loop import go_on
from generator.training_state import Training, hold_to_one_kind, read_state, write_state

AUGMENTED = 0.5  # share of the images that are changed


@dataclass(frozen=True)
class WhatIsTrained:
    """The part of a state that says which training it belongs to."""

    def to_dict(self) -> dict[str, Any]:
        return {"kind": f"{FINE_TUNED} grader"}


@dataclass(frozen=True)
class GraderSettings:
    """batch: images a step. learning_rate, weight_decay: of AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101)."""

    batch: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 0.05
    seed: int = 0
    architecture: WhatIsTrained = WhatIsTrained()


class GraderTraining(Training):
    def __init__(self, backbone: Backbone, settings: GraderSettings, device: str) -> None:
        torch.manual_seed(settings.seed)
        self.network = GraderNetwork(backbone).to(device)
        self.parts = {"network": self.network}
        self.optimisers = {
            "network": torch.optim.AdamW(
                self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
            )
        }


def fine_tune(
    data: TrainingData,
    *,
    backbone: Backbone,
    settings: GraderSettings,
    out: Path,
    max_seconds: float | None = None,
    max_images: int | None = None,
    resume: bool = False,
    device: str = "cpu",
    save_every: float = 120.0,
) -> GraderTraining:
    """Train until max_seconds or max_images; leaves a state in `out` to go on from. Grades come as often as they are.

    Raises ValueError when data, state and settings do not fit one another.
    """
    training = GraderTraining(backbone, settings, device)
    if resume:
        read_state(training, out, settings)
    hold_to_one_kind(training, data)
    torch.manual_seed(settings.seed + 1000 * training.step)

    def take_step(images: Tensor, grades: Tensor) -> Mapping[str, Tensor]:
        training.network.train()
        logits = training.network((augment(images, probability=AUGMENTED) + 1) * 127.5)
        loss = functional.cross_entropy(logits, grades)
        descend(training.optimisers["network"], loss, ALONE)
        return {"loss": loss.detach(), "accuracy": (logits.argmax(1) == grades).float().mean()}

    go_on(
        training,
        balanced_batches(
            data,
            strata=np.zeros(len(data.images)),
            batch=settings.batch,
            size=SIDE,
            device=device,
            seed=[settings.seed, training.step],
        ),
        take_step,
        save=lambda: write_state(training, out, settings),
        world=ALONE,
        max_seconds=max_seconds,
        max_images=max_images,
        save_every=save_every,
    )
    training.network.eval()
    return training
