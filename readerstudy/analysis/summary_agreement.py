"""How well the readers agree with one another and with themselves, by every coefficient that a reviewer may ask for."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from readerstudy.analysis import resampled_agreement
from readerstudy.analysis.chance_corrected import fleiss_kappa, gwet_ac, pairwise_agreement
from readerstudy.analysis.concordance import kendall_w
from readerstudy.analysis.crossed import crossed_part
from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.intraclass import FORMS, intraclass
from readerstudy.analysis.krippendorff import krippendorff_alpha
from readerstudy.analysis.multireader_kappa import light_kappa
from readerstudy.analysis.repeats import pooled_self_agreement, pooled_self_kappa
from readerstudy.analysis.resampled_statistics import difference_by, mean_pairwise_kappa
from readerstudy.analysis.specific_agreement import specific_agreement
from readerstudy.analysis.two_way_bootstrap import Statistic, coefficient_estimates
from readerstudy.analysis.two_way_jackknife import jackknife_estimates

Floats = NDArray[np.float64]
ENOUGH = 4  # readers: of fewer, samples say too little about how readers differ
KENDALL = "Kendall’s W"
QUADRATIC = "mean κ of pairs, quadratic weights"
KAPPAS = {QUADRATIC: "quadratic", "mean κ of pairs, linear weights": "linear", "mean κ of pairs, unweighted": "none"}
EQUAL, NEAR = "equal grades in pairs of readers", "at most one grade apart"
SHARES = {EQUAL, NEAR}
# by name: with the interval for these readers and new cases, and as a function of drawn readers and cases
COEFFICIENTS: dict[str, tuple[Callable[[Floats], Estimate], resampled_agreement.Coefficient]] = {
    EQUAL: (pairwise_agreement, resampled_agreement.share_within(0)),
    NEAR: (
        lambda grades: pairwise_agreement(grades, within=1),
        resampled_agreement.share_within(1),
    ),
    "Fleiss’ κ, unweighted": (fleiss_kappa, resampled_agreement.fleiss("none")),
    "Fleiss’ κ, quadratic weights": (
        lambda grades: fleiss_kappa(grades, weights="quadratic"),
        resampled_agreement.fleiss("quadratic"),
    ),
    "Gwet’s AC1, unweighted": (lambda grades: gwet_ac(grades, weights="none"), resampled_agreement.gwet("none")),
    "Gwet’s AC2, quadratic weights": (gwet_ac, resampled_agreement.gwet("quadratic")),
    "Krippendorff’s α, nominal": (
        lambda grades: krippendorff_alpha(grades, metric="nominal"),
        resampled_agreement.alpha("nominal"),
    ),
    "Krippendorff’s α, ordinal": (krippendorff_alpha, resampled_agreement.alpha("ordinal")),
    "Krippendorff’s α, interval": (
        lambda grades: krippendorff_alpha(grades, metric="interval"),
        resampled_agreement.alpha("interval"),
    ),
}
ON_GRADE = {f"agreement on grade {grade}": resampled_agreement.on_grade(grade) for grade in range(5)}
# of these the interval holds for new cases; of the intraclass correlations 2,1 and 2,k for new readers too
OTHERS: dict[str, Callable[[Floats], Estimate]] = {
    **{f"ICC({form}), {said}": partial(intraclass, form=form) for form, said in FORMS.items()},
    KENDALL: kendall_w,
}


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of agreement between readers: on all images, on the real and on the synthetic ones.

    real and synthetic are None where it is given for all images only. difference: synthetic less real, for new readers
    and cases; None where there are too few readers.
    """

    name: str
    all: Estimate
    real: Estimate | None = None
    synthetic: Estimate | None = None
    difference: Estimate | None = None


@dataclass(frozen=True)
class Agreement:
    """crossed: how many readers and cases have no gap, which ICC and W are of. by_grade: agreement of pairs on each
    grade 0–4, by images. with_self: of repeated readings, by name.

    for_new_readers: whether the intervals of the coefficients and by grade hold for new readers and new cases, or for
    new cases alone, there being too few readers.
    """

    between: list[Coefficient]
    crossed: tuple[int, int]
    for_new_readers: bool
    by_grade: dict[str, list[Estimate]]
    with_self: dict[str, Estimate]

    def coefficient(self, name: str) -> Coefficient:
        return next(one for one in self.between if one.name == name)


