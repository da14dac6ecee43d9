"""Stream 2,000 and 100,000 answers, and print the time and the peak memory of each.

Runs on a database of its own in a temporary folder: `python bench/export.py`.
"""

import os
import sys
import tempfile
import time
import tracemalloc
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
folder = tempfile.TemporaryDirectory()
os.environ |= {
    "DATABASE_URL": f"sqlite:///{folder.name}/bench.sqlite3",
    "MEDIA_ROOT": f"{folder.name}/media",
    "DJANGO_SETTINGS_MODULE": "readerstudy.settings",
    "SECRET_KEY": "for this measurement only",
    "DEBUG": "false",
}

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from readerstudy.reading.models import Answer, Presentation
from readerstudy.results.export import stream_answers
from readerstudy.studies.models import Study
from tests.builders import build_study


def measure(study: Study) -> None:
    begun, rows = time.perf_counter(), sum(1 for _ in stream_answers(study)) - 1
    seconds = time.perf_counter() - begun
    tracemalloc.start()
    for _ in stream_answers(study):
        pass
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(f"{rows:>7} rows  {seconds:6.2f} s  peak {peak:6.2f} MB")


def main() -> None:
    call_command("migrate", verbosity=0)
    study = build_study(readers=100)
    case, phase = study.cases.first(), study.phases.get(position=1)
    readers = list(study.readers.all())
    for places in (range(1, 21), range(21, 1001)):
        for reader in readers:
            shown = Presentation.objects.bulk_create(
                Presentation(reader=reader, phase=phase, position=place, case=case, replicate=place) for place in places
            )
            Answer.objects.bulk_create(
                Answer(presentation=one, client_key=uuid.uuid4(), value="2", answered_at=timezone.now())
                for one in shown
            )
        measure(study)


main()
