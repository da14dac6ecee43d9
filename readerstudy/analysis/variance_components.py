"""Where the scatter of a pooled figure comes from: readers, cases, and the two together.

`Components` describes an accuracy, `simulation.RoeMetz` an AUC. For a design of so many cases each gives what the
Obuchowski–Rockette analysis of one modality rests on: the expected variance of the readers' figures, MS(R), and the
covariance Cov₂ of two readers' figures on the same cases.
"""

import itertools
import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from readerstudy.analysis.simulation import DetectionTrait, RoeMetz
from readerstudy.analysis.u_statistics import correct_scores, moments_of, parts_of


@dataclass(frozen=True)
class Components:
    """Variance components of one answer, 1 if correct and 0 if not, around a true accuracy.

    reader: variance of the readers' true accuracies. case: variance of the cases' true shares of correct answers.
    interaction: what is left. Of R readers on N cases, the mean has the variance reader/R + case/N + interaction/(RN)
    (Gallas, Pennello & Myers 2007, doi 10.1364/JOSAA.24.000B70). negative: the components whose estimate was
    negative and was set to 0.
    """

    accuracy: float
    reader: float
    case: float
    interaction: float
    negative: tuple[str, ...] = ()

    def expected(self, cases: int) -> tuple[float, float]:
        """MS(R) = reader + interaction/N and Cov₂ = case/N for N cases."""
        return self.reader + self.interaction / cases, self.case / cases

    def correlations(self) -> tuple[float, float]:
        """Correlation of the evidence behind two answers of one reader, and behind two answers to one case.

        The answers are taken as normal evidence cut at one point, as in a tetrachoric correlation. Raises ValueError
        where no evidence can explain the components.
        """
        reader, case = (_correlation_behind(part, self.accuracy) for part in (self.reader, self.case))
        if reader + case >= 1:
            raise ValueError("Readers and cases together explain more than all of the scatter.")
        return reader, case

    def at(self, accuracy: float) -> "Components":
        """The components that the same readers and cases would have at another true accuracy."""
        return components_of(self.trait(), accuracy=accuracy)

    def trait(self) -> DetectionTrait:
        """The latent-trait model of these components."""
        reader, case = self.correlations()
        left = 1 - reader - case
        return DetectionTrait(reader=math.sqrt(reader / left), case=math.sqrt(case / left))


def components_of(trait: DetectionTrait, *, accuracy: float) -> Components:
    """The components of a latent-trait model over as many real as synthetic cases, each case read once.

    The two kinds are sampled apart: of one reader's answers, what leaning does to both kinds is no scatter.
    """
    total = trait.spread**2
    same, other = (trait.reader**2 + trait.leaning**2) / total, (trait.reader**2 - trait.leaning**2) / total
    square = accuracy**2
    # a reader's two cases are as often of one truth as of two
    reader = (both_correct(accuracy, same) + both_correct(accuracy, other)) / 2 - square
    case = both_correct(accuracy, trait.case**2 / total) - square
    return Components(accuracy, reader, case, accuracy - both_correct(accuracy, same) - case)


def both_correct(share: float, correlation: float) -> float:
    """P(X < z and Y < z) of standard normal X and Y with this correlation, where P(X < z) = share.

    Φ(z) − 2T(z, √((1 − ρ)/(1 + ρ))) with Owen's T (Owen 1956, doi 10.1214/aoms/1177728074).
    """
    z = float(stats.norm.ppf(share))
    return share - 2 * float(special.owens_t(z, math.sqrt((1 - correlation) / (1 + correlation))))


def _correlation_behind(covariance: float, accuracy: float) -> float:
    most = 0.999
    if covariance <= 0:
        return 0.0
    if covariance >= both_correct(accuracy, most) - accuracy**2:
        raise ValueError("Readers and cases together explain more than all of the scatter.")
    return float(optimize.brentq(lambda rho: both_correct(accuracy, rho) - accuracy**2 - covariance, 0, most))


