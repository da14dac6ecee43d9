"""Evaluating a checkpoint against the bank: which real radiographs, which synthetic ones, their features."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from generator.bank_data import origins_learnt, real_radiographs
from generator.bank_features import RealImages
from generator.checkpoints import Card, Checkpoint
from generator.classifier import Grader, GraderCard
from generator.evaluation import Images, evaluate
from generator.evaluation_report import COLUMNS, Evaluated, write_sheet
from generator.feature_cache import cached_features
from generator.features import Extractor
from generator.networks import GRADES
from generator.sampling import synthesise
from readerstudy.radiographs.bank import pixels_of
from readerstudy.radiographs.canonical import canonical_form, digest


@dataclass(frozen=True)
class Request:
    """What was asked for; split: empty means every real radiograph that checkpoint and grader did not learn from."""

    out: Path
    per_grade: int
    truncation: float
    first_seed: int
    split: list[str]
    dataset: str | None
    cache: Path
    extractor: Extractor
    grader: Grader | None


def evaluate_checkpoint(checkpoint: Checkpoint, request: Request) -> Evaluated:
    """Draw, look, compare; writes the sheet. Raises ValueError where the bank is too short for it."""
    card = checkpoint.card
    chosen, notes = held_out(checkpoint, request)
    grades = np.repeat(np.arange(GRADES), request.per_grade)
    drawn = draw_canonical(checkpoint, grades, first_seed=request.first_seed, truncation=request.truncation)
    groups = np.array([f"synthetic {index}" for index in range(len(drawn))])
    digests = [digest(image) for image in drawn]

    def looked_at(extractor: Extractor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        synthetic = cached_features(extractor, digests, lambda index: drawn[index], cache=request.cache)
        return chosen.features(extractor, cache=request.cache), synthetic

    real_features, synthetic_features = looked_at(request.extractor)
    real_judged = synthetic_judged = None
    if request.grader:
        same = request.grader.extractor.key == request.extractor.key
        seen = (real_features, synthetic_features) if same else looked_at(request.grader.extractor)
        real_judged, synthetic_judged = (request.grader.grades(features) for features in seen)
    rows = evaluate(
        Images(real_features, chosen.grades, chosen.subjects, real_judged),
        Images(synthetic_features, grades, groups, synthetic_judged),
    )
    label = f"{card.name}-{card.digest[:8]}"
    shown = np.concatenate([np.flatnonzero(chosen.grades == grade)[:COLUMNS] for grade in range(GRADES)])
    write_sheet(
        request.out / f"sheet-{label}.png",
        real=np.stack([pixels_of(chosen.rows[index]) for index in shown]),
        real_grades=chosen.grades[shown],
        synthetic=drawn,
        synthetic_grades=grades,
    )
    return Evaluated(
        checkpoint=card.name,
        digest=card.digest,
        preset=card.preset,
        real=f"{len(chosen.rows)} of {', '.join(chosen.origins)}",
        truncation=request.truncation,
        distance_name=request.extractor.distance_name,
        grader=request.grader.card.digest if request.grader else "",
        notes=notes,
        rows=rows,
    )


def held_out(checkpoint: Checkpoint, request: Request) -> tuple[RealImages, list[str]]:
    """The real radiographs (or phantoms) to compare with, and what must be said about them.

    Where nothing was asked for, those that neither the checkpoint nor the grader learnt from; if there are none, all.
    """
    card, grader = checkpoint.card, request.grader
    if grader and (grader.card.preset, grader.card.is_phantom) != (card.preset, card.is_phantom):
        raise ValueError(
            f"The grader “{grader.card.name}” was not trained on the kind of radiographs that “{card.name}” draws: "
            f"preset “{grader.card.preset}”, not “{card.preset}”, or phantoms, not radiographs."
        )
    rows = real_radiographs(
        preset=card.preset, splits=request.split, dataset=request.dataset, is_phantom=card.is_phantom
    )
    if not rows:
        raise ValueError(
            f"The bank holds no such {'phantoms' if card.is_phantom else 'real radiographs'} in the preset "
            f"“{card.preset}” to compare “{card.name}” with; import some with import_radiographs."
        )
    cards: dict[str, Card | GraderCard] = {"generator": card} | ({"grader": grader.card} if grader else {})
    learnt = {who: origins_learnt(rows, data=one.data, data_digest=one.data_digest) for who, one in cards.items()}
    if not request.split:
        unseen = [row for row in rows if not any(row.provenance.origin in names for names in learnt.values())]
        rows = unseen or rows
    origins = {row.provenance.origin for row in rows}
    notes = [
        f"Note: the {who} learnt from {', '.join(sorted(names & origins))}, which it is compared with here."
        for who, names in learnt.items()
        if names & origins
    ]
    return RealImages(rows), notes


def draw_canonical(
    checkpoint: Checkpoint, grades: NDArray[np.intp], *, first_seed: int = 0, truncation: float = 1.0
) -> NDArray[np.uint8]:
    """Synthetic images in canonical form, uint8 [N, 224, 224]; seeds count from first_seed.

    No seed comes twice, as no subject does among real images: one knee at five grades would look like too little
    variety, and a detector could know it again.
    """
    images = []
    for index, grade in enumerate(tqdm(grades, desc=checkpoint.card.name, unit=" images", disable=None)):
        seed = first_seed + index
        pixels = synthesise(checkpoint.generator, seeds=[seed], grades=[float(grade)], truncation=truncation)[0]
        images.append(canonical_form(pixels, preset=checkpoint.card.preset, inverted=False))
    return np.stack(images)
