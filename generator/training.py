"""Training a generator, readable from top to bottom.

Images in, a folder out: `state.safetensors` to resume from, `sheet.png` to look at, and the checkpoint that
`generate` uses. A kill at any moment costs what was done since the last save, no more.
"""

import logging
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor, nn

from generator.augmentation import augment
from generator.checkpoints import Card, load_checkpoint, read_card, save_checkpoint
from generator.losses import discriminator_loss, generator_loss, gradient_penalty, hinge_loss
from generator.networks import GRADES, Generator
from generator.parallel import ALONE, World, descend, joined_world
from generator.sampling import synthesise
from generator.starting import begin_with, nest_state
from generator.training_data import TrainingData, balanced_batches
from generator.training_loop import TakeStep, go_on
from generator.training_state import Networks, Settings, Training, hold_to_one_kind, read_state, write_state
from generator.watching import Watch, note
from generator.wgan import EPOCHS, WganSettings, WganTraining, wgan_step
from generator.wgan_networks import WganGenerator

logger = logging.getLogger(__name__)
BEST = "best"
ADAPTATION = 200_000  # images over which the probability of augmentation may go from 0 to 1


def train(
    data: TrainingData,
    *,
    settings: Settings | WganSettings,
    out: Path,
    max_seconds: float | None = None,
    max_images: int | None = None,
    resume: bool = False,
    grow_from: Path | None = None,
    start_from: str | None = None,
    device: str = "cpu",
    save_every: float = 120.0,
    watch: Watch | None = None,
) -> Card:
    """Train until max_seconds or max_images (whichever is first) and leave a checkpoint in `out`; returns its card.

    resume goes on from `out`; grow_from starts from the training folder of half the resolution, whose levels are
    nested in this one; start_from from the checkpoint of this path or name. watch: what the images are measured against
    on the way, into metrics.csv; the best so far is kept in the folder best. Started by torchrun, the processes share
    the work and the first one writes. The kind of settings chooses what is trained. Raises ValueError when data, state
    and settings do not fit one another.
    """
    # sizes never change here: cuDNN may look for the fastest algorithm of each
    quick = torch.backends.cudnn.flags(enabled=True, benchmark=True, deterministic=False, allow_tf32=True)
    with quick, joined_world(device) as world:
        nets, take_step = begin(settings, world)
        if isinstance(settings, WganSettings):
            published = EPOCHS * len(data.images)
            max_images = min(max_images or published, published)
        if resume:
            read_state(nets, out, settings)
        elif grow_from or start_from:
            if not isinstance(nets, Networks):
                raise ValueError("The baseline is trained from the beginning, as it was published.")
            if grow_from:
                nest_state(nets, grow_from)
            elif start_from:
                begin_with(nets, load_checkpoint(start_from))
        hold_to_one_kind(nets, data)

        measure = None if watch is None or world.rank else measuring(nets, data, settings, out=out, watch=watch)

        def save() -> None:
            write_state(nets, out, settings)
            write_sheet(nets.kept(), out / "sheet.png")

        torch.manual_seed(settings.seed + 1000 * nets.step + world.rank)
        batches = balanced_batches(
            data,
            strata=settings.strata(data),
            batch=settings.batch,
            size=settings.architecture.resolution,
            device=world.device,
            seed=[settings.seed, nets.step, world.rank],
        )
        go_on(
            nets,
            batches,
            take_step,
            save=save,
            world=world,
            max_seconds=max_seconds,
            max_images=max_images,
            save_every=save_every,
            before_step=cooling(nets, settings) if isinstance(settings, Settings) and settings.cool_down else None,
            measure=measure,
            measure_every=watch.every if watch else 0,
        )
        if world.rank == 0:
            leave_checkpoint(nets, data, settings, out)
    return read_card(out)


def begin(settings: Settings | WganSettings, world: World) -> tuple[Networks | WganTraining, TakeStep]:
    """The networks that settings ask for, fresh, and the step that teaches them."""
    if isinstance(settings, WganSettings):
        baseline = WganTraining(settings, world.device)
        return baseline, lambda real, grades: wgan_step(baseline, real, grades, settings, world=world)
    nets = Networks(settings, world.device)
    return nets, lambda real, grades: one_step(nets, real, grades, settings, fade=nets.fade, world=world)