def summarise_agreement(
    first: Floats,
    again: Floats,
    synthetic: NDArray[np.bool_],
    *,
    strata: NDArray[np.int_],
    weights: Floats,
    seed: int,
    samples: int,
) -> Agreement:
    """first and again: grades [readers, cases] of first and repeated readings, NaN where there is none.

    strata [cases]: within which cases are drawn, as the study has fixed how many it shows of each. weights [cases]:
    under which real and synthetic cases have one mix of reference grades, for the difference between them.
    """
    kinds = {"all": np.ones_like(synthetic), "real": ~synthetic, "synthetic": synthetic}
    parts = {kind: (first[:, chosen], strata[chosen]) for kind, chosen in kinds.items()}
    found = {
        name: [
            _mean_kappa(*parts[kind], weights=weights, seed=seed, samples=samples)
            for kind in (kinds if name == QUADRATIC else ["all"])
        ]
        for name, weights in KAPPAS.items()
    }
    differences = _differences(first, synthetic, strata, weights)
    each = [_coefficients(*part, seed=seed, samples=samples) for part in parts.values()]
    found |= {name: [of[name] for of in each] for name in COEFFICIENTS}
    by_grade = {kind: [of[name] for name in ON_GRADE] for kind, of in zip(kinds, each, strict=True)}
    crossed = crossed_part(first)
    whole = crossed.of(first)
    found |= {name: [of(whole[:, chosen[crossed.cases]]) for chosen in kinds.values()] for name, of in OTHERS.items()}
    return Agreement(
        between=[
            replace(Coefficient(name, *estimates), difference=differences.get(name))
            for name, estimates in found.items()
        ],
        crossed=(crossed.readers.size, crossed.cases.size),
        for_new_readers=len(first) >= ENOUGH,
        by_grade=by_grade,
        with_self={
            "κ with themselves, quadratic weights": pooled_self_kappa(first, again),
            "κ with themselves, linear weights": pooled_self_kappa(first, again, weights="linear"),
            "κ with themselves, unweighted": pooled_self_kappa(first, again, weights="none"),
            "the same grade again": pooled_self_agreement(first, again),
            NEAR: pooled_self_agreement(first, again, within=1),
        },
    )


def _mean_kappa(grades: Floats, strata: NDArray[np.int_], *, weights: str, seed: int, samples: int) -> Estimate:
    if len(grades) < ENOUGH or grades.shape[1] < 2:
        return light_kappa(grades, weights=weights, seed=seed, samples=samples)
    mean = mean_pairwise_kappa(grades, weights=weights)
    return _drawn(lambda readers, cases: mean(readers, cases)[:, None], grades, strata, seed=seed, samples=samples)[0]


def _coefficients(grades: Floats, strata: NDArray[np.int_], *, seed: int, samples: int) -> dict[str, Estimate]:
    """`COEFFICIENTS` and `ON_GRADE` by name: those that can be estimated, for new readers if there are enough."""
    found = {name: of(grades) for name, (of, _) in COEFFICIENTS.items()}
    found |= dict(zip(ON_GRADE, specific_agreement(grades), strict=True))
    there = [name for name, estimate in found.items() if estimate.value is not None]
    if len(grades) < ENOUGH or not there:
        return found
    drawable = {name: of for name, (_, of) in COEFFICIENTS.items()} | ON_GRADE
    statistics = resampled_agreement.coefficients_of(grades, [drawable[name] for name in there])
    drawn = dict(zip(there, _drawn(statistics, grades, strata, seed=seed, samples=samples), strict=True))
    for name in (SHARES | ON_GRADE.keys()) & drawn.keys():
        if (low := drawn[name].low) is not None:
            drawn[name] = replace(drawn[name], low=max(low, 0.0))
    return found | drawn


def _differences(
    first: Floats, synthetic: NDArray[np.bool_], strata: NDArray[np.int_], weights: Floats
) -> dict[str, Estimate]:
    """`QUADRATIC` and `COEFFICIENTS` on synthetic less on real images, each weighed by its weight."""
    if len(first) < ENOUGH or min(synthetic.sum(), (~synthetic).sum()) < 2:
        return {}
    mean = mean_pairwise_kappa(first, weights="quadratic")
    others = resampled_agreement.coefficients_of(first, [of for _, of in COEFFICIENTS.values()])

    def statistics(readers: Floats, cases: Floats) -> Floats:
        return np.column_stack([mean(readers, cases), others(readers, cases)])

    apart = difference_by(statistics, synthetic, weights=weights)
    estimates = jackknife_estimates(apart, readers=len(first), strata=strata)
    return dict(zip([QUADRATIC, *COEFFICIENTS], estimates, strict=True))


def _drawn(
    statistics: Statistic, grades: Floats, strata: NDArray[np.int_], *, seed: int, samples: int
) -> list[Estimate]:
    rng = np.random.default_rng(seed)
    return coefficient_estimates(statistics, readers=len(grades), strata=strata, rng=rng, samples=samples)
