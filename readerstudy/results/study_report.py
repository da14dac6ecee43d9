"""The report of a study in the database: who may have it made when, where it goes, and how the site keeps one."""

import io
import re
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from readerstudy.analysis.summary import Analysis
from readerstudy.audit.recording import record
from readerstudy.reading.models import Answer
from readerstudy.results.export import stream_answers
from readerstudy.results.flow import Recruitment
from readerstudy.results.report import write_report
from readerstudy.results.staging import replacing_folder
from readerstudy.studies.models import State, Study
from readerstudy.studies.protocol import protocol_digest

PAGE = "report.html"
ARCHIVE = re.compile(r"(interim-)?report(_\w+)?\.zip")  # a storage may add letters to a name that is taken
MADE = (1980, 1, 1, 0, 0, 0)  # the date of every file in the archive, so that equal reports are equal archives


def require_analysable(*, study: Study, interim: bool) -> None:
    """Raise ValidationError, saying why, unless the study may be analysed now."""
    if study.state == State.DRAFT:
        raise ValidationError(f"“{study.name}” is a draft; nobody has read it yet.")
    if study.state == State.OPEN and not interim:
        raise ValidationError(
            f"“{study.name}” is still open, and an analysis would unblind it. Close it first, or ask for an "
            "interim analysis (analyze --interim), which is recorded."
        )
    if protocol_digest(study.protocol or {}) != study.protocol_digest:
        raise ValidationError(f"The protocol of “{study.name}” is not the one that was frozen: its digest differs.")
    if not Answer.objects.filter(presentation__reader__study=study).exists():
        raise ValidationError(f"“{study.name}” has no answers yet.")


def analyse_study(*, study: Study, out: Path, by: str, interim: bool = False) -> Analysis:
    """Write the report of a study into a folder and record that it was made. See `require_analysable`.

    Raises FileExistsError when the folder holds anything but an earlier report, OSError when it cannot be written.
    """
    require_analysable(study=study, interim=interim)
    still_open = study.state == State.OPEN
    consented = study.readers.filter(consented_at__isnull=False).count()
    with replacing_folder(out) as folder:
        analysis = write_report(
            answers=stream_answers(study),
            folder=folder,
            protocol=study.protocol,
            recruitment=Recruitment(study.readers.count(), consented, still_open),
            protocol_checked=True,  # above
        )
        # nobody sees a result that is not on record
        record(actor=by, verb="analyse interim" if still_open else "analyse", study=study.slug)
    return analysis


@dataclass(frozen=True)
class KeptReport:
    """The report that the site keeps of a study: when it was made and where its archive (ZIP) lies in the storage."""

    made_at: datetime
    name: str

    @property
    def is_interim(self) -> bool:
        return "/interim-" in self.name

    def archive(self) -> bytes:
        with default_storage.open(self.name, "rb") as file:
            return bytes(file.read())

    def page(self) -> bytes:
        with zipfile.ZipFile(io.BytesIO(self.archive())) as files:
            return files.read(PAGE)


def keep_report(*, study: Study, by: str, interim: bool = False) -> KeptReport:
    """Make the report of a study and keep it in the place of an earlier one."""
    packed = io.BytesIO()
    with TemporaryDirectory() as place:
        out = Path(place) / study.slug
        analyse_study(study=study, out=out, by=by, interim=interim)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as files:
            for path in sorted(path for path in out.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(out).as_posix(), MADE)
                entry.external_attr = 0o644 << 16  # a file that others may read, where the system knows such a thing
                files.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    earlier = _names(study)
    kind = "interim-report" if study.state == State.OPEN else "report"
    name = default_storage.save(f"{_folder(study)}/{kind}.zip", ContentFile(packed.getvalue()))
    for other in earlier:
        default_storage.delete(other)
    return KeptReport(default_storage.get_modified_time(name), name)


def kept_report(study: Study) -> KeptReport | None:
    """The latest report that the site keeps of the study, if there is one."""
    kept = [KeptReport(default_storage.get_modified_time(name), name) for name in _names(study)]
    return max(kept, key=lambda one: one.made_at, default=None)


def _folder(study: Study) -> str:
    return f"reports/{study.pk}"


def _names(study: Study) -> list[str]:
    if not default_storage.exists(_folder(study)):
        return []
    files = default_storage.listdir(_folder(study))[1]
    return [f"{_folder(study)}/{name}" for name in files if ARCHIVE.fullmatch(name)]
