"""manage.py demo: a study to try, the reader's link and the staff log-in."""

import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from readerstudy.commands import PlainCommand
from readerstudy.demonstration.building import LEAD, build_demonstration, staff_log_in, visitor
from readerstudy.studies.invitations import personal_link


class Command(PlainCommand):
    help = "Build the demonstration study, once, and print where to go. Only on a laptop (DEBUG)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dataset", type=Path, help="folder of graded real radiographs; without it, phantoms")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demonstration makes a staff user and prints its password; it runs with DEBUG only.")
        try:
            study = build_demonstration(dataset=options["dataset"], tell=self.stdout.write)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        password = secrets.token_urlsafe(9)
        staff_log_in(password=password)
        self.stdout.write(
            f"\n{study.name}\n"
            f"  Staff:   {settings.SITE_URL}/   user {LEAD}, password {password}\n"
            f"  Reader:  {personal_link(visitor(study))}\n"
        )
