"""manage.py train_generator: train the GAN on the real radiographs of the bank."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
import torch
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from generator.networks import CHANNELS, Architecture
from generator.training import Settings, TrainingData, train
from readerstudy.audit.recording import record
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.models import Preset, Radiograph, Source

FEWEST = 32


class Command(BaseCommand):
    help = "Train the generator on the bank's real radiographs of one preset; leaves a checkpoint in --out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="folder of the training; the checkpoint's name")
        parser.add_argument("--preset", choices=Preset.values, default=Preset.PUBLISHED.value)
        parser.add_argument("--split", help="only this split, for example train")
        parser.add_argument("--dataset", help="only this data set")
        parser.add_argument("--resolution", type=int, choices=list(CHANNELS)[1:], default=56)
        parser.add_argument("--batch", type=int, default=16)
        parser.add_argument("--gamma", type=float, default=0.3, help="weight of the gradient penalties")
        parser.add_argument("--learning-rate", type=float, default=2e-3)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--max-seconds", type=float)
        parser.add_argument("--max-images", type=int, help="stop when so many images were seen")
        parser.add_argument("--resume", action="store_true", help="go on from the state in --out")
        parser.add_argument("--grow-from", type=Path, help="training folder of half the resolution to start from")
        parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["max_seconds"] and not options["max_images"]:
            raise CommandError("Say when to stop: --max-seconds or --max-images.")
        if options["batch"] < 4 or options["batch"] % 4:
            raise CommandError("--batch is a multiple of four.")
        data = self._read_bank(preset=options["preset"], split=options["split"], dataset=options["dataset"])
        settings = Settings(
            architecture=Architecture(resolution=options["resolution"]),
            batch=options["batch"],
            gamma=options["gamma"],
            learning_rate=options["learning_rate"],
            seed=options["seed"],
        )
        try:
            card = train(
                data,
                settings=settings,
                out=options["out"],
                max_seconds=options["max_seconds"],
                max_images=options["max_images"],
                resume=options["resume"],
                grow_from=options["grow_from"],
                device=options["device"],
            )
        except ValueError as error:
            raise CommandError(str(error)) from error
        record(actor="train_generator", verb="train generator", checkpoint=card.digest, images_seen=card.images_seen)
        self.stdout.write(f"{options['out']}: {card.images_seen} images seen, checkpoint {card.digest[:12]}.")

    def _read_bank(self, *, preset: str, split: str | None, dataset: str | None) -> TrainingData:
        radiographs = Radiograph.objects.filter(preset=preset, provenance__source=Source.REAL)
        if split:
            radiographs = radiographs.filter(provenance__split=split)
        if dataset:
            radiographs = radiographs.filter(provenance__dataset=dataset)
        rows = list(radiographs.select_related("provenance").order_by("digest"))
        if len(rows) < FEWEST:
            raise CommandError(
                f"The bank holds {len(rows)} such real radiographs in the preset “{preset}”; {FEWEST} are the least. "
                "Import some with import_radiographs, or draw phantoms with draw_phantoms."
            )
        kinds = {row.provenance.is_phantom for row in rows}
        if len(kinds) == 2:
            raise CommandError("The bank holds real radiographs and phantoms; name one data set with --dataset.")
        names = sorted({f"{row.provenance.dataset} {row.provenance.split}".strip() for row in rows})
        licences = sorted({row.provenance.licence for row in rows} - {""})
        return TrainingData(
            images=np.stack([pixels_of(row) for row in tqdm(rows, desc="reading", unit=" images", disable=None)]),
            grades=np.array([row.provenance.grade for row in rows]),
            digests=[row.digest for row in rows],
            preset=preset,
            name=", ".join(names),
            licence=", ".join(licences),
            is_phantom=kinds.pop(),
        )
