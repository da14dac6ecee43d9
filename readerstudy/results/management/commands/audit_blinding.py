"""manage.py audit_blinding: how well a program tells real from synthetic by what is not anatomy."""

from argparse import ArgumentParser
from typing import Any, cast

from django.core.management.base import CommandError

from readerstudy.commands import PlainCommand
from readerstudy.results.blinding_audit import audit_blinding
from readerstudy.results.blinding_wording import channel_rows, conclusion, standing
from readerstudy.results.rehearsal import UnservedCase
from readerstudy.studies.commands import study_named
from readerstudy.studies.models import BlindingAudit

MOST_LETTERS = cast(int, BlindingAudit._meta.get_field("by").max_length)


class Command(PlainCommand):
    help = (
        "Audit the blinding of a study, print the table and store it. A leak stands against opening the study. After "
        "opening, the audit stands apart: the protocol keeps the one that was in force."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", help="the study’s short name")
        parser.add_argument("--by", default="manage.py audit_blinding", help="who asks, for the record")

    def handle(self, *args: Any, **options: Any) -> None:
        study = study_named(options["study"])
        if not 1 <= len(options["by"]) <= MOST_LETTERS:
            raise CommandError(f"--by is a name of 1 to {MOST_LETTERS} characters, not {len(options['by'])}.")
        try:
            audit = audit_blinding(study=study, by=options["by"])
        except UnservedCase as error:
            raise CommandError(f"The rehearsal failed, so nothing was audited: {error}.") from error
        self.stdout.write(f"{'channel':28}{'AUC [95 % interval]':24}{'p (Holm)':10}verdict")
        for row in channel_rows(audit):
            beside = f"; {row.beside}" if row.beside else ""
            self.stdout.write(f"{row.label:28}{row.auc:24}{row.p_adjusted:10}{row.verdict}{beside}")
        self.stdout.write("")
        self.stdout.write(f"{conclusion(audit)} {standing(audit, study)}".rstrip())
