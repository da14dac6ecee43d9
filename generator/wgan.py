"""Training the baseline: the Wasserstein loss with a gradient penalty (Gulrajani et al. 2017, arXiv 1704.00028)."""

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from generator.losses import lipschitz_penalty
from generator.parallel import ALONE, World, descend
from generator.training_data import TrainingData
from generator.training_state import Training, begin_random
from generator.wgan_networks import FIRST_SEVERE, WganArchitecture, WganCritic, WganGenerator

EPOCHS = 1_000  # of the seed study: where training ends if nobody ends it before


@dataclass(frozen=True)
class WganSettings:
    """As published by Prezja et al. 2022; the batch is ours. critic_steps: of the critic for each of the generator."""

    architecture: WganArchitecture = field(default_factory=WganArchitecture)
    batch: int = 64
    learning_rate: float = 2e-4
    penalty: float = 10.0
    critic_steps: int = 5
    seed: int = 0

    def strata(self, data: TrainingData) -> NDArray[np.generic]:
        """Each model learns as much; within a model, grades come as often as they are."""
        return data.grades >= FIRST_SEVERE


class WganTraining(Training):
    """The two generators, the two critics and their optimisers; the generators themselves are what is kept."""

    def __init__(self, settings: WganSettings, device: str) -> None:
        begin_random(settings.seed)
        self.generator = WganGenerator(settings.architecture).to(device)
        self.critic = WganCritic(settings.architecture).to(device)
        self.parts = {"generator": self.generator, "critic": self.critic}
        self.optimisers = {
            part: torch.optim.Adam(network.parameters(), lr=settings.learning_rate, betas=(0.5, 0.9))
            for part, network in self.parts.items()
        }

    def kept(self) -> WganGenerator:
        return deepcopy(self.generator).eval()


def wgan_step(
    training: WganTraining, real: Tensor, grades: Tensor, settings: WganSettings, *, world: World = ALONE
) -> dict[str, Tensor]:
    """One update of the critics; after every fifth, one of the generators. Returns what the bar shows."""
    generator, critic = training.generator, training.critic
    generator.train()
    z = torch.randn(2, len(real), settings.architecture.z_size, device=real.device)
    with torch.no_grad():
        fake = generator(z[0], grades)
    share = torch.rand(len(real), 1, 1, 1, device=real.device)
    between = (share * real + (1 - share) * fake).requires_grad_(True)
    penalty = lipschitz_penalty(critic(between, grades), between)
    apart = critic(real, grades).mean() - critic(fake, grades).mean()
    descend(training.optimisers["critic"], settings.penalty * penalty - apart, world)
    if training.step % settings.critic_steps == settings.critic_steps - 1:
        critic.requires_grad_(False)
        descend(training.optimisers["generator"], -critic(generator(z[1], grades), grades).mean(), world)
        critic.requires_grad_(True)
    return {"apart": apart.detach(), "penalty": penalty.detach()}
