"""The options of a training, the same for `manage.py train_generator` and `python -m generator.train_packed`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import torch

from generator.networks import CHANNELS, Architecture
from generator.training_state import Settings

HAS_GPU = torch.cuda.is_available()


def add_training_options(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the training; the checkpoint's name")
    parser.add_argument("--resolution", type=int, choices=list(CHANNELS)[1:], default=56)
    parser.add_argument("--width", type=float, default=1.0, help="channels of every level, 1 (default) to 4 (GPU)")
    parser.add_argument("--batch", type=int, default=16, help="images a step on each device")
    parser.add_argument("--gamma", type=float, default=0.3, help="weight of the gradient penalties")
    parser.add_argument("--learning-rate", type=float, default=2e-3)
    parser.add_argument("--augmentation", type=float, default=0.3, help="probability that an image is changed")
    parser.add_argument("--adapt", type=float, help="adapt that probability until so many pairs are told apart: 0.88")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="bf16" if HAS_GPU else "fp32")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-seconds", type=float)
    parser.add_argument("--max-images", type=int, help="stop when so many images were seen")
    parser.add_argument("--resume", action="store_true", help="go on from the state in --out")
    parser.add_argument("--grow-from", type=Path, help="training folder of half the resolution to start from")
    parser.add_argument("--device", default="cuda" if HAS_GPU else "cpu")


def training_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """What training.train takes, from the options. Raises ValueError with one sentence on what does not go together."""
    if not options["max_seconds"] and not options["max_images"]:
        raise ValueError("Say when to stop: --max-seconds or --max-images.")
    if options["batch"] < 4 or options["batch"] % 4:
        raise ValueError("--batch is a multiple of four.")
    if not 0 <= options["augmentation"] <= 1 or not 0.5 <= (options["adapt"] or 0.5) < 1:
        raise ValueError("--augmentation lies between 0 and 1, --adapt between 0.5 and 1.")
    if options["device"] != "cpu" and not HAS_GPU:
        raise ValueError(f"There is no GPU here for --device {options['device']}.")
    if options["precision"] == "bf16" and options["device"] == "cpu":
        raise ValueError("--precision bf16 is for a GPU; on a CPU it is several times slower.")
    settings = Settings(
        architecture=Architecture(resolution=options["resolution"], width=options["width"]),
        batch=options["batch"],
        gamma=options["gamma"],
        learning_rate=options["learning_rate"],
        augmentation=options["augmentation"],
        adapt=options["adapt"],
        bf16=options["precision"] == "bf16",
        seed=options["seed"],
    )
    direct = ("out", "max_seconds", "max_images", "resume", "grow_from", "device")
    return {"settings": settings} | {name: options[name] for name in direct}
