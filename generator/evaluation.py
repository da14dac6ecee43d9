"""How a generator's images compare with real ones: every figure beside its floor.

The floor is the same figure with other patients' real images in the place of the synthetic ones: what a perfect
generator would reach with so few images. No subject is on both sides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from generator.distances import frechet_distance, kernel_distance, neighbourhood
from generator.features import Floats
from generator.judging import detector_auc, judge
from generator.networks import GRADES

SPLITS = 5  # ways to deal the subjects onto the two sides
FEWEST = 10  # images on a side
MEASURES = (
    "frechet",
    "kernel",
    "precision",
    "recall",
    "density",
    "coverage",
    "detector_auc",
    "accuracy",
    "within_one",
    "kappa",
)
Column = TypeVar("Column", bound=np.generic)


@dataclass(frozen=True)
class Images:
    """features [n, D]; grades [n], 0–4; groups [n]: the subject of a real image, a name of its own of a synthetic one;
    judged [n]: the grades a grader gave, or None without one.
    """

    features: Floats
    grades: NDArray[np.intp]
    groups: NDArray[np.str_]
    judged: NDArray[np.intp] | None = None

    def at(self, index: NDArray[np.intp]) -> "Images":
        judged = None if self.judged is None else self.judged[index]
        return Images(self.features[index], self.grades[index], self.groups[index], judged)


@dataclass(frozen=True)
class Measured:
    """value: of the synthetic images, floor: of real ones in their place; means, and sds, over the ways of dealing.

    value is None where it cannot be estimated, and reason says why.
    """

    measure: str
    value: float | None
    value_sd: float | None = None
    floor: float | None = None
    floor_sd: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Row:
    """grade: 0–4, or None for all together, in the same numbers of each grade. n: images on each side."""

    grade: int | None
    n: int
    measured: list[Measured]

    def __getitem__(self, measure: str) -> Measured:
        return next(one for one in self.measured if one.measure == measure)


def evaluate(real: Images, synthetic: Images, *, splits: int = SPLITS, seed: int = 0) -> list[Row]:
    """Compare synthetic images with real ones, for each grade and for all.

    The subjects of the real images are dealt onto two sides, `splits` times; of each grade as many images are taken as
    the smaller side holds, and no more than there are synthetic ones. Raises ValueError where no grade has enough.
    """
    dealt = [deal_subjects(real, seed=seed + index) for index in range(splits)]
    sizes = [
        min(
            int((synthetic.grades == grade).sum()),
            *(int((real.grades[side == half] == grade).sum()) for side in dealt for half in (0, 1)),
        )
        for grade in range(GRADES)
    ]
    if max(sizes) < FEWEST:
        told = ", ".join(f"{size} of grade {grade}" for grade, size in enumerate(sizes))
        raise ValueError(
            f"There are too few images to compare: on each side {told}; {FEWEST} of one grade are the least. Import "
            "more real radiographs, or ask for more synthetic ones by --per-grade."
        )
    drawn = first_of_each(synthetic.grades, sizes)
    found: dict[int | None, list[tuple[dict[str, float | None], dict[str, float | None]]]] = {}
    for index, side in enumerate(dealt):
        random = np.random.default_rng([seed, index])
        order = random.permutation(len(side))
        reference, others = (
            real.at(order[side[order] == half][first_of_each(real.grades[order[side[order] == half]], sizes)])
            for half in (0, 1)
        )
        for grade in (*range(GRADES), None):
            if grade is not None and sizes[grade] < FEWEST:
                continue
            a, b, s = (of_grade(one, grade) for one in (reference, others, synthetic.at(drawn)))
            found.setdefault(grade, []).append((compare(a, s, seed=seed), compare(a, b, seed=seed)))
    return [
        row_of(grade, sum(sizes) if grade is None else sizes[grade], found.get(grade, []))
        for grade in (*range(GRADES), None)
    ]


def deal_subjects(real: Images, *, seed: int) -> NDArray[np.intp]:
    """0 or 1 for each image: the side of its subject, so that each side holds half of each grade, nearly.

    Subjects come in a random order, those with the rarest grades first, each to the side that lacks its grades more.
    """
    subjects, of_image = np.unique(real.groups, return_inverse=True)
    held = np.zeros((len(subjects), GRADES))
    np.add.at(held, (of_image, real.grades), 1)
    weight = 1 / np.maximum(held.sum(0), 1)
    shuffled = np.random.default_rng(seed).permutation(len(subjects))
    order = shuffled[np.argsort(-(np.minimum(held, 1) * weight).max(1)[shuffled], kind="stable")]
    side = np.empty(len(subjects), dtype=np.intp)
    lead = np.zeros(GRADES)  # images of each grade by which side 0 is ahead
    for place, subject in enumerate(order):
        ahead = float(held[subject] @ (lead * weight))
        side[subject] = place % 2 if ahead == 0 else int(ahead > 0)
        lead += held[subject] * (1 if side[subject] == 0 else -1)
    return side[of_image]


def first_of_each(grades: NDArray[np.intp], sizes: Sequence[int]) -> NDArray[np.intp]:
    """Where the first sizes[g] images of each grade g are."""
    return np.concatenate([np.flatnonzero(grades == grade)[:size] for grade, size in enumerate(sizes)])


def of_grade(images: Images, grade: int | None) -> Images:
    return images if grade is None else images.at(np.flatnonzero(images.grades == grade))


def compare(reference: Images, other: Images, *, seed: int) -> dict[str, float | None]:
    """Every measure of how `other` compares with the reference; judged ones are of `other` alone."""
    around = neighbourhood(reference.features, other.features)
    values: dict[str, float | None] = {
        "frechet": frechet_distance(reference.features, other.features),
        "kernel": kernel_distance(reference.features, other.features, seed=seed).value,
        "precision": around.precision,
        "recall": around.recall,
        "density": around.density,
        "coverage": around.coverage,
        "detector_auc": detector_auc(
            np.concatenate([reference.features, other.features]),
            np.arange(len(reference.grades) + len(other.grades)) >= len(reference.grades),
            np.concatenate([reference.groups, other.groups]),
            seed=seed,
        ),
    }
    if other.judged is not None:
        judged = judge(other.grades, other.judged)
        values |= {"accuracy": judged.accuracy, "within_one": judged.within_one, "kappa": judged.kappa}
    return values


def row_of(grade: int | None, n: int, pairs: Sequence[tuple[dict[str, float | None], dict[str, float | None]]]) -> Row:
    """Summarise the comparisons (synthetic, floor) of all ways of dealing."""
    measured = []
    for measure in MEASURES:
        if not pairs:
            measured.append(Measured(measure, None, reason=f"fewer than {FEWEST} images on a side"))
        elif measure not in pairs[0][0]:
            measured.append(Measured(measure, None, reason="no grader was given"))
        elif measure == "kappa" and grade is not None:
            measured.append(Measured(measure, None, reason="one grade alone has no κ"))
        else:
            sides = [[one[side][measure] for one in pairs] for side in (0, 1)]
            if any(value is None for side in sides for value in side):
                measured.append(Measured(measure, None, reason="it cannot be estimated from these images"))
            else:
                (value, value_sd), (floor, floor_sd) = [(float(np.mean(s)), float(np.std(s))) for s in sides]  # type: ignore[arg-type]
                measured.append(Measured(measure, value, value_sd, floor, floor_sd))
    return Row(grade, n, measured)
