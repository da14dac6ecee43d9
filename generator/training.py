"""The whole training loop, readable from top to bottom.

Images in, a folder out: `state.safetensors` to resume from, `sheet.png` to look at, and the checkpoint that
`generate` uses. A kill at any moment costs what was done since the last save, no more.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from generator.augmentation import augment
from generator.checkpoints import Card, save_checkpoint, write_whole
from generator.losses import discriminator_loss, generator_loss, gradient_penalty
from generator.networks import GRADES, Architecture, Discriminator, Generator
from generator.sampling import synthesise

STATE = "state.safetensors"


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
        lines = sorted(f"{digest} {grade}\n" for digest, grade in zip(self.digests, self.grades, strict=True))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Settings:
    """gamma: weight of the gradient penalties, applied every `lazy` steps. ema_half_life and fade: in images."""

    architecture: Architecture = field(default_factory=Architecture)
    batch: int = 16
    learning_rate: float = 2e-3
    gamma: float = 0.3
    lazy: int = 8
    augmentation: float = 0.3
    ema_half_life: int = 2_000
    fade: int = 2_000
    seed: int = 0


class Networks:
    """The pair of networks, the running average that is kept, and the two optimisers."""

    def __init__(self, settings: Settings, device: str) -> None:
        torch.manual_seed(settings.seed)
        self.generator = Generator(settings.architecture).to(device)
        self.average = Generator(settings.architecture).to(device).eval().requires_grad_(False)
        self.average.load_state_dict(self.generator.state_dict())
        self.discriminator = Discriminator(settings.architecture).to(device)
        rate = settings.learning_rate
        self.optimisers = {
            "generator": torch.optim.Adam(self.generator.parameters(), lr=rate, betas=(0.0, 0.99)),
            "discriminator": torch.optim.Adam(self.discriminator.parameters(), lr=rate, betas=(0.0, 0.99)),
        }
        for network in (self.generator, self.average, self.discriminator):
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # half again as fast on a CPU
        self.step = 0
        self.images_seen = 0
        self.fade_from: int | None = None  # images seen when the finest level began to be faded in
        self.kind: dict[str, Any] = {}  # of the radiographs they learnt from, which is never mixed


def train(
    data: TrainingData,
    *,
    settings: Settings,
    out: Path,
    max_seconds: float | None = None,
    max_images: int | None = None,
    resume: bool = False,
    grow_from: Path | None = None,
    device: str = "cpu",
    save_every: float = 120.0,
) -> Card:
    """Train until max_seconds or max_images (whichever is first) and leave a checkpoint in `out`; returns its card.

    resume goes on from `out`; grow_from starts from the training folder of half the resolution, whose levels are
    nested in this one. Raises ValueError when data, state and settings do not fit one another.
    """
    nets = Networks(settings, device)
    if resume:
        read_state(nets, out, settings)
    elif grow_from is not None:
        nest_state(nets, grow_from)
    hold_to_one_kind(nets, data)
    real_batches = balanced_batches(data, settings, device, start=nets.step)
    started = saved = time.monotonic()
    bar = tqdm(unit=" images", initial=nets.images_seen, total=max_images, disable=None)
    while not (max_images and nets.images_seen >= max_images):
        now = time.monotonic()
        if max_seconds and now - started >= max_seconds:
            break
        real, grades = next(real_batches)
        fade = fade_at(nets, settings)
        losses = one_step(nets, real, grades, settings, fade)
        nets.step += 1
        nets.images_seen += len(real)
        bar.update(len(real))
        bar.set_postfix(losses | {"fade": f"{fade:.2f}", "left": time_left(started, max_seconds)}, refresh=False)
        if now - saved > save_every:
            write_state(nets, out, settings)
            write_sheet(nets.average.settled(fade_at(nets, settings)), out / "sheet.png")
            saved = now
    bar.close()
    write_state(nets, out, settings)
    settled = nets.average.settled(fade_at(nets, settings))  # a stop in the middle of fading keeps what was faded in
    write_sheet(settled, out / "sheet.png")
    return save_checkpoint(
        out,
        generator=settled,
        preset=data.preset,
        data=data.name,
        data_licence=data.licence,
        data_digest=data.digest(),
        data_count=len(data.images),
        is_phantom=data.is_phantom,
        steps=nets.step,
        images_seen=nets.images_seen,
        seed=settings.seed,
    )


def one_step(nets: Networks, real: Tensor, grades: Tensor, settings: Settings, fade: float) -> dict[str, str]:
    """One update of the discriminator, one of the generator, one of the average."""
    p = settings.augmentation
    penalised = nets.step % settings.lazy == 0

    fake = draw(nets.generator, grades, fade)  # drawn once: the discriminator learns from it, then judges it
    shown_real, shown_fake = augment(real, probability=p), augment(fake.detach(), probability=p)
    if penalised:
        shown_real.requires_grad_(True)
        shown_fake.requires_grad_(True)
    on_real = nets.discriminator(shown_real, grades, fade=fade)
    on_fake = nets.discriminator(shown_fake, grades, fade=fade)
    d_loss = discriminator_loss(on_real, on_fake)
    total = d_loss
    if penalised:
        penalty = gradient_penalty(on_real, shown_real) + gradient_penalty(on_fake, shown_fake)
        total = total + settings.gamma / 2 * settings.lazy * penalty
    apply(nets.optimisers["discriminator"], total)

    with torch.no_grad():
        on_real = nets.discriminator(augment(real, probability=p), grades, fade=fade)
    nets.discriminator.requires_grad_(False)  # it only judges here: gradients for its weights would be thrown away
    on_fake = nets.discriminator(augment(fake, probability=p), grades, fade=fade)
    g_loss = generator_loss(on_real, on_fake)
    apply(nets.optimisers["generator"], g_loss)
    nets.discriminator.requires_grad_(True)

    half_life = min(settings.ema_half_life, 0.05 * nets.images_seen + 1)  # ramps up with the images seen
    keep = 0.5 ** (len(real) / half_life)
    with torch.no_grad():
        for kept, new in zip(nets.average.state_dict().values(), nets.generator.state_dict().values(), strict=True):
            kept.lerp_(new, 1 - keep)
    return {"D": f"{d_loss.item():.3f}", "G": f"{g_loss.item():.3f}"}


def hold_to_one_kind(nets: Networks, data: TrainingData) -> None:
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


def apply(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()


def draw(generator: Generator, grades: Tensor, fade: float) -> Tensor:
    device, count = grades.device, len(grades)
    z = torch.randn(count, generator.architecture.z_size, device=device)
    noise = [torch.randn(count, *shape, device=device) for shape in generator.noise_shapes()]
    return generator(z, grades.float(), noise, fade=fade)


def balanced_batches(
    data: TrainingData, settings: Settings, device: str, *, start: int = 0
) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches with every grade that occurs equally likely: grade 4 is 3 % of the public data.

    Images come at the training resolution by area averaging, −1 to 1.
    """
    members = [np.flatnonzero(data.grades == grade) for grade in range(GRADES)]
    members = [indices for indices in members if indices.size]
    random = np.random.default_rng([settings.seed, start])
    size = settings.architecture.resolution
    while True:
        kinds = random.integers(0, len(members), settings.batch)
        chosen = np.array([random.choice(members[kind]) for kind in kinds])
        batch = torch.from_numpy(data.images[chosen]).to(device).float().unsqueeze(1) / 127.5 - 1
        grades = torch.from_numpy(data.grades[chosen].astype(np.int64)).to(device)
        yield functional.adaptive_avg_pool2d(batch, size), grades


