"""manage.py import_radiographs PATH: graded knee radiographs from disk into the image bank."""

from argparse import ArgumentParser
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from readerstudy.commands import PlainCommand
from readerstudy.radiographs.importing import ImportReport, import_radiographs
from readerstudy.radiographs.layouts import UnreadableLayout, dataset_of, find_labelled
from readerstudy.radiographs.models import Preset


class Command(PlainCommand):
    help = (
        "Import graded radiographs: SPLIT/GRADE/NAME folders, or a flat folder with a CSV table of names and grades. "
        "PNG, JPEG, TIFF and DICOM."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the folder")
        parser.add_argument("--preset", choices=Preset.values, default=Preset.PUBLISHED.value)
        parser.add_argument("--labels", type=Path, help="CSV table with the columns name and grade (side, split)")
        parser.add_argument("--split", help="only this split, for example test")
        parser.add_argument(
            "--dataset",
            help="what the data set is called (default: the folder's name, or that above train, val or test)",
        )
        parser.add_argument("--licence", default="", help="the licence of the images, for example 'CC BY 4.0'")
        parser.add_argument("--processes", type=int, help="how many images are prepared at a time (default: all cores)")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if (options["processes"] or 1) < 1:
            raise CommandError("--processes must be at least 1.")
        try:
            found = list(find_labelled(path, labels=options["labels"]))
        except UnreadableLayout as error:
            raise CommandError(str(error)) from error
        if options["split"]:
            found = [one for one in found if getattr(one, "split", options["split"]) == options["split"]]
        if not found:
            raise CommandError(f"No radiographs were found in {path}.")
        try:
            with tqdm(total=len(found), unit=" images", disable=None) as bar:
                report = import_radiographs(
                    found=found,
                    preset=options["preset"],
                    dataset=options["dataset"] or dataset_of(path),
                    licence=options["licence"],
                    by="manage.py import_radiographs",
                    processes=options["processes"],
                    progress=bar.update,
                )
        except BrokenProcessPool as error:
            raise CommandError(
                "A process that prepared images was ended, perhaps for want of memory. What was imported before stays; "
                "run the import again, with --processes 1 if that happens again."
            ) from error
        self._tell(report, preset=options["preset"])
        if not report.new and not report.already_there:
            raise CommandError("Nothing could be imported.")

    def _tell(self, report: ImportReport, *, preset: str) -> None:
        for one in report.left_out:
            self.stderr.write(f"left out: {one.name}: {one.reason}")
        self.stdout.write(
            f"{report.new} new images in the preset “{preset}”, {report.already_there} already there, "
            f"{len(report.left_out)} left out.\n"
            f"{report.inverted} came as negatives and were made positive. "
            f"Flagged for a look: {report.blurred} blurred, {report.near_empty} nearly empty."
        )
