"""manage.py generate: synthetic radiographs from a checkpoint into the image bank."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from tqdm import tqdm

from generator.checkpoints import UnusableCheckpoint
from generator.models import SynthesisJob
from generator.requesting import request_synthesis
from readerstudy.commands import PlainCommand

POLL_SECONDS = 0.5
STALLED_AFTER = 60.0


class Command(PlainCommand):
    help = "Generate synthetic radiographs. The same checkpoint, seed and grade give the same image, once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--checkpoint", default="knee", help="folder of a checkpoint, or the name of a shipped one")
        parser.add_argument("--per-grade", type=int, default=30)
        parser.add_argument("--grades", type=int, nargs="+", default=[0, 1, 2, 3, 4], metavar="GRADE")
        parser.add_argument("--first-seed", type=int, default=0)
        parser.add_argument("--truncation", type=float, default=1.0, help="1: full variety; less: nearer the average")
        parser.add_argument("--no-wait", action="store_true", help="leave the work to the workers and return")

    def handle(self, *args: Any, **options: Any) -> None:
        total = options["per_grade"] * len(set(options["grades"]))
        waits = settings.REDIS_URL and not options["no_wait"]
        try:
            with tqdm(total=total, unit=" images", disable=True if settings.REDIS_URL else None) as bar:
                job = request_synthesis(
                    checkpoint=options["checkpoint"],
                    grades=options["grades"],
                    per_grade=options["per_grade"],
                    first_seed=options["first_seed"],
                    truncation=options["truncation"],
                    by="manage.py generate",
                    progress=bar.update,
                )
        except (UnusableCheckpoint, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from error
        if waits:
            self._wait_for(job)
        job.refresh_from_db()
        if job.state == SynthesisJob.State.FAILED:
            raise CommandError(f"Only {job.made} of {job.requested} images were made: {job.error}")
        new = job.made - job.found
        self.stdout.write(f"{job.made} of {job.requested} images are in the bank, {new} new, {job.found} there already")
        if job.identical:
            self.stdout.write(
                f"{len(job.identical)} came out as images that the bank holds under another seed or grade: "
                "they are not stored twice."
            )

    def _wait_for(self, job: SynthesisJob) -> None:
        last = time.monotonic()
        with tqdm(total=job.requested, initial=job.made, unit=" images", disable=None) as bar:
            while job.state == SynthesisJob.State.RUNNING:
                time.sleep(POLL_SECONDS)
                before = job.made
                job.refresh_from_db()
                bar.update(job.made - before)
                if job.made > before:
                    last = time.monotonic()
                elif time.monotonic() - last > STALLED_AFTER:
                    self.stderr.write(
                        "No image was made for a minute. Is a worker running? "
                        "celery -A readerstudy worker -Q gpu (Ctrl-C leaves the work to it)"
                    )
                    last = time.monotonic()
