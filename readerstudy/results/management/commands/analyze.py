"""manage.py analyze: the report of a study, from the database or from an export alone."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError

from readerstudy.analysis.readings import UnusableAnswers
from readerstudy.audit.recording import record
from readerstudy.results.export import stream_answers
from readerstudy.results.flow import Recruitment
from readerstudy.results.report import write_report
from readerstudy.results.staging import replacing_folder
from readerstudy.studies.models import State, Study
from readerstudy.studies.protocol import protocol_digest, require_protocol

T = TypeVar("T")


class Command(BaseCommand):
    help = "Analyse a study into a folder: report, results, tables, figures, the answers and the protocol."
    requires_system_checks: list[str] = []  # --csv works without a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", nargs="?", help="the study’s short name")
        parser.add_argument("--csv", type=Path, help="an exported table of answers, instead of a study")
        parser.add_argument("--protocol", type=Path, help="with --csv: protocol.json of an earlier report")
        parser.add_argument("--recruitment", type=Path, help="with --csv: recruitment.json of an earlier report")
        parser.add_argument("--out", type=Path, required=True, help="the folder; an earlier report is replaced")
        parser.add_argument("--interim", action="store_true", help="a study that is still open; is recorded")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["study"]) == bool(options["csv"]):
            raise CommandError("Name a study, or a table of answers with --csv.")
        if options["study"] and (options["protocol"] or options["recruitment"]):
            raise CommandError("A study has its own protocol and recruitment; give files only with --csv.")
        if options["csv"]:
            self._analyse_export(options)
        else:
            self._analyse_study(_readable_study(options["study"], interim=options["interim"]), options["out"])

    def _analyse_export(self, options: dict[str, Any]) -> None:
        protocol = options["protocol"] and _read_json(options["protocol"], require_protocol)
        recruitment = options["recruitment"] and _read_json(options["recruitment"], Recruitment.from_json)
        self._write(_lines(options["csv"]), options["out"], protocol=protocol, recruitment=recruitment)

    def _analyse_study(self, study: Study, out: Path) -> None:
        interim = study.state == State.OPEN
        consented = study.readers.filter(consented_at__isnull=False).count()
        recruitment = Recruitment(study.readers.count(), consented, interim)
        verb = "analyse interim" if interim else "analyse"
        self._write(
            stream_answers(study),
            out,
            protocol=study.protocol,
            recruitment=recruitment,
            verb=verb,
            study=study.slug,
        )

    def _write(
        self,
        answers: Iterable[str],
        out: Path,
        *,
        protocol: dict[str, Any] | None,
        recruitment: Recruitment | None,
        verb: str = "",
        study: str = "",
    ) -> None:
        try:
            with replacing_folder(out) as folder:
                analysis = write_report(answers=answers, folder=folder, protocol=protocol, recruitment=recruitment)
                if verb:  # nobody sees a result that is not on record
                    record(actor="analyze", verb=verb, study=study)
        except FileExistsError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or out} cannot be written or read: {error.strerror}.") from error
        except (UnusableAnswers, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{analysis.answers} answers of {len(analysis.readers)} readers analysed: {out / 'report.html'}"
        )


def _readable_study(slug: str, *, interim: bool) -> Study:
    study = Study.objects.filter(slug=slug).first()
    if study is None:
        known = ", ".join(Study.objects.values_list("slug", flat=True)) or "there is none"
        raise CommandError(f"There is no study “{slug}”. Studies: {known}.")
    if study.state == State.DRAFT:
        raise CommandError(f"“{study.name}” is a draft; nobody has read it yet.")
    if study.state == State.OPEN and not interim:
        raise CommandError(
            f"“{study.name}” is still open, and an analysis would unblind it. Close it first, or say "
            "--interim, which is recorded."
        )
    if protocol_digest(study.protocol or {}) != study.protocol_digest:
        raise CommandError(f"The protocol of “{study.name}” is not the one that was frozen: its digest differs.")
    return study


def _lines(path: Path) -> Iterator[str]:
    """The lines of a text file as they are. Raises CommandError when it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not a text in UTF-8, so it is no exported table of answers.") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _read_json(path: Path, parse: Callable[[object], T]) -> T:
    try:
        content = json.loads("".join(_lines(path)))
    except (json.JSONDecodeError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON: {error}.") from error
    try:
        return parse(content)
    except ValueError as error:
        raise CommandError(f"{path} is not what an earlier report wrote: {error}.") from error
