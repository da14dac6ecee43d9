"""Adding images to the bank, the one way in for both kinds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from numpy.typing import NDArray

from readerstudy.radiographs import canonical
from readerstudy.radiographs.models import Provenance, Radiograph, Source, image_path
from readerstudy.radiographs.quality import Quality, assess_quality


@dataclass(frozen=True)
class Added:
    """radiograph: the row in the bank. is_new: False when the bank already held it. quality: of the pixels."""

    radiograph: Radiograph
    is_new: bool
    quality: Quality


def add_real(
    *,
    pixels: NDArray[np.uint8],
    preset: str,
    grade: int,
    source_digest: str,
    dataset: str,
    original_name: str,
    split: str = "",
    licence: str = "",
    side: str = "",
    was_inverted: bool = False,
    is_phantom: bool = False,
) -> Added:
    """Store a canonical real radiograph (uint8 [224, 224]) with where it came from.

    Raises django.core.exceptions.ValidationError when a value does not fit, and nothing is stored then.
    """
    return _add(
        pixels=pixels,
        preset=preset,
        source=Source.REAL,
        grade=grade,
        source_digest=source_digest,
        dataset=dataset,
        original_name=original_name,
        split=split,
        licence=licence,
        side=side,
        was_inverted=was_inverted,
        is_phantom=is_phantom,
    )


def add_synthetic(
    *,
    pixels: NDArray[np.uint8],
    preset: str,
    grade: int,
    checkpoint_digest: str,
    seed: int,
    truncation: float,
    checkpoint: str = "",
    is_phantom: bool = False,
) -> Added:
    """Put a generated image (uint8 [height, width]) into canonical form and store it with the recipe that made it.

    The same recipe twice is one image. Polarity is known, so it is not guessed; the side is the preset's own.
    """
    recipe = Provenance.objects.filter(
        checkpoint_digest=checkpoint_digest, seed=seed, grade=grade, truncation=truncation
    )
    for known in recipe.select_related("radiograph"):
        return Added(known.radiograph, False, Quality(known.sharpness, known.blurred, known.near_empty))
    return _add(
        pixels=canonical.canonical_form(pixels, preset=preset, inverted=False),
        preset=preset,
        source=Source.SYNTHETIC,
        grade=grade,
        checkpoint=checkpoint,
        checkpoint_digest=checkpoint_digest,
        seed=seed,
        truncation=truncation,
        is_phantom=is_phantom,
    )


def _add(*, pixels: NDArray[np.uint8], preset: str, **provenance: Any) -> Added:
    digest = canonical.digest(pixels)
    quality = assess_quality(pixels, preset=preset)
    held = Radiograph.objects.filter(digest=digest, preset=preset)
    for known in held:
        return Added(known, False, quality)
    try:
        return Added(_stored_row(pixels, digest, preset, quality, provenance), True, quality)
    except IntegrityError:
        for known in held.all():  # somebody else brought it in at the same moment
            return Added(known, False, quality)
        raise


def _stored_row(
    pixels: NDArray[np.uint8], digest: str, preset: str, quality: Quality, provenance: dict[str, Any]
) -> Radiograph:
    with transaction.atomic():
        radiograph = Radiograph(digest=digest, preset=preset)
        radiograph.image.name = _stored(radiograph, canonical.encode(pixels))
        # The database holds uniqueness and the other constraints; asking it first would double the time of an import.
        radiograph.full_clean(validate_unique=False, validate_constraints=False)
        radiograph.save()
        record = Provenance(
            radiograph=radiograph,
            sharpness=quality.sharpness,
            blurred=quality.blurred,
            near_empty=quality.near_empty,
            **provenance,
        )
        record.full_clean(exclude=["radiograph"], validate_unique=False, validate_constraints=False)
        record.save()
    return radiograph


def _stored(radiograph: Radiograph, encoded: bytes) -> str:
    """Write the file, unless an earlier attempt left the very same one: its name is the digest of its pixels.

    What a crash left half-written under that name is written anew.
    """
    name = image_path(radiograph, "")
    storage = radiograph.image.storage
    if storage.exists(name):
        with storage.open(name) as file:
            if file.read() == encoded:
                return name
        storage.delete(name)
    return storage.save(name, ContentFile(encoded))


def pixels_of(radiograph: Radiograph) -> NDArray[np.uint8]:
    """Read the canonical pixels, uint8 [224, 224], of one radiograph."""
    with radiograph.image.open("rb") as file:
        return canonical.decode(file.read())
