"""How good the images are while a training runs: their distance to radiographs that it does not learn from."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from generator.distances import frechet_distance
from generator.networks import GRADES, Generator
from generator.sampling import synthesise
from generator.training_data import TrainingData
from generator.weights_and_card import write_whole
from generator.wgan_networks import WganGenerator

if TYPE_CHECKING:  # training alone does without the packages of the feature network
    from generator.features import Extractor

SIDE = 224  # pixels, as the network wants them
METRICS = "metrics.csv"
COLUMNS = ("images_seen", "distance", "floor", "images")


@dataclass(frozen=True)
class Watch:
    """every: measure after so many images seen. count: how many images of each kind are compared, at most.

    held: radiographs of other patients than those learnt from. A distance is measured at the size of the training, so
    that a small generator is not blamed for what it cannot draw; figures of two sizes are no comparison, and neither
    are these and those of evaluate_generator, which sees the canonical form.
    """

    held: TrainingData
    extractor: "Extractor"
    every: int = 20_000
    count: int = 500

    def against(self, learnt: TrainingData, *, size: int) -> "Standard":
        """What the images of a training on `learnt`, drawn at `size` pixels, are held to. Raises ValueError."""
        for what in ("preset", "is_phantom"):
            if getattr(self.held, what) != getattr(learnt, what):
                raise ValueError("The radiographs to measure with are of another kind than those to learn from.")
        shared = set(self.held.digests) & set(learnt.digests)
        if shared:
            raise ValueError(f"{len(shared)} of the radiographs to measure with are learnt from; name another split.")
        random = np.random.default_rng(0)
        chosen = random.permutation(len(self.held.images))[: self.count]
        grades = self.held.grades[chosen]
        alike = np.concatenate(
            [
                random.permutation(np.flatnonzero(learnt.grades == grade))[: (grades == grade).sum()]
                for grade in range(GRADES)
            ]
        )
        if len(chosen) < 2 or len(alike) < 2:
            raise ValueError("A distance takes two radiographs at least, of grades that are learnt.")
        real = self.extractor.of(at_size(self.held.images[chosen], size))
        floor = frechet_distance(self.extractor.of(at_size(learnt.images[alike], size)), real)
        return Standard(self.extractor, real, grades, floor)


@dataclass(frozen=True)
class Standard:
    """real: features of the held radiographs [N, D], with their grades [N]. floor: how far real ones lie from them."""

    extractor: "Extractor"
    real: NDArray[np.float32]
    grades: NDArray[np.integer]
    floor: float

    def distance(self, generator: Generator | WganGenerator) -> float:
        """The Fréchet distance of as many images of the same grades; the seeds are 0 to N − 1."""
        drawn = synthesise(generator, seeds=range(len(self.grades)), grades=[float(grade) for grade in self.grades])
        return frechet_distance(self.extractor.of(at_size(drawn, drawn.shape[1])), self.real)


def note(folder: Path, *, images_seen: int, distance: float, standard: Standard) -> bool:
    """Add a row to metrics.csv; says whether no earlier row is as good."""
    rows = read_metrics(folder)
    best = all(distance < float(row["distance"]) for row in rows)
    new = [str(images_seen), f"{distance:.3f}", f"{standard.floor:.3f}", str(len(standard.grades))]
    lines = [list(COLUMNS), *([row[name] for name in COLUMNS] for row in rows), new]  # numbers alone, nothing to escape
    text = "".join(",".join(line) + "\n" for line in lines)
    write_whole(folder / METRICS, text.encode())
    return best


def read_metrics(folder: Path) -> list[dict[str, str]]:
    """The rows of metrics.csv in a training folder; none where nothing was measured."""
    path = folder / METRICS
    return list(csv.DictReader(path.read_text().splitlines())) if path.is_file() else []


def at_size(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Images [N, H, W] made smaller to `size` by averaging, as for training, and brought to 224 for the network."""
    grey = torch.from_numpy(images).unsqueeze(1).float()
    if images.shape[1] != size:
        grey = functional.adaptive_avg_pool2d(grey, size)
    if size != SIDE:
        grey = functional.interpolate(grey, size=SIDE, mode="bilinear", align_corners=False)
    return grey.round().to(torch.uint8).squeeze(1).numpy()
