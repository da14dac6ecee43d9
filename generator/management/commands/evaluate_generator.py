"""manage.py evaluate_generator: how far a checkpoint's images are from real ones, beside the floor of real ones."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from generator.bank_features import CACHE
from generator.checkpoints import load_checkpoint
from generator.classifier import FROZEN, Grader, load_grader
from generator.devices import default_device, usable_device
from generator.evaluating import Request, evaluate_checkpoint
from generator.evaluation_report import CSV_HEADER, as_json, csv_rows, table
from generator.features import Extractor, efficientnet, inception
from generator.weights_and_card import UnusableCheckpoint, write_whole
from readerstudy.commands import PlainCommand
from readerstudy.csv_writer import write_csv

MOST = 10_000


class Command(PlainCommand):
    help = (
        "Compare images of checkpoints with the bank's real radiographs that they did not learn from; leaves "
        "table.txt, evaluation.json, evaluation.csv and a sheet of images for each in --out."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("checkpoints", nargs="+", help="folders of checkpoints, or names of shipped ones")
        parser.add_argument("--out", type=Path, required=True)
        parser.add_argument("--per-grade", type=int, default=100, help="synthetic images of each grade")
        parser.add_argument("--truncation", type=float, default=1.0)
        parser.add_argument("--first-seed", type=int, default=0)
        parser.add_argument("--split", nargs="+", default=[], help="only these splits of the real radiographs")
        parser.add_argument("--dataset", help="only this data set")
        parser.add_argument("--classifier", type=Path, help="a grader of train_classifier, to judge the grades")
        parser.add_argument(
            "--classifier-features", action="store_true", help="measure distances in the features of --classifier"
        )
        parser.add_argument("--inception-weights", type=Path, help="measure the FID, in Inception features")
        parser.add_argument("--cache", type=Path, default=CACHE, help="folder where features are kept")
        parser.add_argument("--device", default=default_device())

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._check(options)
            grader = load_grader(options["classifier"], device=options["device"]) if options["classifier"] else None
            extractor = self._extractor(options, grader)
            names = ("out", "per_grade", "truncation", "first_seed", "split", "dataset", "cache")
            request = Request(extractor=extractor, grader=grader, **{name: options[name] for name in names})
            loaded = [load_checkpoint(name, device=options["device"]) for name in options["checkpoints"]]
            evaluated = [evaluate_checkpoint(checkpoint, request) for checkpoint in loaded]
        except (ValueError, UnusableCheckpoint) as error:
            raise CommandError(str(error)) from error
        out: Path = options["out"]
        text = table(evaluated)
        write_whole(out / "table.txt", text.encode())
        write_whole(out / "evaluation.json", (json.dumps(as_json(evaluated), indent=2) + "\n").encode())
        write_whole(out / "evaluation.csv", "".join(write_csv(CSV_HEADER, csv_rows(evaluated))).encode())
        self.stdout.write(text)
        self.stdout.write(f"In {out}: table.txt, evaluation.json, evaluation.csv and the sheets.")

    def _check(self, options: dict[str, Any]) -> None:
        if not 1 <= options["per_grade"] <= MOST:
            raise ValueError(f"--per-grade is a number from 1 to {MOST}.")
        if not 0 < options["truncation"] <= 1:
            raise ValueError("--truncation is larger than 0 and at most 1.")
        if not 0 <= options["first_seed"] < 2**62:
            raise ValueError("--first-seed is a whole number from 0 to 2⁶² − 1.")
        if options["out"].exists() and not options["out"].is_dir():
            raise ValueError(f"{options['out']} is a file; --out names a folder.")
        usable_device(options["device"])

    def _extractor(self, options: dict[str, Any], grader: Grader | None) -> Extractor:
        if options["inception_weights"]:
            return inception(options["inception_weights"], device=options["device"])
        if not options["classifier_features"]:
            return efficientnet(device=options["device"])
        if grader is None:
            raise ValueError("--classifier-features needs a grader: --classifier FOLDER.")
        if grader.card.kind == FROZEN:
            raise ValueError("This grader is frozen: its features are EfficientNet-Lite0, the default.")
        return grader.extractor