def fade_at(nets: Networks, settings: Settings) -> float:
    if nets.fade_from is None:
        return 1.0
    return min((nets.images_seen - nets.fade_from) / settings.fade, 1.0)


def time_left(started: float, max_seconds: float | None) -> str:
    return f"{max(max_seconds - (time.monotonic() - started), 0):.0f}s" if max_seconds else "-"


def write_sheet(generator: Generator, path: Path, *, columns: int = 8) -> None:
    """A contact sheet: one row a grade, one column a seed."""
    seeds = [seed for _ in range(GRADES) for seed in range(columns)]
    grades = [grade for grade in range(GRADES) for _ in range(columns)]
    images = synthesise(generator, seeds=seeds, grades=grades)
    size = generator.architecture.resolution
    sheet = images.reshape(GRADES, columns, size, size).transpose(0, 2, 1, 3).reshape(GRADES * size, columns * size)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path)


def write_state(nets: Networks, out: Path, settings: Settings) -> None:
    """Everything that is needed to go on, in one file that names itself consistent by its step."""
    tensors: dict[str, Tensor] = {}
    for part in ("generator", "average", "discriminator"):
        tensors |= {f"{part}/{name}": tensor for name, tensor in getattr(nets, part).state_dict().items()}
    for part, optimiser in nets.optimisers.items():
        for index, moments in optimiser.state_dict()["state"].items():
            tensors |= {f"adam/{part}/{index}/{name}": moment for name, moment in moments.items()}
    progress = {
        "step": nets.step,
        "images_seen": nets.images_seen,
        "fade_from": nets.fade_from,
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


def read_state(nets: Networks, folder: Path, settings: Settings) -> None:
    progress = read_progress(folder)
    if progress["architecture"] != settings.architecture.to_dict():
        raise ValueError(f"{folder} was trained with another architecture: {progress['architecture']}.")
    tensors = load_file(folder / STATE)
    for part in ("generator", "average", "discriminator"):
        getattr(nets, part).load_state_dict(below(tensors, f"{part}/"))
    for part, optimiser in nets.optimisers.items():
        state: dict[int, dict[str, Tensor]] = {}
        for name, moment in below(tensors, f"adam/{part}/").items():
            index, moment_name = name.split("/")
            state.setdefault(int(index), {})[moment_name] = moment
        optimiser.load_state_dict(optimiser.state_dict() | {"state": state})
    nets.step, nets.images_seen = progress["step"], progress["images_seen"]
    nets.fade_from, nets.kind = progress["fade_from"], progress.get("kind", {})
    torch.manual_seed(settings.seed + nets.step)


def nest_state(nets: Networks, folder: Path) -> None:
    """Take every weight that a lower resolution shares with this one; the finest level begins faded out."""
    progress = read_progress(folder)
    below_this, half = progress["architecture"]["resolution"], nets.generator.architecture.resolution // 2
    if below_this != half:
        raise ValueError(f"The networks in {folder} do not nest in this one: they draw {below_this}², not {half}².")
    tensors = load_file(folder / STATE)
    for part in ("generator", "average", "discriminator"):
        network = getattr(nets, part)
        own = network.state_dict()
        shared = {name: tensor for name, tensor in below(tensors, f"{part}/").items() if name in own}
        wrong = [name for name, tensor in shared.items() if tensor.shape != own[name].shape]
        if wrong or len(shared) < 10:
            raise ValueError(f"The networks in {folder} do not nest in this one: other widths or latent sizes.")
        network.load_state_dict(own | shared)
    nets.step, nets.kind = progress["step"], progress.get("kind", {})
    nets.images_seen = nets.fade_from = progress["images_seen"]


def below(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
