"""What to learn from, read out of the image bank."""

import numpy as np
from tqdm import tqdm

from generator.training_data import TrainingData
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.models import Radiograph, Source

FEWEST = 32


def read_bank(*, preset: str, split: str | None, dataset: str | None) -> TrainingData:
    """The bank's real radiographs (or phantoms) of one preset. Raises ValueError on too few, and on both kinds."""
    radiographs = Radiograph.objects.filter(preset=preset, provenance__source=Source.REAL)
    if split:
        radiographs = radiographs.filter(provenance__split=split)
    if dataset:
        radiographs = radiographs.filter(provenance__dataset=dataset)
    rows = list(radiographs.select_related("provenance").order_by("digest"))
    if len(rows) < FEWEST:
        raise ValueError(
            f"The bank holds {len(rows)} such real radiographs in the preset “{preset}”; {FEWEST} are the least. "
            "Import some with import_radiographs, or draw phantoms with draw_phantoms."
        )
    kinds = {row.provenance.is_phantom for row in rows}
    if len(kinds) == 2:
        raise ValueError("The bank holds real radiographs and phantoms; name one data set with --dataset.")
    names = sorted({f"{row.provenance.dataset} {row.provenance.split}".strip() for row in rows})
    licences = sorted({row.provenance.licence for row in rows} - {""})
    return TrainingData(
        images=np.stack([pixels_of(row) for row in tqdm(rows, desc="reading", unit=" images", disable=None)]),
        grades=np.array([row.provenance.grade for row in rows]),
        digests=[row.digest for row in rows],
        preset=preset,
        name=", ".join(names),
        licence=", ".join(licences),
        is_phantom=kinds.pop(),
    )
