"""Readers and cases that a program draws: models of ratings, of real-or-synthetic answers and of KL grades.

Every function takes a NumPy Generator, so a seed repeats it. Effects belong to readers, to cases, and to a reader
on a case (they stay when the case is read again); what is new at each reading is the error, of standard deviation 1
where nothing else is said.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

# |evidence| in standard deviations at which confidence goes up: a reader who guesses uses all five equally often
CONFIDENCE_STEPS = stats.norm.ppf([0.6, 0.7, 0.8, 0.9])
GRADE_THRESHOLDS = (0.5, 1.5, 2.5, 3.5)


@dataclass(frozen=True)
class DetectionTrait:
    """How readers and images differ in real or synthetic; standard deviations in units of one reading's own error.

    reader: of the readers' discernment; case: of how easily an image gives itself away; interaction: of a reader
    with an image; leaning: of the readers' inclination to say “synthetic”, which trades sensitivity for specificity.
    """

    reader: float
    case: float
    interaction: float = 0.0
    leaning: float = 0.0

    @property
    def spread(self) -> float:
        """Standard deviation of the evidence of one reading, over readers, cases and readings."""
        return math.sqrt(1 + self.reader**2 + self.case**2 + self.interaction**2 + self.leaning**2)


@dataclass(frozen=True)
class GradingTrait:
    """How readers grade; standard deviations in KL grades.

    reader: of the readers' severity; case: of how far an image looks from its reference grade; interaction: of a
    reader with an image; error: of one reading.
    """

    reader: float
    case: float
    interaction: float
    error: float

    @property
    def spread(self) -> float:
        """Standard deviation of the impressions around the reference, over readers, cases and readings."""
        return math.hypot(self.reader, self.case, self.interaction, self.error)

    def shares(self, reference: int) -> Floats:
        """The expected share of each grade 0–4 [5], over readers, cases and readings, for cases of this reference."""
        edges = np.array([-np.inf, *GRADE_THRESHOLDS, np.inf])
        return np.diff(stats.norm.cdf((edges - reference) / self.spread))


@dataclass(frozen=True)
class RoeMetz:
    """The model of Roe & Metz (1997, Academic Radiology 4:298–303) for one modality: variances within a truth.

    separation: mean rating of positive cases less that of negative ones. reader, case, interaction and error:
    variances of effects that are drawn for positive and negative cases apart.
    """

    separation: float
    reader: float
    case: float
    interaction: float
    error: float

    @property
    def difference(self) -> float:
        """Variance of the difference of a positive and a negative rating by one reader, over readers and cases."""
        return 2 * (self.reader + self.case + self.interaction + self.error)

    @property
    def auc(self) -> float:
        """The expected area under the ROC curve: Φ(separation / √difference)."""
        return float(stats.norm.cdf(self.separation / math.sqrt(self.difference)))


def lasting_evidence(
    reader_rng: Generator,
    case_rng: Generator,
    *,
    trait: DetectionTrait,
    accuracy: float,
    synthetic: ArrayLike,
    readers: int,
    studies: int = 1,
) -> Floats:
    """What stays of the evidence for “synthetic” from reading to reading: [studies, readers, cases].

    accuracy: the true share of correct answers, of all readers on all cases; synthetic [cases]: the truth. Add a
    standard normal error for each reading; above zero the reader says “synthetic”:

        y = s·(μ + reader + case + interaction + error) + leaning,  s = 1 synthetic, −1 real,  μ = Φ⁻¹(accuracy)·spread

    Readers drawn apart from the same case_rng read the same cases.
    """
    sign = np.where(np.asarray(synthetic, dtype=bool), 1.0, -1.0)
    case = trait.case * case_rng.standard_normal((studies, 1, sign.size))
    reader = trait.reader * reader_rng.standard_normal((studies, readers, 1))
    leaning = trait.leaning * reader_rng.standard_normal((studies, readers, 1))
    together = float(stats.norm.ppf(accuracy)) * trait.spread + reader + case
    if trait.interaction:
        together = together + trait.interaction * reader_rng.standard_normal(together.shape)
    return sign * together + leaning


def answers_of(evidence: ArrayLike, *, spread: float) -> tuple[NDArray[np.bool_], Whole]:
    """What a reader says: whether “synthetic”, and how sure, 1–5, both shaped as the evidence.

    spread: `DetectionTrait.spread`. At an accuracy of one half the five confidences are equally frequent.
    """
    evidence = np.asarray(evidence, dtype=float)
    return evidence > 0, 1 + np.searchsorted(CONFIDENCE_STEPS, np.abs(evidence) / spread)


def lasting_impression(
    reader_rng: Generator,
    case_rng: Generator,
    *,
    trait: GradingTrait,
    reference: ArrayLike,
    readers: int,
    studies: int = 1,
) -> Floats:
    """Where on the KL scale a case stands for a reader, lasting from reading to reading: [studies, readers, cases].

    reference [cases]: 0–4. Add a normal error of `trait.error` grades for each reading; `grades_of` cuts the sum.
    """
    cases = np.size(reference)
    middle = np.asarray(reference, dtype=float) + trait.case * case_rng.standard_normal((studies, 1, cases))
    shifts = trait.reader * reader_rng.standard_normal((studies, readers, 1))
    return middle + shifts + trait.interaction * reader_rng.standard_normal((studies, readers, cases))


def grades_of(impression: ArrayLike) -> tuple[Whole, Whole]:
    """KL grade 0–4 and confidence 1–5 of impressions, by the cumulative model: a grade ends where a threshold stands.

    The further from the nearest threshold, the surer; half a grade away is as sure as one can be between two.
    """
    impression = np.asarray(impression, dtype=float)
    away = np.abs(impression[..., None] - np.array(GRADE_THRESHOLDS)).min(-1)
    return np.searchsorted(GRADE_THRESHOLDS, impression), 1 + np.minimum((10 * away).astype(int), 4)


def rate_cases(
    rng: Generator, *, model: RoeMetz, readers: int, negative: int, positive: int, studies: int = 1
) -> tuple[Floats, Floats]:
    """Ratings of the negative [studies, readers, negative] and the positive cases [studies, readers, positive]."""
    both = []
    for mean, cases in ((0.0, negative), (model.separation, positive)):
        reader = math.sqrt(model.reader) * rng.standard_normal((studies, readers, 1))
        case = math.sqrt(model.case) * rng.standard_normal((studies, 1, cases))
        # read once, interaction and error are one scatter
        rest = math.sqrt(model.interaction + model.error) * rng.standard_normal((studies, readers, cases))
        both.append(mean + reader + case + rest)
    return both[0], both[1]
