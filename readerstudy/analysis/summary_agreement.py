"""How well the readers agree with one another and with themselves, by every coefficient that a reviewer may ask for."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from readerstudy.analysis.chance_corrected import fleiss_kappa, gwet_ac, pairwise_agreement
from readerstudy.analysis.concordance import kendall_w
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.intraclass import intraclass
from readerstudy.analysis.krippendorff import krippendorff_alpha
from readerstudy.analysis.multireader_kappa import light_kappa
from readerstudy.analysis.repeats import pooled_self_agreement, pooled_self_kappa
from readerstudy.analysis.specific_agreement import specific_agreement

Floats = NDArray[np.float64]
QUADRATIC = "mean κ of pairs, quadratic weights"
COEFFICIENTS: dict[str, Callable[[Floats], Estimate]] = {
    "equal grades in pairs of readers": pairwise_agreement,
    "at most one grade apart": lambda grades: pairwise_agreement(grades, within=1),
    "Fleiss’ κ, unweighted": fleiss_kappa,
    "Fleiss’ κ, quadratic weights": lambda grades: fleiss_kappa(grades, weights="quadratic"),
    "Gwet’s AC1, unweighted": lambda grades: gwet_ac(grades, weights="none"),
    "Gwet’s AC2, quadratic weights": gwet_ac,
    "Krippendorff’s α, ordinal": krippendorff_alpha,
    "Krippendorff’s α, interval": lambda grades: krippendorff_alpha(grades, metric="interval"),
    "ICC(2,1), one reader": intraclass,
    "ICC(2,k), mean of all readers": lambda grades: intraclass(grades, form="2,k"),
    "Kendall’s W": kendall_w,
}


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of agreement between readers: on all images, on the real and on the synthetic ones.

    real and synthetic are None where it is given for all images only.
    """

    name: str
    all: Estimate
    real: Estimate | None
    synthetic: Estimate | None


@dataclass(frozen=True)
class Agreement:
    """by_grade: agreement of pairs on each grade 0–4, by images. with_self: of repeated readings, by name."""

    between: list[Coefficient]
    by_grade: dict[str, list[Estimate]]
    with_self: dict[str, Estimate]

    def coefficient(self, name: str) -> Coefficient:
        return next(one for one in self.between if one.name == name)


def summarise_agreement(
    first: Floats, again: Floats, synthetic: NDArray[np.bool_], *, seed: int, samples: int
) -> Agreement:
    """first and again: grades [readers, cases] of first and repeated readings, NaN where there is none."""
    kinds = {"all": first, "real": first[:, ~synthetic], "synthetic": first[:, synthetic]}

    def light(kind: str, weights: str = "quadratic") -> Estimate:
        return light_kappa(kinds[kind], weights=weights, seed=seed, samples=samples)

    between = [
        Coefficient(QUADRATIC, light("all"), light("real"), light("synthetic")),
        Coefficient("mean κ of pairs, linear weights", light("all", "linear"), None, None),
        Coefficient("mean κ of pairs, unweighted", light("all", "none"), None, None),
    ]
    between += [
        Coefficient(name, *(coefficient(grades) for grades in kinds.values()))
        for name, coefficient in COEFFICIENTS.items()
    ]
    return Agreement(
        between=between,
        by_grade={kind: specific_agreement(grades) for kind, grades in kinds.items()},
        with_self={
            "κ with themselves, quadratic weights": pooled_self_kappa(first, again),
            "the same grade again": pooled_self_agreement(first, again),
            "at most one grade apart": pooled_self_agreement(first, again, within=1),
        },
    )
