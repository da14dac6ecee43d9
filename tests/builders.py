"""Small studies for the tests, built through the same functions that the product uses."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from readerstudy.radiographs import bank, canonical
from readerstudy.studies.composition import choose_cases, create_study
from readerstudy.studies.editing import edit_reading
from readerstudy.studies.invitations import invite_readers
from readerstudy.studies.lifecycle import open_study
from readerstudy.studies.models import Study

PRESET = "window"
BY = "study lead"
OVERRIDE = "too few images to audit, read by nobody"


def build_study(
    *,
    real: int = 2,
    synthetic: int = 2,
    readers: int = 1,
    grade_repeats: int = 0,
    detect_repeats: int = 0,
    opened: bool = True,
    slug: str = "",
    language: str = "en",
    contact: str = "",
    practice_cases: int = 0,
    **options: bool | int,
) -> Study:
    """A study of this many images of each source, the grades 0–4 in turn; open unless told otherwise.

    options: how it is read, see `edit_reading`; the display is not checked unless asked for.
    Images of one bank are shared: a second study in the same test takes the same ones.
    """
    counts: dict[tuple[str, int], int] = {}
    for index in range(real):
        add_real_image(index)
        counts["real", index % 5] = counts.get(("real", index % 5), 0) + 1
    for index in range(synthetic):
        add_synthetic_image(index)
        counts["synthetic", index % 5] = counts.get(("synthetic", index % 5), 0) + 1
    study = create_study(
        slug=slug or f"study-{Study.objects.count() + 1}",
        name="A small study",
        preset=PRESET,
        by=BY,
        seed=20221,
        grade_repeats=grade_repeats,
        detect_repeats=detect_repeats,
    )
    choose_cases(study=study, counts=counts, by=BY)
    pasted = "\n".join(f"Reader {number}, reader{number}@example.org" for number in range(1, readers + 1))
    if readers:
        invite_readers(study=study, pasted=pasted, by=BY, language=language)
    edit_reading(
        study=study, options={"checks_display": False} | options, contact=contact, practice_cases=practice_cases, by=BY
    )
    return open_study(study=study, by=BY, blinding_override=OVERRIDE) if opened else study


def add_real_image(index: int) -> None:
    """Put the real image with this number (grade: the number modulo 5) into the bank."""
    pixels = canonical.canonical_form(knee_like(seed=index), preset=PRESET, inverted=False)
    bank.add_real(
        pixels=pixels,
        preset=PRESET,
        grade=index % 5,
        source_digest=hashlib.sha256(f"file {index}".encode()).hexdigest(),
        dataset="built for a test",
        original_name=f"{index}.png",
    )


def add_synthetic_image(index: int) -> None:
    """Put the synthetic image with this number (grade: the number modulo 5) into the bank."""
    bank.add_synthetic(
        pixels=knee_like(seed=1_000_000 + index),
        preset=PRESET,
        grade=index % 5,
        checkpoint_digest=hashlib.sha256(b"a checkpoint").hexdigest(),
        seed=index,
        truncation=1.0,
    )


def knee_like(*, seed: int) -> NDArray[np.uint8]:
    """Two bright blocks with a dark gap between them and some noise, uint8 [224, 224]: a knee, roughly."""
    rng = np.random.default_rng(seed)
    row = np.arange(224)[:, None]
    column = np.arange(224)[None, :]
    middle, width = 112 + rng.uniform(-8, 8), rng.uniform(55, 75)
    bone = (np.abs(column - 112) < width) & (np.abs(row - middle) > rng.uniform(3, 9))
    grey = 40 + 140 * bone + rng.normal(0, 8, (224, 224))
    return np.clip(grey, 0, 255).astype(np.uint8)
