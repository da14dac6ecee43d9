"""What a training is at one moment, and how it is written so that it can go on: also after a kill."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from generator.networks import Architecture, Discriminator, Generator
from generator.training_data import TrainingData
from generator.weights_and_card import write_whole

if TYPE_CHECKING:
    from generator.projected import ProjectedDiscriminator

STATE = "state.safetensors"


@dataclass(frozen=True)
class Settings:
    """gamma: weight of the gradient penalties, applied every `lazy` steps. ema_half_life and fade: in images.

    batch: images a step on each device. augmentation: probability of a changed image, to begin with where adapt is set.
    adapt: how often a real image shall beat its synthetic partner (see training.adapted), or None for a probability
    that stays. bf16: draw and judge in bfloat16, on a GPU only (on a CPU it is several times slower). rest: images from
    which a fresh discriminator learns alone before it teaches a generator that can draw already. projected: weight of
    the projected discriminator (see projected.py) beside the one of pixels, 0 for none. cool_down: seconds before the
    end in which the learning rate falls to a tenth. compiled: by torch.compile, which takes a minute or two to begin.
    """

    architecture: Architecture = field(default_factory=Architecture)
    batch: int = 16
    learning_rate: float = 2e-3
    gamma: float = 0.3
    lazy: int = 8
    augmentation: float = 0.3
    adapt: float | None = None
    bf16: bool = False
    ema_half_life: int = 10_000
    fade: int = 2_000
    rest: int = 2_000
    projected: float = 0.0
    cool_down: float = 0.0
    compiled: bool = False
    seed: int = 0

    def strata(self, data: TrainingData) -> NDArray[np.generic]:
        """Every grade is learnt from as often as any other."""
        return data.grades


class Training:
    """What every training has: networks by name, their optimisers, and how far it is."""

    parts: Mapping[str, nn.Module]
    optimisers: Mapping[str, torch.optim.Optimizer]
    step = 0
    images_seen = 0
    augmentation = 0.0
    fade_from: int | None = None  # images seen when the finest level began to be faded in
    rest_until = 0  # images seen when the generator begins to learn
    heads_rest_until = 0  # images seen when it begins to learn from the projected discriminator
    started_from = ""  # digest of the checkpoint that it began with
    learnt_before = ("", "")  # the data and the licence on the card of that checkpoint

    @cached_property
    def kind(self) -> dict[str, Any]:
        """Of the radiographs they learnt from, which is never mixed; empty before they learnt from any."""
        return {}


class Described(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


class AnySettings(Protocol):
    @property
    def architecture(self) -> Described: ...


def begin_random(seed: int) -> None:
    """Begin the stream of random numbers that fresh networks are drawn from.

    It is not the stream of an image's seed (`sampling.latent_and_noise`): a layer whose weights are the latent of a
    seed would answer to that seed as to no other, and its image would be an outlier.
    """
    torch.manual_seed(-1 - seed)


def projected_discriminator(device: str) -> "ProjectedDiscriminator":
    try:
        from generator.projected import ProjectedDiscriminator  # noqa: PLC0415  # a borrowed GPU may lack its packages
    except ModuleNotFoundError as error:
        raise ValueError(
            f"--projected needs a package that is not here, {error.name}: see requirements.txt."
        ) from error
    return ProjectedDiscriminator(device)


class Networks(Training):
    """The pair of networks, the running average that is kept, and the two optimisers."""

    def __init__(self, settings: Settings, device: str) -> None:
        begin_random(settings.seed)
        self.generator = Generator(settings.architecture).to(device)
        self.average = Generator(settings.architecture).to(device).eval().requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.discriminator = Discriminator(settings.architecture).to(device)
        self.projected = projected_discriminator(device) if settings.projected else None
        learning: dict[str, nn.Module] = {"generator": self.generator, "discriminator": self.discriminator}
        if self.projected:
            learning["projected"] = self.projected
        self.optimisers = {
            name: torch.optim.Adam(
                [parameter for parameter in network.parameters() if parameter.requires_grad],
                lr=settings.learning_rate,
                betas=(0.0, 0.99),
                fused=device.startswith("cuda"),
            )
            for name, network in learning.items()
        }
        self.parts = learning | {"average": self.average}
        for network in self.parts.values():
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half again as fast on a CPU
        self.quick_generator: Callable[..., Tensor] = self.generator
        self.quick_discriminator: Callable[..., Tensor] = self.discriminator
        if settings.compiled:
            self.quick_generator = torch.compile(self.generator)
            self.quick_discriminator = torch.compile(self.discriminator)
            if self.projected:
                self.projected.compile_frozen()
        self.augmentation = settings.augmentation
        self.fade_over, self.rest = settings.fade, settings.rest

    @property
    def fade(self) -> float:
        """Weight of the finest level, 0 to 1."""
        return 1.0 if self.fade_from is None else min((self.images_seen - self.fade_from) / self.fade_over, 1.0)

    def take_heads(self, known: dict[str, Tensor]) -> None:
        """The weights of the projected discriminator; where none are known, it learns alone before it teaches."""
        if self.projected and known:
            self.projected.load_state_dict(known)
        elif self.projected:
            self.heads_rest_until = self.images_seen + self.rest

    def kept(self) -> Generator:
        """What is left behind: a stop in the middle of fading keeps what was faded in."""
        return self.average.settled(self.fade)


def write_state(nets: Training, out: Path, settings: AnySettings) -> None:
    """Everything that is needed to go on, in one file that names itself consistent by its step."""
    tensors: dict[str, Tensor] = {}
    for part, network in nets.parts.items():
        tensors |= {f"{part}/{name}": tensor for name, tensor in network.state_dict().items()}
    for part, optimiser in nets.optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            tensors |= {f"adam/{part}/{index}/{name}": moment for name, moment in moments.items()}
    progress = {
        "step": nets.step,
        "images_seen": nets.images_seen,
        "fade_from": nets.fade_from,
        "rest_until": nets.rest_until,
        "heads_rest_until": nets.heads_rest_until,
        "started_from": nets.started_from,
        "learnt_before": nets.learnt_before,
        "augmentation": nets.augmentation,
        "architecture": settings.architecture.to_dict(),
        "kind": nets.kind,
    }
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    write_whole(out / STATE, save(tensors, metadata={"progress": json.dumps(progress)}))


def read_progress(folder: Path) -> dict[str, Any]:
    """The step, images seen and architecture of a training folder. Raises ValueError on none or a damaged one."""
    path = folder / STATE
    if not path.is_file():
        raise ValueError(f"{folder} holds no training state ({STATE}) to go on from.")
    try:
        with safe_open(path, framework="pt") as file:
            return json.loads(file.metadata()["progress"])
    except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path} is damaged or no training state: {error}.") from error


def read_state(nets: Training, folder: Path, settings: AnySettings) -> None:
    """Go on from the state in a folder. Raises ValueError when there is none, or one of another architecture."""
    progress = read_progress(folder)
    wanted = settings.architecture.to_dict()
    before = dict.fromkeys(wanted.keys() & {"margin"}, 0)  # an older state may leave out what did not exist then
    if wanted | before | progress["architecture"] != wanted:
        raise ValueError(f"{folder} was trained with another architecture: {progress['architecture']}.")
    tensors = load_file(folder / STATE)
    if "projected" not in nets.parts and below(tensors, "projected/"):
        raise ValueError(f"{folder} learns with --projected, too; say so again, or what it knows would be lost.")
    for part, network in nets.parts.items():
        if part != "projected":
            network.load_state_dict(below(tensors, f"{part}/"))
    for part, optimiser in nets.optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for name, moment in below(tensors, f"adam/{part}/").items():
            index, moment_name = name.split("/")
            state.setdefault(int(index), {})[moment_name] = moment
        optimiser.load_state_dict(optimiser.state_dict() | {"state": state})
        for parameter, moments in optimiser.state.items():  # fused Adam wants them laid out as the weights are
            for name, moment in moments.items():
                if moment.shape == parameter.shape:
                    moments[name] = torch.empty_like(parameter, requires_grad=False).copy_(moment)
    nets.step, nets.images_seen = progress["step"], progress["images_seen"]
    nets.fade_from, nets.kind, nets.augmentation = progress["fade_from"], progress["kind"], progress["augmentation"]
    nets.rest_until = progress.get("rest_until", 0)  # an older state has none of these
    nets.heads_rest_until = progress.get("heads_rest_until", 0)
    nets.started_from = progress.get("started_from", "")
    nets.learnt_before = tuple(progress.get("learnt_before", ("", "")))
    if isinstance(nets, Networks):
        nets.take_heads(below(tensors, "projected/"))


def below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def hold_to_one_kind(nets: Training, data: TrainingData) -> None:
    """Weights that learnt from phantoms, or in one preset, learn nothing else: the card could not tell the truth."""
    kind = {"preset": data.preset, "is_phantom": data.is_phantom}
    if nets.kind and nets.kind != kind:
        raise ValueError(
            f"The weights to go on from were trained on {told(nets.kind)}, these are {told(kind)}; start anew in "
            "another folder, or choose the radiographs they were trained on."
        )
    nets.kind = kind


def told(kind: dict[str, Any]) -> str:
    return f"{'phantoms' if kind['is_phantom'] else 'real radiographs'} in the preset “{kind['preset']}”"
