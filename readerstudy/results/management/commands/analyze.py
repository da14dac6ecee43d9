"""manage.py analyze: the report of a study, from the database or from an export alone."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from readerstudy.analysis.readings import UnusableAnswers
from readerstudy.analysis.summary import Analysis
from readerstudy.commands import PlainCommand
from readerstudy.results.flow import Recruitment
from readerstudy.results.protocol_check import is_of_checked_report, require_digest
from readerstudy.results.report import write_report
from readerstudy.results.staging import replacing_folder
from readerstudy.results.study_report import analyse_study
from readerstudy.studies.commands import study_named
from readerstudy.studies.protocol import require_protocol

T = TypeVar("T")


class Command(PlainCommand):
    help = "Analyse a study into a folder: report, results, tables, figures, the answers and the protocol."
    requires_system_checks: list[str] = []  # --csv works without a database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("study", nargs="?", help="the study’s short name")
        parser.add_argument("--csv", type=Path, help="an exported table of answers, instead of a study")
        parser.add_argument("--protocol", type=Path, help="with --csv: protocol.json of an earlier report")
        parser.add_argument("--protocol-digest", help="with --protocol: the digest it was frozen under")
        parser.add_argument("--recruitment", type=Path, help="with --csv: recruitment.json of an earlier report")
        parser.add_argument("--out", type=Path, required=True, help="the folder; an earlier report is replaced")
        parser.add_argument("--interim", action="store_true", help="a study that is still open; is recorded")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["study"]) == bool(options["csv"]):
            raise CommandError("Name a study, or a table of answers with --csv.")
        if options["study"] and (options["protocol"] or options["recruitment"]):
            raise CommandError("A study has its own protocol and recruitment; give files only with --csv.")
        if options["csv"] and options["interim"]:
            raise CommandError("--interim is of a study; of an export, --recruitment says whether the study was open.")
        if options["protocol_digest"] and not options["protocol"]:
            raise CommandError("--protocol-digest is of a file; give it with --protocol.")
        if options["csv"]:
            self._analyse_export(options)
        else:
            self._analyse_study(options["study"], options)

    def _analyse_export(self, options: dict[str, Any]) -> None:
        protocol = options["protocol"] and _read_json(options["protocol"], require_protocol)
        recruitment = options["recruitment"] and _read_json(options["recruitment"], Recruitment.from_json)

        checked = protocol is not None and _is_frozen(protocol, options["protocol"], options["protocol_digest"])

        def write(out: Path) -> Analysis:
            with replacing_folder(out) as folder:
                return write_report(
                    answers=_lines(options["csv"]),
                    folder=folder,
                    protocol=protocol,
                    recruitment=recruitment,
                    protocol_checked=checked,
                )

        self._tell(write, options["out"])

    def _analyse_study(self, slug: str, options: dict[str, Any]) -> None:
        study = study_named(slug)
        self._tell(
            lambda out: analyse_study(study=study, out=out, by="manage.py analyze", interim=options["interim"]),
            options["out"],
        )

    def _tell(self, write: Callable[[Path], Analysis], out: Path) -> None:
        try:
            analysis = write(out)
        except FileExistsError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or out} cannot be written or read: {error.strerror}.") from error
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except (UnusableAnswers, ValueError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{analysis.answers} answers of {len(analysis.readers)} readers analysed: {out / 'report.html'}"
        )


def _lines(path: Path) -> Iterator[str]:
    """The lines of a text file as they are. Raises CommandError when it is none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from file
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not a text in UTF-8, so it is no exported table of answers.") from error
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error


def _is_frozen(protocol: dict[str, Any], path: Path, digest: str | None) -> bool:
    """Whether the protocol of this file is known to be the frozen one. CommandError where its digest is another."""
    if digest is None:
        return is_of_checked_report(protocol, path)
    try:
        require_digest(protocol, digest)
    except ValueError as error:
        raise CommandError(f"{path} is not known to be the protocol that was frozen: {error}.") from error
    return True


def _read_json(path: Path, parse: Callable[[object], T]) -> T:
    try:
        content = json.loads("".join(_lines(path)))
    except (json.JSONDecodeError, RecursionError) as error:
        raise CommandError(f"{path} is not JSON: {error}.") from error
    try:
        return parse(content)
    except ValueError as error:
        raise CommandError(f"{path} is not what an earlier report wrote: {error}.") from error
