"""manage.py pack_radiographs: training data as a few lossless files, to carry to a machine with a GPU."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from generator.bank_data import read_bank
from generator.packing import bytes_of_part, pack
from readerstudy.commands import PlainCommand
from readerstudy.radiographs.models import Preset


class Command(PlainCommand):
    help = "Pack the bank's real radiographs of one preset for `python -m generator.train_packed` elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="folder for part-1.zip and so on")
        parser.add_argument("--part-megabytes", type=int, default=55)
        parser.add_argument("--preset", choices=Preset.values, default=Preset.PUBLISHED.value)
        parser.add_argument("--split", help="only this split, for example train")
        parser.add_argument("--dataset", help="only this data set")
        parser.add_argument("--only-sharp", action="store_true", help="without those flagged as blurred, for wgan-gp")

    def handle(self, *args: Any, **options: Any) -> None:
        if any(options["out"].glob("part-*.zip")):
            raise CommandError(f"{options['out']} already holds packed radiographs; choose another folder.")
        try:
            part_bytes = bytes_of_part(options["part_megabytes"])
            names = ("preset", "split", "dataset", "only_sharp")
            data = read_bank(**{name: options[name] for name in names})
        except ValueError as error:
            raise CommandError(str(error)) from error
        for path in pack(data, options["out"], part_bytes=part_bytes):
            self.stdout.write(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
