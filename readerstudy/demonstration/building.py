"""The demonstration: an open study with images, a few simulated readers and one free place for the visitor."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from readerstudy.demonstration.simulated_readers import simulate_reader
from readerstudy.radiographs.models import Preset, Source
from readerstudy.results.blinding_audit import audit_blinding
from readerstudy.studies.composition import available_counts, choose_cases, create_study, phantom_origins
from readerstudy.studies.invitations import invite_readers
from readerstudy.studies.lifecycle import open_study
from readerstudy.studies.models import Reader, State, Study

SLUG = "demonstration"
LEAD = "lead"
PER_GRADE = 3  # of each source: 30 cases in all
REPEATS = 3
SIMULATED = 6
PHANTOMS_PER_GRADE = 12
SYNTHETIC_PER_GRADE = 15  # enough that no knee is shown at two grades
# The generators that ship are small. The audit knows their images by texture, and the demonstration does not hide it.
BLINDING_OVERRIDE = "A demonstration: its synthetic images come from a small generator, and nobody studies its readers."


def build_demonstration(*, dataset: Path | None, tell: Callable[[str], object]) -> Study:
    """Build the demonstration study once; a second call returns the one that is there, or ends what was broken off.

    dataset: a folder of real radiographs, as import_radiographs takes; None draws phantoms. tell is called with a
    sentence before each long step. Raises CommandError or ValidationError when the data set cannot be used.
    """
    Study.objects.filter(slug=SLUG, state=State.DRAFT).delete()  # left by a run that was broken off
    study = Study.objects.filter(slug=SLUG).first()
    if study is None:
        name = _fill_bank(dataset=dataset, tell=tell)
        study = _opened_study(name=name, phantoms=dataset is None, tell=tell)
    waiting = study.readers.filter(number__gt=1, consented_at__isnull=True)
    if study.state == State.OPEN and waiting.exists():
        tell("Letting the simulated readers answer …")
        for reader in waiting:
            simulate_reader(reader=reader)
    return study


def _fill_bank(*, dataset: Path | None, tell: Callable[[str], object]) -> str:
    """Bring both kinds of images into the bank; returns what the study of them is called."""
    if dataset is None:
        tell("Drawing phantom radiographs …")
        call_command("draw_phantoms", per_grade=PHANTOMS_PER_GRADE, verbosity=0)
        name, checkpoint = "Demonstration on phantom radiographs", "phantom"
    else:
        tell(f"Importing radiographs from {dataset} …")
        # of the public data set, the knees that no shipped checkpoint was trained on
        split = {"split": "test"} if (dataset / "test").is_dir() else {}
        call_command("import_radiographs", str(dataset), **split)
        name, checkpoint = "Demonstration", "knee"
    tell(f"Generating synthetic ones with the checkpoint “{checkpoint}” …")
    call_command("generate", checkpoint=checkpoint, per_grade=SYNTHETIC_PER_GRADE)
    return name


def _opened_study(*, name: str, phantoms: bool, tell: Callable[[str], object]) -> Study:
    study = create_study(
        slug=SLUG,
        name=name,
        preset=Preset.PUBLISHED,
        by=LEAD,
        grade_repeats=REPEATS,
        detect_repeats=REPEATS,
    )
    choose_cases(study=study, counts=_counts(phantoms=phantoms), by=LEAD)
    simulated = "\n".join(f"Simulated reader {number}" for number in range(1, SIMULATED + 1))
    invite_readers(study=study, pasted=f"You\n{simulated}", by=LEAD)
    tell("Auditing the blinding …")
    audit_blinding(study=study, by=LEAD)
    return open_study(study=study, by=LEAD, blinding_override=BLINDING_OVERRIDE)


def _counts(*, phantoms: bool) -> dict[tuple[str, int, str], int]:
    """PER_GRADE images of each source and grade, of phantoms or of patients, whatever else the bank holds."""
    show_phantoms, wanted = phantom_origins(), dict.fromkeys(product(Source.values, range(5)), PER_GRADE)
    counts = {}
    for (source, grade, origin), held in sorted(available_counts(preset=Preset.PUBLISHED).items()):
        if (origin in show_phantoms) == phantoms:
            counts[source, grade, origin] = min(wanted[source, grade], held)
            wanted[source, grade] -= counts[source, grade, origin]
    if short := sorted(cell for cell, missing in wanted.items() if missing):
        raise ValidationError(
            f"The demonstration needs {PER_GRADE} images of each grade and source; there are fewer "
            f"{', '.join(f'{source} ones of grade {grade}' for source, grade in short)}."
        )
    return counts


def visitor(study: Study) -> Reader:
    """The one reader of the demonstration who is not simulated."""
    return study.readers.get(number=1)


def staff_log_in(*, password: str) -> None:
    """Make the staff user of the demonstration, or give it a new password."""
    user, _ = get_user_model().objects.get_or_create(username=LEAD, defaults={"is_staff": True})
    if not user.is_staff:
        raise CommandError(f"There is a user “{LEAD}” who is not staff; the demonstration does not change it.")
    user.set_password(password)
    user.save()
