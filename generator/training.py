"""The whole training loop, readable from top to bottom.

Images in, a folder out: `state.safetensors` to resume from, `sheet.png` to look at, and the checkpoint that
`generate` uses. A kill at any moment costs what was done since the last save, no more.
"""

import time
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from tqdm import tqdm

from generator.augmentation import augment
from generator.checkpoints import Card, read_card, save_checkpoint
from generator.losses import discriminator_loss, generator_loss, gradient_penalty
from generator.networks import GRADES, Generator
from generator.parallel import World, joined_world
from generator.sampling import synthesise
from generator.training_data import TrainingData, balanced_batches
from generator.training_state import Networks, Settings, hold_to_one_kind, nest_state, read_state, write_state

ALONE = World(0, 1, "cpu")
ADAPTATION = 200_000  # images over which the probability of augmentation may go from 0 to 1


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
    nested in this one. Started by torchrun, the processes share the work and the first one writes. Raises ValueError
    when data, state and settings do not fit one another.
    """
    with joined_world(device) as world:
        nets = Networks(settings, world.device)
        if resume:
            read_state(nets, out, settings)
        elif grow_from is not None:
            nest_state(nets, grow_from)
        hold_to_one_kind(nets, data)
        seed = [settings.seed, nets.step, world.rank]
        torch.manual_seed(settings.seed + 1000 * nets.step + world.rank)
        size = settings.architecture.resolution
        batches = balanced_batches(data, batch=settings.batch, size=size, device=world.device, seed=seed)
        started = saved = time.monotonic()
        bar = tqdm(unit=" images", initial=nets.images_seen, total=max_images, disable=True if world.rank else None)
        while not (max_images and nets.images_seen >= max_images):
            now = time.monotonic()
            if world.agreed(bool(max_seconds and now - started >= max_seconds)):
                break
            real, grades = next(batches)
            losses = one_step(nets, real, grades, settings, fade=fade_at(nets, settings), world=world)
            nets.step += 1
            nets.images_seen += len(real) * world.size
            bar.update(len(real) * world.size)
            if nets.step % 10 == 1:  # to read a figure off a GPU is to wait for it
                told = {name: f"{value:.3f}" for name, value in losses.items()}
                bar.set_postfix(told | {"left": time_left(started, max_seconds)}, refresh=False)
            if now - saved > save_every and world.rank == 0:
                write_state(nets, out, settings)
                write_sheet(nets.average.settled(fade_at(nets, settings)), out / "sheet.png")
                saved = now
        bar.close()
        if world.rank == 0:
            write_state(nets, out, settings)
            leave_checkpoint(nets, data, settings, out)
    return read_card(out)


def leave_checkpoint(nets: Networks, data: TrainingData, settings: Settings, out: Path) -> None:
    settled = nets.average.settled(fade_at(nets, settings))  # a stop in the middle of fading keeps what was faded in
    write_sheet(settled, out / "sheet.png")
    save_checkpoint(
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


def one_step(
    nets: Networks, real: Tensor, grades: Tensor, settings: Settings, *, fade: float, world: World = ALONE
) -> dict[str, Tensor | float]:
    """One update of the discriminator, one of the generator, one of the average; returns what the bar shows."""
    p = nets.augmentation
    penalised = nets.step % settings.lazy == 0
    half = torch.autocast(real.device.type, torch.bfloat16, enabled=settings.bf16)
    whole = torch.autocast(real.device.type, enabled=False)  # second derivatives need all bits

    with half:
        fake = draw(nets.generator, grades, fade)  # drawn once: the discriminator learns from it, then judges it
    shown_real, shown_fake = augment(real, probability=p), augment(fake.detach(), probability=p)
    if penalised:
        shown_real.requires_grad_(True)
        shown_fake.requires_grad_(True)
    with whole if penalised else half:
        on_real = nets.discriminator(shown_real, grades, fade=fade)
        on_fake = nets.discriminator(shown_fake, grades, fade=fade)
    d_loss = discriminator_loss(on_real, on_fake)
    total = d_loss
    if penalised:
        penalty = gradient_penalty(on_real, shown_real) + gradient_penalty(on_fake, shown_fake)
        total = total + settings.gamma / 2 * settings.lazy * penalty
    apply(nets.optimisers["discriminator"], total, world)
    beaten = (on_real.detach() > on_fake.detach()).float().mean()

    nets.discriminator.requires_grad_(False)  # it only judges here: gradients for its weights would be thrown away
    with half:
        with torch.no_grad():
            on_real = nets.discriminator(augment(real, probability=p), grades, fade=fade)
        on_fake = nets.discriminator(augment(fake, probability=p), grades, fade=fade)
    g_loss = generator_loss(on_real, on_fake)
    apply(nets.optimisers["generator"], g_loss, world)
    nets.discriminator.requires_grad_(True)

    if settings.adapt is not None:
        world.average([beaten])
        nets.augmentation = adapted(p, float(beaten), aim=settings.adapt, images=len(real) * world.size)
    half_life = min(settings.ema_half_life, 0.05 * nets.images_seen + 1)  # ramps up with the images seen
    keep = 0.5 ** (len(real) * world.size / half_life)
    with torch.no_grad():
        world.average([nets.generator.w_mean])
        kept, new = list(nets.average.state_dict().values()), list(nets.generator.state_dict().values())
        torch._foreach_lerp_(kept, new, 1 - keep)
    return {"D": d_loss.detach(), "G": g_loss.detach(), "augmentation": nets.augmentation, "fade": fade}


def adapted(probability: float, beaten: float, *, aim: float, images: int) -> float:
    """Augment more while the discriminator is too sure, less while it is not (Karras et al. 2020, arXiv 2006.06676).

    beaten: share of the pairs of this step whose real image was judged the more real. There the sign of the judgement
    of real images alone is held at 0.6; the paired loss leaves its zero open, so the aim is for the share of pairs:
    0.88 is the same separation of two normal distributions, Φ(√2 Φ⁻¹(0.8)).
    """
    step = images / ADAPTATION * (1 if beaten > aim else -1)
    return min(max(probability + step, 0.0), 0.8)


def apply(optimiser: torch.optim.Optimizer, loss: Tensor, world: World) -> None:
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    world.average(parameter.grad for group in optimiser.param_groups for parameter in group["params"])
    optimiser.step()


def draw(generator: Generator, grades: Tensor, fade: float) -> Tensor:
    device, count = grades.device, len(grades)
    z = torch.randn(count, generator.architecture.z_size, device=device)
    noise = [torch.randn(count, *shape, device=device) for shape in generator.noise_shapes()]
    return generator(z, grades.float(), noise, fade=fade)


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
