"""The analysis plan: what a study sets out to show and by which margins. Frozen with the protocol when it opens."""

from typing import Any

LEVEL = 0.05
MARGINS = {"accuracy": 0.10, "kappa_difference": 0.10, "mean_error_difference": 0.25}
PRIMARY = ("accuracy", "kappa_difference")


def serialise_plan() -> dict[str, Any]:
    """The plan as the protocol holds it: each outcome with the value and the margin it is compared with."""
    meanings = {
        "accuracy": (0.5, "share of images rightly called real or synthetic"),
        "kappa_difference": (0.0, "quadratic kappa with the reference grade, synthetic minus real images"),
        "mean_error_difference": (0.0, "given minus reference grade on average, synthetic minus real images"),
    }
    return {
        "level": LEVEL,
        "outcomes": {
            name: {
                "meaning": meaning,
                "equivalent_to": value,
                "margin": MARGINS[name],
                "primary": name in PRIMARY,
            }
            for name, (value, meaning) in meanings.items()
        },
        "test": "two one-sided tests; readers and cases random (Obuchowski-Rockette, degrees of freedom of Hillis)",
        "families": "Holm's adjustment among the primary outcomes, and within each table of further tests",
        "missing_readings": "a reader with a missing first reading is left out of the pooled figures that need it",
        "everything_else": "exploratory",
    }


def require_plan(content: object) -> dict[str, Any]:
    """The plan of a protocol, if it is one. Raises ValueError naming the first thing that does not fit."""
    if not isinstance(content, dict) or not isinstance(content.get("outcomes"), dict):
        raise ValueError("its analysis_plan has no outcomes")
    if content.get("level") != LEVEL:
        raise ValueError(f"the level of its analysis_plan is not {LEVEL}, which every interval and test here has")
    for name in MARGINS:
        outcome = content["outcomes"].get(name)
        if not isinstance(outcome, dict):
            raise ValueError(f"{name} is missing in its analysis_plan")
        margin = outcome.get("margin")
        if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 < margin < 5:
            raise ValueError(f"{name} of its analysis_plan has no margin above 0")
        if type(outcome.get("primary")) is not bool:
            raise ValueError(f"{name} of its analysis_plan does not say whether it is primary")
    return content
