"""What to learn from, read out of the image bank."""

from collections.abc import Sequence

import numpy as np
from tqdm import tqdm

from generator.training_data import TrainingData, digest_of_data
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.models import Radiograph, Source

FEWEST = 32


def real_radiographs(
    *,
    preset: str,
    splits: Sequence[str] = (),
    dataset: str | None = None,
    only_sharp: bool = False,
    is_phantom: bool | None = None,
) -> list[Radiograph]:
    """The bank's real radiographs (or phantoms) of one preset, with their provenance, in the order of their digests.

    splits: only these, none means all. only_sharp: without those flagged as blurred. is_phantom: only phantoms, or
    none; None takes what there is. Raises ValueError where real radiographs and phantoms would be mixed.
    """
    radiographs = Radiograph.objects.filter(preset=preset, provenance__source=Source.REAL)
    if splits:
        radiographs = radiographs.filter(provenance__split__in=splits)
    if dataset:
        radiographs = radiographs.filter(provenance__dataset=dataset)
    if only_sharp:
        radiographs = radiographs.filter(provenance__blurred=False)
    if is_phantom is not None:
        radiographs = radiographs.filter(provenance__is_phantom=is_phantom)
    rows = list(radiographs.select_related("provenance").order_by("digest"))
    if len({row.provenance.is_phantom for row in rows}) == 2:
        raise ValueError("The bank holds real radiographs and phantoms; name one data set with --dataset.")
    return rows


def origins_learnt(rows: Sequence[Radiograph], *, data: str, data_digest: str) -> set[str]:
    """The data sets and splits on a card, as far as these rows come from them, by whatever name they were imported.

    data, data_digest: of the card. A set of the same radiographs with the same grades is the same under another name.
    """
    named = set(data.split(", "))
    by_origin: dict[str, list[Radiograph]] = {}
    for row in rows:
        by_origin.setdefault(row.provenance.origin, []).append(row)
    return {
        origin
        for origin, members in by_origin.items()
        if origin in named
        or digest_of_data([row.digest for row in members], np.array([row.provenance.grade for row in members]))
        == data_digest
    }


def read_bank(*, preset: str, split: str | None, dataset: str | None, only_sharp: bool = False) -> TrainingData:
    """Real radiographs (or phantoms) of one preset to train on. Raises ValueError on too few, and on both kinds."""
    rows = real_radiographs(preset=preset, splits=[split] if split else [], dataset=dataset, only_sharp=only_sharp)
    if len(rows) < FEWEST:
        raise ValueError(
            f"The bank holds {len(rows)} such real radiographs in the preset “{preset}”; {FEWEST} are the least. "
            "Import some with import_radiographs, or draw phantoms with draw_phantoms."
        )
    return training_data(rows)


def training_data(rows: Sequence[Radiograph]) -> TrainingData:
    """The pixels of rows of one preset and kind, with what a card says of them."""
    licences = sorted({row.provenance.licence for row in rows} - {""})
    return TrainingData(
        images=np.stack([pixels_of(row) for row in tqdm(rows, desc="reading", unit=" images", disable=None)]),
        grades=np.array([row.provenance.grade for row in rows]),
        digests=[row.digest for row in rows],
        preset=rows[0].preset,
        name=", ".join(sorted({row.provenance.origin for row in rows})),
        licence=", ".join(licences),
        is_phantom=rows[0].provenance.is_phantom,
    )
