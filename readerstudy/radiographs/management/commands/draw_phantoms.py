"""manage.py draw_phantoms: procedural knee radiographs for a rehearsal, labelled as such."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from readerstudy.commands import PlainCommand
from readerstudy.radiographs.drawing import draw_phantoms
from readerstudy.radiographs.models import Grade, Preset


class Command(PlainCommand):
    help = "Draw phantom radiographs of every Kellgren–Lawrence grade into the image bank. No patient is involved."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--per-grade", type=int, default=20)
        parser.add_argument("--first-seed", type=int, default=0)
        parser.add_argument("--preset", choices=Preset.values, default=Preset.PUBLISHED.value)

    def handle(self, *args: Any, **options: Any) -> None:
        if options["per_grade"] < 1 or options["first_seed"] < 0:
            raise CommandError("--per-grade must be at least 1 and --first-seed at least 0.")
        with tqdm(total=options["per_grade"] * len(Grade.values), unit=" phantoms", disable=None) as bar:
            new = draw_phantoms(
                per_grade=options["per_grade"],
                first_seed=options["first_seed"],
                preset=options["preset"],
                by="manage.py draw_phantoms",
                progress=bar.update,
            )
        self.stdout.write(f"{new} new phantom radiographs in the preset “{options['preset']}”.")