def estimate_components(correct: ArrayLike, strata: ArrayLike | None = None) -> Components:
    """Estimate the components from a pilot: correct [readers, cases], 1.0 or 0.0, NaN where there is no reading.

    U-statistics: the mean product of two answers of one reader to two cases, of two readers to one case, of two
    readers to two cases, over all such pairs that there are (Gallas 2006, doi 10.1016/j.acra.2005.11.030; Gallas,
    Pennello & Myers 2007). Cases of several strata [cases], as real and synthetic ones, are compared within theirs:
    how much easier one kind is, where readers lean, is no scatter of the cases. A negative estimate becomes 0 and is
    named. Raises ValueError when there are fewer than two readers or cases, no pair of some kind, or no scatter at all.
    """
    scores = np.asarray(correct, dtype=float)
    read = ~np.isnan(scores)
    if scores.ndim != 2 or read.any(1).sum() < 2 or read.any(0).sum() < 2:
        raise ValueError("A pilot needs at least two readers and two cases.")
    parts = parts_of([correct_scores(scores)], strata)
    found = dict.fromkeys(("reader", "case", "interaction"), 0.0)
    for (i, one), (j, two) in itertools.product(enumerate(parts), repeat=2):
        moments = moments_of(one.scores, two.scores)
        kinds = moments.products if i == j else moments.products[[1, 3]]  # of two strata no case is shared
        if kinds.min() <= 0:
            raise ValueError("In the pilot, no case was read by two readers, or no reader read two cases.")
        mean_square, same_reader, same_case, apart = (float(moment) for moment in moments.moments)
        found["reader"] += one.weight * two.weight * (same_reader - apart)
        if i == j:
            found["case"] += one.weight * (same_case - apart)
            found["interaction"] += one.weight * (mean_square - same_reader - same_case + apart)
    accuracy = float(np.nanmean(scores))
    if not 0 < accuracy < 1:
        raise ValueError(
            f"In the pilot every answer was {'right' if accuracy else 'wrong'}: there is no scatter to plan with."
        )
    negative = tuple(name for name, part in found.items() if part < 0)
    return Components(accuracy, **{name: max(part, 0.0) for name, part in found.items()}, negative=negative)


@dataclass(frozen=True)
class RatingComponents:
    """An AUC under the Roe–Metz model with half of the cases positive; see `simulation.RoeMetz`."""

    model: RoeMetz

    def expected(self, cases: int) -> tuple[float, float]:
        """MS(R) and Cov₂ of the empirical AUC for N cases, half of them positive.

        A pair of comparisons of a positive with a negative rating shares readers, cases or nothing; the chance that
        both come out right depends on the share of variance that they have in common (Gallas & Hillis 2014,
        doi 10.1117/1.JMI.1.3.031006; Hillis 2018, doi 10.1002/sim.7616).
        """
        model, auc, half = self.model, self.model.auc, cases / 2
        one_case = (model.case / model.difference, 2 * model.case / model.difference)
        one_reading = (model.case + model.interaction + model.error) / model.difference
        reader = 2 * model.reader / model.difference

        def covariance(share_one: float, both: float, neither: float) -> float:
            mean = both + 2 * (half - 1) * share_one + (half - 1) ** 2 * neither
            return mean / half**2 - auc**2

        between = covariance(both_correct(auc, one_case[0]), both_correct(auc, one_case[1]), auc**2)
        within = covariance(both_correct(auc, reader + one_reading), auc, both_correct(auc, reader))
        return within - between, between


def ratings_of(trait: DetectionTrait, *, auc: float) -> RatingComponents:
    """The Roe–Metz model of readers and cases as in a latent-trait model, at a true AUC.

    The reader's discernment moves positive and negative ratings apart by twice its effect, which two independent
    effects of variance 2·reader² do as well; leaning moves both alike and leaves the AUC as it is.
    """
    parts = RoeMetz(0.0, 2 * trait.reader**2, trait.case**2, trait.interaction**2, 1.0)
    return RatingComponents(replace(parts, separation=float(stats.norm.ppf(auc)) * math.sqrt(parts.difference)))


# Set, not estimated: within the range of what reader studies report. Readers who told synthetic radiographs from real
# ones differed by 0.10 and more in their true accuracy (Tordjman et al. 2026, Radiology: 17 radiologists, 95 %
# intervals of the mean of ±0.065 on 154 and ±0.08 on 110 images). Two readers' answers to one image correlate by 0.16
# here: more than the κ of 0.11 between ten radiologists on synthetic CT (Park et al. 2021, doi 10.2196/23328), less
# than the 0.33 of Van Dyke's radiologists below, carried over to one half.
PUBLISHED = DetectionTrait(reader=0.3, case=0.6)

# Radiologists looking for aortic dissection on spin-echo MRI, ratings of 3 and more as positive: U-statistics by iMRMC
# 2.1.2 on the data of Van Dyke et al. 1993 as MRMCaov distributes them.
VAN_DYKE = Components(accuracy=0.8421052632, reader=0.0026315790, case=0.0366092222, interaction=0.0947368421)
