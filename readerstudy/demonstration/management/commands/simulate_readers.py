"""manage.py simulate_readers: rehearse a study with readers who exist only in the computer."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from readerstudy.commands import PlainCommand
from readerstudy.demonstration.simulated_readers import ACCURACY, Behaviour, simulate_invited, simulate_more
from readerstudy.studies.commands import study_named
from readerstudy.studies.models import Reader

MOST = 500


class Command(PlainCommand):
    help = (
        "Let simulated readers answer an open study, for a rehearsal. Reports say that they are simulated; their "
        "answers cannot be taken out again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="the study’s short name")
        parser.add_argument(
            "--readers",
            required=True,
            metavar="all|N",
            help="all: in the place of every invited reader who has not begun; N: invite N more, simulated ones",
        )
        parser.add_argument("--accuracy", type=float, default=ACCURACY, help="of telling real from synthetic, 0–1")
        parser.add_argument("--seed", type=int, help="draws the same readers again (default: the study's seed)")

    def handle(self, *args: Any, **options: Any) -> None:
        count = _count(options["readers"])
        if not 0.01 <= options["accuracy"] <= 0.99:
            raise CommandError("--accuracy must be between 0.01 and 0.99, for example 0.5 for readers who guess.")
        if options["seed"] is not None and options["seed"] < 0:
            raise CommandError("--seed must be at least 0.")
        study = study_named(options["study"])
        seed = study.seed if options["seed"] is None else options["seed"]
        shared: dict[str, Any] = {
            "study": study,
            "behaviour": Behaviour(seed=seed, accuracy=options["accuracy"]),
            "by": "manage.py simulate_readers",
            "tell": self._tell,
        }
        try:
            done = simulate_invited(**shared) if count is None else simulate_more(count=count, **shared)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        readers = "reader has" if done == 1 else "readers have"
        self.stdout.write(
            f"{done} simulated {readers} answered “{study.name}” (true accuracy {options['accuracy']:g}, seed {seed}). "
            "Reports will say that they are simulated."
        )

    def _tell(self, reader: Reader, done: int, total: int) -> None:
        self.stdout.write(f"{reader.pseudonym} has answered, {done} of {total}.")
        self.stdout.flush()  # a file or a pipe would show it at the end only


def _count(readers: str) -> int | None:
    """None for all. Raises CommandError unless it is `all` or a number of readers."""
    if readers == "all":
        return None
    if not readers.isdecimal() or not 1 <= int(readers) <= MOST:
        raise CommandError(f"--readers must be “all” or a number from 1 to {MOST}, not “{readers}”.")
    return int(readers)
