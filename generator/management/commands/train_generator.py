"""manage.py train_generator: train the GAN on the real radiographs of the bank."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from generator.bank_data import read_bank
from generator.checkpoints import UnusableCheckpoint
from generator.options import add_training_options, training_arguments, watched
from generator.training import train
from generator.wgan_networks import KIND
from readerstudy.audit.recording import record
from readerstudy.commands import PlainCommand
from readerstudy.radiographs.models import Preset


class Command(PlainCommand):
    help = "Train the generator on the bank's real radiographs of one preset; leaves a checkpoint in --out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_training_options(parser)
        parser.add_argument("--preset", choices=Preset.values, default=Preset.PUBLISHED.value)
        parser.add_argument("--split", help="only this split, for example train")
        parser.add_argument(
            "--validation-split", help="measure the images against this split on the way, for example val"
        )
        parser.add_argument("--dataset", help="only this data set")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            arguments = training_arguments(options)
            baseline = options["architecture"] == KIND
            if baseline and options["preset"] != Preset.PUBLISHED:
                raise ValueError(f"{KIND} is trained in the preset “{Preset.PUBLISHED.value}”, as it was published.")
            data = read_bank(
                preset=options["preset"], split=options["split"], dataset=options["dataset"], only_sharp=baseline
            )
            watch = None
            if options["validation_split"]:
                held = read_bank(
                    preset=options["preset"], split=options["validation_split"], dataset=options["dataset"]
                )
                watch = watched(held, options)
            card = train(data, watch=watch, **arguments)
        except (ValueError, UnusableCheckpoint) as error:
            raise CommandError(str(error)) from error
        if os.environ.get("RANK", "0") == "0":  # torchrun starts several of us
            record(
                actor="manage.py train_generator",
                verb="train generator",
                checkpoint=card.digest,
                images_seen=card.images_seen,
            )
            self.stdout.write(f"{options['out']}: {card.images_seen} images seen, checkpoint {card.digest[:12]}.")
