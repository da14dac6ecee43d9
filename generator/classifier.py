"""A grader: EfficientNet-Lite0 with a linear layer that says which Kellgren–Lawrence grade a radiograph shows.

It judges synthetic images, and real ones beside them: how far the drawn grade is the one that was asked for.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from generator.features import Backbone, Extractor, Floats, backbone_extractor, efficientnet
from generator.judging import Judged
from generator.logistic import LinearModel
from generator.networks import GRADES
from generator.weights_and_card import (
    CARD,
    UnusableCheckpoint,
    digest_of,
    encode_weights,
    read_pair,
    write_pair,
)

FORMAT = "readerstudy-grader-1"
FROZEN, FINE_TUNED = "frozen", "fine-tuned"


@dataclass(frozen=True)
class GraderCard:
    """What a grader is. kind: frozen (only the last layer was learnt) or fine-tuned. backbone: key of its features.

    data_digest: as on a generator's card. validation: on radiographs it did not learn from, a judging.Judged and their
    name under `data`.
    """

    name: str
    digest: str
    kind: str
    backbone: str
    preset: str
    data: str
    data_licence: str
    data_digest: str
    data_count: int
    is_phantom: bool
    validation: dict[str, Any]
    images_seen: int
    seed: int
    torch_version: str
    format: str = FORMAT


@dataclass(frozen=True)
class Grader:
    """extractor: gives the features [N, 1280] that grades are read from; weight [5, 1280], bias [5]."""

    card: GraderCard
    extractor: Extractor
    weight: Floats
    bias: Floats

    def grades(self, features: Floats) -> NDArray[np.intp]:
        """The likeliest grade of each image, by its features [N, 1280] of this grader's extractor."""
        return grades_by(self.weight, self.bias, features)


def grades_by(weight: Floats, bias: Floats, features: Floats) -> NDArray[np.intp]:
    """The likeliest grades [N] by a last layer, weight [5, D] and bias [5], of features [N, D]."""
    return np.asarray((features @ weight.T + bias).argmax(1))


class GraderNetwork(nn.Module):
    """Images [N, 1, 224, 224], 0–255 → logits [N, 5]."""

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(Backbone.width, GRADES)

    def forward(self, grey: Tensor) -> Tensor:
        return self.head(self.backbone(grey))


def head_of(model: LinearModel) -> dict[str, Tensor]:
    """A linear model of standardised features as one layer on the features themselves, in half precision."""
    weight = (model.weight / model.scale[:, None]).T
    bias = model.bias - weight @ model.centre
    return {
        f"head.{name}": torch.from_numpy(array).half().float() for name, array in (("weight", weight), ("bias", bias))
    }


def save_grader(
    folder: Path, tensors: dict[str, Tensor], *, validation: Judged, validated_on: str, **card: Any
) -> GraderCard:
    """Write weights and card. tensors: head.weight, head.bias and, where it was learnt too, backbone.…"""
    weights = encode_weights(tensors)
    made = GraderCard(
        name=folder.resolve().name,
        digest=digest_of(weights),
        validation=asdict(validation) | {"data": validated_on},
        torch_version=torch.__version__,
        **card,
    )
    write_pair(folder, weights, made)
    return made


def load_grader(folder: Path, *, device: str = "cpu") -> Grader:
    """Read what train_classifier left. Raises UnusableCheckpoint when it is missing, damaged or does not fit."""
    if not (folder / CARD).is_file():
        raise UnusableCheckpoint(f"There is no grader in {folder}: it has no {CARD}. Train one with train_classifier.")
    card, tensors = read_pair(folder, GraderCard)
    head = {name: tensor for name, tensor in tensors.items() if name.startswith("head.")}
    if {name: tuple(tensor.shape) for name, tensor in head.items()} != {
        "head.weight": (GRADES, Backbone.width),
        "head.bias": (GRADES,),
    }:
        raise UnusableCheckpoint(f"The weights in {folder} are not those of a grader.")
    if card.kind == FINE_TUNED:
        backbone = Backbone()
        try:
            own = {name.removeprefix("backbone."): one for name, one in tensors.items() if name not in head}
            backbone.load_state_dict(own)
        except RuntimeError as error:
            raise UnusableCheckpoint(f"The weights in {folder} do not fit a grader: {error}.") from error
        extractor = backbone_extractor(backbone, name=f"grader {card.name}", device=device)
    else:
        extractor = efficientnet(device=device)
        if extractor.key != card.backbone:
            raise UnusableCheckpoint(f"The grader in {folder} was trained on features of other EfficientNet weights.")
    return Grader(card, extractor, head["head.weight"].numpy(), head["head.bias"].numpy())
