"""The options of a training, the same for `manage.py train_generator` and `python -m generator.train_packed`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import torch

from generator.devices import default_device, usable_device
from generator.networks import CHANNELS, Architecture
from generator.training_data import TrainingData
from generator.training_state import STATE, Settings
from generator.watching import Watch
from generator.weights_and_card import CARD
from generator.wgan import EPOCHS, WganSettings
from generator.wgan_networks import KIND

HAS_GPU = torch.cuda.is_available()
STYLE: dict[str, Any] = {  # where nothing is said; the baseline does not take any of these
    "resolution": 56,
    "width": 1.0,
    "gamma": 0.3,
    "learning_rate": 2e-3,
    "augmentation": 0.3,
    "adapt": None,
    "precision": "bf16" if HAS_GPU else "fp32",
    "lazy": 8,
    "projected": 0.0,
    "cool_down": 0.0,
    "compile": False,
    "grow_from": None,
    "start_from": None,
}
BATCH = {"style": 16, KIND: WganSettings.batch}


def add_training_options(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the training; the checkpoint's name")
    parser.add_argument(
        "--architecture",
        choices=list(BATCH),
        default="style",
        help=f"{KIND}: the baseline of Prezja et al. 2022, trained for {EPOCHS} epochs unless a limit ends it before",
    )
    parser.add_argument("--resolution", type=int, choices=list(CHANNELS)[1:], help=f"default: {STYLE['resolution']}")
    parser.add_argument("--width", type=float, help="channels of every level, 1 (default) to 4 (GPU)")
    parser.add_argument("--batch", type=int, help=f"images a step on each device (default: {BATCH})")
    parser.add_argument("--gamma", type=float, help="weight of the gradient penalties")
    parser.add_argument("--lazy", type=int, help="steps from one gradient penalty to the next (default: 8)")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--augmentation", type=float, help="probability that an image is changed")
    parser.add_argument("--adapt", type=float, help="adapt that probability until so many pairs are told apart: 0.88")
    parser.add_argument("--precision", choices=["fp32", "bf16"])
    parser.add_argument("--projected", type=float, help="weight of a second discriminator, which sees features: 1")
    parser.add_argument(
        "--cool-down", type=float, help="in so many of the last --max-seconds the learning rate falls to a tenth"
    )
    parser.add_argument("--compile", action="store_true", default=None, help="torch.compile, for long runs on a GPU")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--grow-from", type=Path, help="training folder of half the resolution to start from")
    parser.add_argument("--start-from", help="checkpoint (folder or shipped name) whose generator learns on")
    parser.add_argument(
        "--measure-every", type=int, default=Watch.every, help="images from one measurement to the next"
    )
    parser.add_argument("--measure-images", type=int, default=Watch.count, help="how many images are compared")
    add_limits(parser)


def add_limits(parser: ArgumentParser) -> None:
    """The options of every training that can be stopped and gone on with."""
    parser.add_argument("--max-seconds", type=float)
    parser.add_argument(
        "--max-images",
        type=int,
        help="stop when so many images were seen, those of earlier runs and smaller sizes included",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the state in --out")
    parser.add_argument("--device", default=default_device())


def watched(held: TrainingData, options: dict[str, Any]) -> Watch:
    """How a training is measured against held radiographs. Raises ValueError with one sentence."""
    if options["measure_every"] < 1 or options["measure_images"] < 2:
        raise ValueError("--measure-every is 1 or more, --measure-images 2 or more.")
    from generator.features import efficientnet  # noqa: PLC0415  # a borrowed GPU may lack its packages

    extractor = efficientnet(device=options["device"])
    return Watch(held, extractor, every=options["measure_every"], count=options["measure_images"])


def checked_limits(options: dict[str, Any], *, needed: bool) -> dict[str, Any]:
    """Where to, how long and on what, from the options. Raises ValueError with one sentence.

    needed: whether there must be a limit. A folder that holds a training is never written over.
    """
    for name in ("max_seconds", "max_images"):
        if options[name] is not None and not options[name] > 0:
            raise ValueError(f"--{name.replace('_', '-')} is more than 0.")
    if needed and options["max_seconds"] is None and options["max_images"] is None:
        raise ValueError("Say when to stop: --max-seconds or --max-images.")
    out: Path = options["out"]
    for folder in (out, *out.parents):
        if folder.exists() and not folder.is_dir():
            raise ValueError(f"{folder} is a file; --out names a folder.")
    if not options["resume"]:
        for name in (STATE, CARD):
            if (out / name).exists():
                raise ValueError(
                    f"{out} already holds a training ({name}): go on with it by --resume, or name another folder."
                )
    usable_device(options["device"])
    return {name: options[name] for name in ("out", "max_seconds", "max_images", "resume", "device")}


def training_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """What training.train takes, from the options. Raises ValueError with one sentence on what does not go together."""
    baseline = options["architecture"] == KIND
    limits = checked_limits(options, needed=not baseline)
    batch = BATCH[options["architecture"]] if options["batch"] is None else options["batch"]
    if batch < 4 or batch % 4:
        raise ValueError("--batch is a multiple of four.")
    if not 0 <= options["seed"] < 2**63:
        raise ValueError("--seed is a whole number from 0 to 2⁶³ − 1.")
    if baseline:
        given = [name for name in STYLE if options[name] is not None]
        if given:
            raise ValueError(f"{KIND} has the settings of its paper; leave out --{given[0].replace('_', '-')}.")
        return {
            "settings": WganSettings(batch=batch, seed=options["seed"]),
            "grow_from": None,
            "start_from": None,
        } | limits
    style = {name: default if options[name] is None else options[name] for name, default in STYLE.items()}
    check_style(style, options)
    on_cpu = options["device"] == "cpu"
    settings = Settings(
        architecture=Architecture(resolution=style["resolution"], width=style["width"]),
        batch=batch,
        gamma=style["gamma"],
        learning_rate=style["learning_rate"],
        augmentation=style["augmentation"],
        adapt=style["adapt"],
        bf16=style["precision"] == "bf16" and not on_cpu,
        lazy=style["lazy"],
        projected=style["projected"],
        cool_down=style["cool_down"],
        compiled=style["compile"],
        seed=options["seed"],
    )
    return {"settings": settings, "grow_from": style["grow_from"], "start_from": style["start_from"]} | limits


def check_style(style: dict[str, Any], options: dict[str, Any]) -> None:
    """Raise ValueError with one sentence on settings of the style-based networks that mean nothing."""
    if not 0 <= style["augmentation"] <= 1 or not 0.5 <= (style["adapt"] or 0.5) < 1:
        raise ValueError("--augmentation lies between 0 and 1, --adapt between 0.5 and 1.")
    for name in ("width", "gamma", "learning_rate"):
        if not style[name] > 0:
            raise ValueError(f"--{name.replace('_', '-')} is more than 0.")
    for name in ("projected", "cool_down"):
        if not style[name] >= 0:
            raise ValueError(f"--{name.replace('_', '-')} is 0 or more.")
    if style["lazy"] < 1:
        raise ValueError("--lazy is 1 or more.")
    if style["cool_down"] and options["max_seconds"] is None:
        raise ValueError("--cool-down counts back from the end; say when that is by --max-seconds.")
    if style["grow_from"] and style["start_from"]:
        raise ValueError("--grow-from and --start-from both say where to begin; name one.")
    if options["precision"] == "bf16" and options["device"] == "cpu":
        raise ValueError("--precision bf16 is for a GPU; on a CPU it is several times slower.")
