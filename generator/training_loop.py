"""The loop that every training runs: steps until the time or the images are used up, saving now and then."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping

from torch import Tensor
from tqdm import tqdm

from generator.parallel import World
from generator.training_state import Training

logger = logging.getLogger(__name__)
TakeStep = Callable[[Tensor, Tensor], Mapping[str, Tensor | float]]


def go_on(
    training: Training,
    batches: Iterator[tuple[Tensor, Tensor]],
    take_step: TakeStep,
    *,
    save: Callable[[], None],
    world: World,
    max_seconds: float | None,
    max_images: int | None,
    save_every: float,
    before_step: Callable[[float], None] | None = None,
    measure: Callable[[], None] | None = None,
    measure_every: int = 0,
) -> None:
    """Take steps on batches of images and grades, count them, and save: every save_every seconds, and at the end.

    take_step returns the figures that the progress bar shows; where there is no terminal for a bar, a line is logged at
    every save. before_step is told the seconds that are left, where time is limited. measure is called after every
    measure_every images and at the end. Only the first of several processes saves and measures.
    """
    started = saved = time.monotonic()
    first = measured = training.images_seen
    bar = tqdm(unit=" images", initial=first, total=max_images, disable=True if world.rank else None)
    while not (max_images and training.images_seen >= max_images):
        now = time.monotonic()
        if world.agreed(bool(max_seconds and now - started >= max_seconds)):
            break
        if before_step and max_seconds:
            before_step(world.mean(max_seconds - (now - started)))  # clocks differ, steps must not
        images, grades = next(batches)
        figures = take_step(images, grades)
        training.step += 1
        before = training.images_seen
        training.images_seen += len(images) * world.size
        bar.update(len(images) * world.size)
        if training.step % 10 == 1:  # to read a figure off a GPU is to wait for it
            left = f"{max(max_seconds - (now - started), 0):.0f}s" if max_seconds else "-"
            bar.set_postfix(told(figures) | {"left": left}, refresh=False)
        if measure and world.rank == 0 and training.images_seen // measure_every > before // measure_every:
            measure()
            measured = training.images_seen
        if now - saved > save_every and world.rank == 0:
            save()
            saved = now
            if bar.disable:
                rate = (training.images_seen - first) / (now - started)
                logger.info("%d images seen, %.1f a second, %s", training.images_seen, rate, told(figures))
    bar.close()
    if world.rank == 0:
        save()
        if measure and measured != training.images_seen:
            measure()


def told(figures: Mapping[str, Tensor | float]) -> dict[str, str]:
    return {name: f"{value:.3f}" for name, value in figures.items()}
