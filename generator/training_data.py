"""What the networks learn from: canonical images with their grades, and the batches drawn from them."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class TrainingData:
    """images: uint8 [N, 224, 224], canonical. grades: integers [N], 0–4. digests: of the images, for the card."""

    images: NDArray[np.uint8]
    grades: NDArray[np.integer]
    digests: list[str]
    preset: str
    name: str
    licence: str = ""
    is_phantom: bool = False

    def digest(self) -> str:
        return digest_of_data(self.digests, self.grades)


def digest_of_data(digests: Sequence[str], grades: NDArray[np.integer]) -> str:
    """SHA-256 over the digests of images and their grades, sorted: the same set, the same digest."""
    lines = sorted(f"{digest} {grade}\n" for digest, grade in zip(digests, grades, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def balanced_batches(
    data: TrainingData, *, strata: NDArray[np.generic], batch: int, size: int, device: str, seed: list[int]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of images [batch, 1, size, size], −1 to 1, and grades [batch], each stratum (labels [N]) equally likely:
    with the grades as strata, grade 4 comes as often as others, though it is 3 % of the public data.

    The whole set lies on the device (50 kB an image), so that no step waits for a disk or a copy. Images come at the
    training resolution by area averaging.
    """
    members = [np.flatnonzero(strata == stratum) for stratum in np.unique(strata)]
    random = np.random.default_rng(seed)
    images = torch.from_numpy(data.images).to(device)
    grades = torch.from_numpy(data.grades.astype(np.int64)).to(device)
    while True:
        kinds = random.integers(0, len(members), batch)
        chosen = torch.from_numpy(np.array([random.choice(members[kind]) for kind in kinds])).to(device)
        yield functional.adaptive_avg_pool2d(images[chosen].float().unsqueeze(1) / 127.5 - 1, size), grades[chosen]