def cooling(nets: Training, settings: Settings) -> Callable[[float], None]:
    """Sets the learning rate by the seconds that are left: it falls to a tenth within the last cool_down of them."""

    def cool(left: float) -> None:
        share = min(max(left / settings.cool_down, 0.1), 1.0)
        for optimiser in nets.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = settings.learning_rate * share

    return cool


def measuring(
    nets: Networks | WganTraining, data: TrainingData, settings: Settings | WganSettings, *, out: Path, watch: Watch
) -> Callable[[], None]:
    """Measures what would be left behind now, and leaves it in the folder best when nothing was better before."""
    standard = watch.against(data, size=settings.architecture.resolution)

    def measure() -> None:
        distance = standard.distance(nets.kept())
        best = note(out, images_seen=nets.images_seen, distance=distance, standard=standard)
        logger.info("%d images seen: distance %.1f [%.1f]", nets.images_seen, distance, standard.floor)
        if best:
            leave_checkpoint(nets, data, settings, out / BEST, name=f"{out.name}-{BEST}")

    return measure


def leave_checkpoint(
    nets: Networks | WganTraining,
    data: TrainingData,
    settings: Settings | WganSettings,
    out: Path,
    *,
    name: str = "",
) -> None:
    data_before, licence_before = nets.learnt_before
    save_checkpoint(
        out,
        name=name,
        generator=nets.kept(),
        discriminator=nets.discriminator if isinstance(nets, Networks) else None,
        preset=data.preset,
        data=", ".join(dict.fromkeys(filter(None, [*data_before.split(", "), *data.name.split(", ")]))),
        data_licence="; ".join(dict.fromkeys(filter(None, [licence_before, data.licence]))),
        data_digest=data.digest(),
        data_count=len(data.images),
        is_phantom=data.is_phantom,
        steps=nets.step,
        images_seen=nets.images_seen,
        seed=settings.seed,
        settings={key: value for key, value in asdict(settings).items() if key not in ("architecture", "seed")},
        started_from=nets.started_from,
    )


def one_step(
    nets: Networks, real: Tensor, grades: Tensor, settings: Settings, *, fade: float, world: World = ALONE
) -> dict[str, Tensor | float]:
    """One update of the discriminator, one of the generator, one of the average; returns what the bar shows."""
    with torch.autocast(real.device.type, torch.bfloat16, enabled=settings.bf16):
        fake = draw(nets, grades, fade)  # drawn once: the discriminator learns from it, then judges it
    d_loss, beaten = teach_discriminator(nets, real, fake.detach(), grades, settings, fade=fade, world=world)
    shown: dict[str, Tensor | float] = {"D": d_loss, "augmentation": nets.augmentation, "fade": fade}
    if nets.projected:
        shown["P"] = teach_projected(nets, real, fake.detach(), grades, settings, projected=nets.projected, world=world)
    if nets.images_seen >= nets.rest_until:
        shown["G"] = teach_generator(nets, real, fake, grades, settings, fade=fade, world=world)
    if settings.adapt is not None and nets.step % settings.lazy == 0:  # to read a figure off a GPU is to wait for it
        world.average([beaten])
        images = settings.lazy * len(real) * world.size
        nets.augmentation = adapted(nets.augmentation, float(beaten), aim=settings.adapt, images=images)
    return shown


def teach_discriminator(
    nets: Networks, real: Tensor, fake: Tensor, grades: Tensor, settings: Settings, *, fade: float, world: World
) -> tuple[Tensor, Tensor]:
    """One update; returns the loss and the share of pairs whose real image was judged the more real."""
    penalised = nets.step % settings.lazy == 0
    shown_real, shown_fake = (augment(images, probability=nets.augmentation) for images in (real, fake))
    if penalised:
        shown_real.requires_grad_(True)
        shown_fake.requires_grad_(True)
    # second derivatives need all bits
    judge = nets.quick_discriminator if fade == 1 and not penalised else nets.discriminator
    with torch.autocast(real.device.type, torch.bfloat16, enabled=settings.bf16 and not penalised):
        on_real = judge(shown_real, grades, fade=fade)
        on_fake = judge(shown_fake, grades, fade=fade)
    loss = discriminator_loss(on_real, on_fake)
    total = loss
    if penalised:
        penalty = gradient_penalty(on_real, shown_real) + gradient_penalty(on_fake, shown_fake)
        total = total + settings.gamma / 2 * settings.lazy * penalty
    descend(nets.optimisers["discriminator"], total, world)
    return loss.detach(), (on_real.detach() > on_fake.detach()).float().mean()


