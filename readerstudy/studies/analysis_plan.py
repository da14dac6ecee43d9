"""The analysis plan: what a study sets out to show and by which margins. Frozen with the protocol when it opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readerstudy.studies.models import OutcomeName, Study

LEVEL = 0.05


@dataclass(frozen=True)
class Planned:
    """The margin of an outcome, in its own unit (of the accuracy, a share), and whether the study is judged by it."""

    margin: float
    primary: bool


USUAL = {
    OutcomeName.ACCURACY.value: Planned(0.10, primary=True),
    OutcomeName.KAPPA.value: Planned(0.10, primary=True),
    OutcomeName.ERROR.value: Planned(0.25, primary=False),
    OutcomeName.SHARES.value: Planned(0.10, primary=False),
}
# a margin must lie below: as wide as the scale on one side, it would call anything equivalent
WIDEST = {
    OutcomeName.ACCURACY.value: 0.5,
    OutcomeName.KAPPA.value: 1.0,
    OutcomeName.ERROR.value: 4.0,
    OutcomeName.SHARES.value: 1.0,
}
LATER = {OutcomeName.SHARES.value}  # outcomes that protocols frozen by earlier versions do not hold
MEANINGS = {
    OutcomeName.ACCURACY.value: (
        0.5,
        "share of images rightly called real or synthetic, real and synthetic ones weighing alike",
    ),
    OutcomeName.KAPPA.value: (0.0, "quadratic kappa with the reference grade, synthetic minus real images"),
    OutcomeName.ERROR.value: (0.0, "given minus reference grade on average, synthetic minus real images"),
    OutcomeName.SHARES.value: (0.0, "share of images given a grade, synthetic minus real images, at each grade 0 to 4"),
}


def planned_outcomes(study: Study) -> dict[str, Planned]:
    """What was frozen with the protocol; of a draft what the study lead chose, and the usual for what nobody chose."""
    if study.protocol is not None and "analysis_plan" in study.protocol:
        frozen = study.protocol["analysis_plan"]["outcomes"]
        chosen = {name: frozen[name] for name in USUAL if name in frozen}
        return {name: Planned(float(one["margin"]), primary=one["primary"]) for name, one in chosen.items()}
    chosen = {one.name: Planned(float(one.margin), one.is_primary) for one in study.planned_outcomes.all()}
    return {name: chosen.get(name, usual) for name, usual in USUAL.items()}


def serialise_plan(outcomes: Mapping[str, Planned] = USUAL) -> dict[str, Any]:
    """The plan as the protocol holds it: each outcome with the value and the margin it is compared with."""
    return {
        "level": LEVEL,
        "outcomes": {
            name: {
                "meaning": meaning,
                "equivalent_to": value,
                "margin": outcomes[name].margin,
                "primary": outcomes[name].primary,
            }
            for name, (value, meaning) in MEANINGS.items()
        },
        "test": "two one-sided tests; readers and cases random (Obuchowski-Rockette, degrees of freedom of Hillis)",
        "families": "Holm's adjustment among the primary outcomes (equivalence tests; tests for a difference), and "
        "within each table of further tests",
        "missing_readings": "of readers and images, the one that lacks the largest share of first readings is left out "
        "of the pooled figures, one after another until none is missing",
        "unlike_mixes": "where real and synthetic images differ in their reference grades, each grade weighs alike in "
        "both when their grading is compared",
        "everything_else": "exploratory",
    }


def require_plan(content: object) -> dict[str, Any]:
    """The plan of a protocol, if it is one. Raises ValueError naming the first thing that does not fit."""
    if not isinstance(content, dict) or not isinstance(content.get("outcomes"), dict):
        raise ValueError("its analysis_plan has no outcomes")
    if content.get("level") != LEVEL:
        raise ValueError(f"the level of its analysis_plan is not {LEVEL}, which every interval and test here has")
    if unknown := sorted(content["outcomes"].keys() - WIDEST.keys()):
        raise ValueError(f"{unknown[0]} of its analysis_plan is no outcome that is known here")
    for name, widest in WIDEST.items():
        if name in LATER and name not in content["outcomes"]:
            continue
        outcome = content["outcomes"].get(name)
        if not isinstance(outcome, dict):
            raise ValueError(f"{name} is missing in its analysis_plan")
        margin = outcome.get("margin")
        if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 < margin < widest:
            raise ValueError(f"{name} of its analysis_plan has no margin above 0 and below {widest:g}")
        if type(outcome.get("primary")) is not bool:
            raise ValueError(f"{name} of its analysis_plan does not say whether it is primary")
    return content
