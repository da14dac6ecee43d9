"""manage.py analyze: the report of a study, from the database or from an export alone."""

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from readerstudy.analysis.readings import UnusableAnswers
from readerstudy.audit.recording import record
from readerstudy.results.export import stream_answers
from readerstudy.results.report import write_report
from readerstudy.studies.models import State, Study


class Command(BaseCommand):
    help = "Analyse a study into a folder: report.html, results.json, tables, figures, the answers and the protocol."
    requires_system_checks: list[str] = []  # --csv works without a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", nargs="?", help="the study's short name")
        parser.add_argument("--csv", type=Path, help="an exported table of answers, instead of a study")
        parser.add_argument("--out", type=Path, required=True, help="the folder to write; an earlier report is replaced")
        parser.add_argument("--interim", action="store_true", help="analyse a study that is still open; this is recorded")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["study"]) == bool(options["csv"]):
            raise CommandError("Name a study, or a table of answers with --csv.")
        if options["csv"]:
            try:
                with options["csv"].open(encoding="utf-8-sig", newline="") as file:
                    self._write(file, options["out"], protocol=None, digest="")
            except (OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{options['csv']} cannot be read: {error}") from error
            return
        study = self._closed_study(options["study"], interim=options["interim"])
        self._write(stream_answers(study), options["out"], protocol=study.protocol, digest=study.protocol_digest)
        verb = "analyse interim" if study.state == State.OPEN else "analyse"
        record(actor="analyze", verb=verb, study=study.slug)

    def _closed_study(self, slug: str, *, interim: bool) -> Study:
        study = Study.objects.filter(slug=slug).first()
        if study is None:
            known = ", ".join(Study.objects.values_list("slug", flat=True)) or "there is none"
            raise CommandError(f"There is no study “{slug}”. Studies: {known}.")
        if study.state == State.DRAFT:
            raise CommandError(f"“{study.name}” is a draft; nobody has read it yet.")
        if study.state == State.OPEN and not interim:
            raise CommandError(
                f"“{study.name}” is still open, and an analysis would unblind it. Close it first, or say --interim, which is "
                "recorded."
            )
        return study

    def _write(self, answers: Iterable[str], out: Path, *, protocol: dict[str, Any] | None, digest: str) -> None:
        try:
            analysis = write_report(answers=answers, out=out, protocol=protocol, digest=digest)
        except (UnusableAnswers, ValueError, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{analysis.answers} answers of {len(analysis.readers)} readers analysed: {out / 'report.html'}"
        )
