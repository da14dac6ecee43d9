"""Let so many new readers consent and begin the first phase, and print their tokens as JSON.

Runs with the environment of the site under load; opens a study of 30 real and 30 synthetic images where none is.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ["DJANGO_SETTINGS_MODULE"] = "readerstudy.settings"

import django

django.setup()

from django.db import transaction

from bench.load.sites import CASES
from readerstudy.reading.consent import give_consent
from readerstudy.reading.sitting import enter_phase
from readerstudy.studies.invitations import invite_readers
from readerstudy.studies.models import Study
from tests.builders import BY, build_study


@transaction.atomic
def begin(count: int) -> list[str]:
    study = Study.objects.first() or build_study(real=CASES // 2, synthetic=CASES // 2)
    known = study.readers.count()
    invited = invite_readers(
        study=study, pasted="\n".join(f"Reader no. {known + n}" for n in range(1, count + 1)), by=BY
    )
    phase = study.phases.get(position=1)
    for reader in invited:
        enter_phase(reader=give_consent(reader=reader, specialty="simulated", years_experience=1), phase=phase)
    return [reader.token for reader in invited]


print(json.dumps(begin(int(sys.argv[1]))))
