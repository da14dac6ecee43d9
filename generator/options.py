"""The options of a training, the same for `manage.py train_generator` and `python -m generator.train_packed`."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import torch

from generator.checkpoints import locate, read_card
from generator.devices import default_device, usable_device
from generator.networks import CHANNELS, Architecture
from generator.training_data import TrainingData
from generator.training_state import STATE, Settings
from generator.watching import Watch
from generator.weights_and_card import CARD
from generator.wgan import EPOCHS, WganSettings
from generator.wgan_networks import KIND

MOST = 100_000  # of any weight, rate or number of seconds that means something
HAS_GPU = torch.cuda.is_available()
STYLE: dict[str, Any] = {  # where nothing is said; the baseline does not take any of these
    "resolution": 56,
    "width": 1.0,
    "margin": 0,
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
    parser.add_argument("--width", type=float, help="channels of every level: 1 (default) for a processor, 4 for a GPU")
    parser.add_argument("--margin", type=int, help="pixels drawn beyond the image and cut off, 0 (default) or 5")
    parser.add_argument("--batch", type=int, help="images a step on each device (default: 16; wgan-gp: 64)")
    parser.add_argument("--gamma", type=float, help="weight of the gradient penalties (default: 0.3)")
    parser.add_argument("--lazy", type=int, help="steps from one gradient penalty to the next (default: 8)")
    parser.add_argument("--learning-rate", type=float, help="of Adam (default: 0.002)")
    parser.add_argument("--augmentation", type=float, help="probability that an image is changed (default: 0.3)")
    parser.add_argument(
        "--adapt",
        type=float,
        help="adapt that probability until this share of pairs is told apart, for example 0.88 (default: it stays)",
    )
    parser.add_argument("--precision", choices=["fp32", "bf16"], help="default: bf16 on a GPU")
    parser.add_argument(
        "--projected", type=float, help="weight of a second discriminator, of features, for example 0.3 (default: none)"
    )
    parser.add_argument(
        "--cool-down",
        type=float,
        help="in so many of the last --max-seconds the learning rate falls to a tenth (--max-images may end before)",
    )
    parser.add_argument("--compile", action="store_true", default=None, help="torch.compile, for long runs on a GPU")
    parser.add_argument("--seed", type=int, default=0, help="of the first weights and the order (default: 0)")
    parser.add_argument("--grow-from", type=Path, help="training folder of half the resolution to start from")
    parser.add_argument("--start-from", help="checkpoint (folder or shipped name) that learns on; its sizes are taken")
    parser.add_argument(
        "--measure-every",
        type=int,
        default=Watch.every,
        help="images from one measurement to the next (default: 20000)",
    )
    parser.add_argument("--measure-images", type=int, default=Watch.count, help="how many are compared (default: 500)")
    add_limits(parser)


def add_limits(parser: ArgumentParser) -> None:
    """The options of every training that can be stopped and gone on with."""
    parser.add_argument(
        "--max-seconds", type=float, help="stop learning after so long; what comes before and after counts not"
    )
    parser.add_argument(
        "--max-images",
        type=int,
        help="stop when so many images were seen, those of earlier runs included",
    )
    parser.add_argument("--resume", action="store_true", help="go on from the state in --out")
    parser.add_argument("--device", default=default_device(), help="cpu, cuda or cuda:NUMBER (default: a GPU if any)")


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
    if style["start_from"]:  # its sizes, where none are named
        architecture = read_card(locate(style["start_from"])).architecture
        style |= {
            name: architecture.get(name, style[name])
            for name in ("resolution", "width", "margin")
            if options[name] is None
        }
    on_cpu = options["device"] == "cpu"
    settings = Settings(
        architecture=Architecture(style["resolution"], width=style["width"], margin=style["margin"]),
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
    if not 0 <= style["augmentation"] <= 1 or not (style["adapt"] is None or 0.5 <= style["adapt"] < 1):
        raise ValueError("--augmentation lies between 0 and 1, --adapt between 0.5 and 1.")
    for name in ("width", "gamma", "learning_rate"):
        if not 0 < style[name] < MOST:
            raise ValueError(f"--{name.replace('_', '-')} is more than 0, and less than {MOST}.")
    for name in ("projected", "cool_down"):
        if not 0 <= style[name] < MOST:
            raise ValueError(f"--{name.replace('_', '-')} is 0 or more, and less than {MOST}.")
    if not 0 <= style["margin"] <= 16:
        raise ValueError("--margin lies between 0 and 16.")
    if style["lazy"] < 1:
        raise ValueError("--lazy is 1 or more.")
    if style["cool_down"] and not style["cool_down"] <= (options["max_seconds"] or 0):
        raise ValueError("--cool-down counts back from the end of --max-seconds, and is no longer than that.")
    if style["compile"] and options["device"] == "cpu":
        raise ValueError("--compile is for a GPU; on a CPU it costs more than it gives.")
    if style["grow_from"] and style["start_from"]:
        raise ValueError("--grow-from and --start-from both say where to begin; name one.")
    if options["precision"] == "bf16" and options["device"] == "cpu":
        raise ValueError("--precision bf16 is for a GPU; on a CPU it is several times slower.")
