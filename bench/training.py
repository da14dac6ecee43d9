"""How many images a second a generator learns from, in both precisions, and what memory that takes.

    python bench/training.py [--resolution 224] [--width 4] [--batch 64] [--projected 0.3] [--compile] [--seconds 20]

The first thing to run on a new GPU: it says what batch fits and what a leg of so many minutes can see. On a processor
only 32 bits are measured: bfloat16 is several times slower there. With --compile, bfloat16 is measured as it is and
compiled. Random pixels stand in for radiographs; a step costs the same.
"""

import argparse
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from generator.devices import default_device
from generator.networks import CHANNELS, GRADES, Architecture
from generator.training import one_step
from generator.training_state import Networks, Settings


def images_per_second(settings: Settings, *, device: str, seconds: float) -> tuple[float, float]:
    """Images a second over whole rounds of `lazy` steps, so that the penalty has its share; and peak memory in GiB."""
    nets = Networks(settings, device)
    size = settings.architecture.resolution
    real = torch.rand(settings.batch, 1, size, size, device=device) * 2 - 1
    grades = torch.randint(0, GRADES, (settings.batch,), device=device)

    def one_round() -> None:
        for _ in range(settings.lazy):
            one_step(nets, real, grades, settings, fade=1.0)
            nets.step += 1
        if device != "cpu":
            torch.cuda.synchronize()

    one_round()
    if device != "cpu":
        torch.cuda.reset_peak_memory_stats()
    rounds, started = 0, time.monotonic()
    while rounds == 0 or time.monotonic() - started < seconds:
        one_round()
        rounds += 1
    rate = rounds * settings.lazy * settings.batch / (time.monotonic() - started)
    return rate, torch.cuda.max_memory_allocated() / 2**30 if device != "cpu" else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--resolution", type=int, nargs="+", choices=list(CHANNELS)[1:], default=[56, 112, 224])
    parser.add_argument("--width", type=float, nargs="+", default=[1.0])
    parser.add_argument("--batch", type=int, nargs="+", default=[16])
    parser.add_argument("--projected", type=float, default=0.0)
    parser.add_argument("--lazy", type=int, default=Settings.lazy)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--device", default=default_device())
    options = parser.parse_args()
    precisions = ["fp32"] if options.device == "cpu" else ["fp32", "bf16"]
    forms = [precisions[-1], f"{precisions[-1]}, compiled"] if options.compile else precisions
    torch.backends.cudnn.benchmark = True  # as training.train does
    print(f"{options.device}, torch {torch.__version__}, {torch.get_num_threads()} threads")
    for resolution in options.resolution:
        for width in options.width:
            for batch in options.batch:
                found = {}
                for form in forms:
                    settings = Settings(
                        architecture=Architecture(resolution, width=width),
                        batch=batch,
                        bf16="bf16" in form,
                        compiled="compiled" in form,
                        projected=options.projected,
                        lazy=options.lazy,
                    )
                    rate, memory = images_per_second(settings, device=options.device, seconds=options.seconds)
                    found[form] = rate
                    told = f"{resolution}², width {width:g}, batch {batch}, {form}"
                    print(f"{told}: {rate:.1f} images/s, {memory:.1f} GiB", flush=True)
                if len(found) == 2:
                    print(f"  {forms[1]} is {found[forms[1]] / found[forms[0]]:.2f} × {forms[0]}", flush=True)


if __name__ == "__main__":
    main()