def teach_projected(
    nets: Networks,
    real: Tensor,
    fake: Tensor,
    grades: Tensor,
    settings: Settings,
    *,
    projected: nn.Module,
    world: World,
) -> Tensor:
    """One update of the heads of the projected discriminator; returns the loss."""
    p = nets.augmentation
    with torch.autocast(real.device.type, torch.bfloat16, enabled=settings.bf16):
        on_real = projected(augment(real, probability=p), grades)
        on_fake = projected(augment(fake, probability=p), grades)
    loss = hinge_loss(on_real, on_fake)
    descend(nets.optimisers["projected"], loss, world)
    return loss.detach()


def teach_generator(
    nets: Networks, real: Tensor, fake: Tensor, grades: Tensor, settings: Settings, *, fade: float, world: World
) -> Tensor:
    """One update of the generator that drew `fake`, one of its average; returns the loss."""
    p = nets.augmentation
    judge = nets.quick_discriminator if fade == 1 else nets.discriminator
    nets.discriminator.requires_grad_(False)  # it only judges here: gradients for its weights would be thrown away
    with torch.autocast(real.device.type, torch.bfloat16, enabled=settings.bf16):
        with torch.no_grad():
            on_real = judge(augment(real, probability=p), grades, fade=fade)
        on_fake = judge(augment(fake, probability=p), grades, fade=fade)
        loss = generator_loss(on_real, on_fake)
        total = loss
        if nets.projected and nets.images_seen >= nets.heads_rest_until:
            total = loss - settings.projected * nets.projected(augment(fake, probability=p), grades).mean()
    descend(nets.optimisers["generator"], total, world)
    nets.discriminator.requires_grad_(True)

    half_life = min(settings.ema_half_life, 0.05 * nets.images_seen + 1)  # ramps up with the images seen
    keep = 0.5 ** (len(real) * world.size / half_life)
    with torch.no_grad():
        world.average([nets.generator.w_mean])
        kept, new = list(nets.average.state_dict().values()), list(nets.generator.state_dict().values())
        torch._foreach_lerp_(kept, new, 1 - keep)
    return loss.detach()


def adapted(probability: float, beaten: float, *, aim: float, images: int) -> float:
    """Augment more while the discriminator is too sure, less while it is not (Karras et al. 2020, arXiv 2006.06676).

    beaten: share of the pairs of this step whose real image was judged the more real. There the sign of the judgement
    of real images alone is held at 0.6; the paired loss leaves its zero open, so the aim is for the share of pairs:
    0.88 is the same separation of two normal distributions, Φ(√2 Φ⁻¹(0.8)).
    """
    step = images / ADAPTATION * (1 if beaten > aim else -1)
    return min(max(probability + step, 0.0), 0.8)


def draw(nets: Networks, grades: Tensor, fade: float) -> Tensor:
    generator = nets.generator
    device, count = grades.device, len(grades)
    z = torch.randn(count, generator.architecture.z_size, device=device)
    noise = [torch.randn(count, *shape, device=device) for shape in generator.noise_shapes()]
    return (nets.quick_generator if fade == 1 else generator)(z, grades.float(), noise, fade=fade)


def write_sheet(generator: Generator | WganGenerator, path: Path, *, columns: int = 8) -> None:
    """A contact sheet: one row a grade, one column a seed."""
    seeds = [seed for _ in range(GRADES) for seed in range(columns)]
    grades = [grade for grade in range(GRADES) for _ in range(columns)]
    images = synthesise(generator, seeds=seeds, grades=grades)
    size = generator.architecture.resolution
    sheet = images.reshape(GRADES, columns, size, size).transpose(0, 2, 1, 3).reshape(GRADES * size, columns * size)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(sheet).save(path)
