"""manage.py plan_study: how many readers and images a study needs, and what it will then show."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import numpy as np
from django.core.management.base import CommandError

from readerstudy.analysis import planning
from readerstudy.analysis.simulated_grading import simulate_grading, trait_with_kappa
from readerstudy.analysis.simulated_power import Counted, simulate_accuracy, simulate_auc
from readerstudy.analysis.simulation import DetectionTrait
from readerstudy.analysis.variance_components import (
    PUBLISHED,
    VAN_DYKE,
    Components,
    RatingComponents,
    components_of,
    ratings_of,
)
from readerstudy.commands import PlainCommand
from readerstudy.results.pilot import pilot_components, pilot_kappa
from readerstudy.results.plan_wording import NAMES, Plan, detection_lines, grading_lines, needed, paragraphs
from readerstudy.studies.analysis_plan import USUAL

KNOWN = {
    "published": (
        PUBLISHED,
        "Set within the range of published reader studies (docs/planning.md); a pilot of your own is better.",
    ),
    "van-dyke": (
        VAN_DYKE.trait(),
        "Estimated from Van Dyke et al. 1993: 5 radiologists, 114 cases, aortic dissection on spin-echo MRI.",
    ),
}
READERS, CASES = (5, 10, 15, 20, 30), (30, 60, 120, 240)  # what the table shows beside the design asked for
MOST_GRADED = 100_000  # readings of a study whose grading is drawn and analysed
USUAL_PRIMARY = sum(one.primary for one in USUAL.values())  # outcomes of the plan that a new study begins with
STUDIES = 500  # simulated for grading, where there is no formula


class Command(PlainCommand):
    help = "Say what a study of so many readers and images will show, and how many it needs."
    requires_system_checks: list[str] = []  # needs no database

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--readers", type=int, default=15)
        parser.add_argument("--cases", type=int, default=60, help="images, half of them synthetic")
        parser.add_argument(
            "--measure",
            choices=[*NAMES, "grading"],
            default="accuracy",
            help="accuracy of real or synthetic (default); auc: its area under the curve, from confidence; grading: "
            "agreement of KL grades with the reference, and of synthetic with real images",
        )
        parser.add_argument("--accuracy", type=float, default=0.5, help="the true accuracy (or AUC) to plan for, 0–1")
        parser.add_argument("--kappa", type=float, default=0.8, help="of grading: true quadratic κ with the reference")
        parser.add_argument(
            "--margin",
            type=float,
            default=0.1,
            help="what counts as equivalent: accuracy or AUC one half ± this; of grading, the difference of κ and of "
            "the share of each grade ± this",
        )
        parser.add_argument(
            "--primary",
            type=int,
            default=1,
            help="plan for the first of so many primary outcomes, at p < 0.05 over their number (Holm; default: 1)",
        )
        source = parser.add_mutually_exclusive_group()
        source.add_argument("--components", choices=KNOWN, default="published", help="how readers and images differ")
        source.add_argument("--pilot", type=Path, help="exported answers of a pilot study, to estimate that from")
        parser.add_argument("--simulate", type=int, default=0, metavar="N", help="also simulate N studies")
        parser.add_argument("--seed", type=int, default=0, help="of the simulation")
        parser.add_argument("--find-cases", action="store_true", help="how many images would these readers need?")
        parser.add_argument("--find-readers", action="store_true", help="how many readers would these images need?")
        parser.add_argument("--power", type=float, default=0.8, help="the chance looked for, 0–1 (default 0.8)")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        plan_lines = _plan_of_grading if options["measure"] == "grading" else _plan_of_detection
        try:
            lines = plan_lines(options)
        except ValueError as error:  # a pilot or a κ that gives no plan
            raise CommandError(str(error)) from error
        for line in lines:
            self.stdout.write(line)


def _plan_of_detection(options: dict[str, Any]) -> list[str]:
    """The lines of a plan for accuracy or AUC. Raises UnusablePilot."""
    truth, margin = options["accuracy"], options["margin"]
    if options["pilot"]:
        pilot, origin = pilot_components(options["pilot"])
        trait = pilot.trait()
    else:
        trait, sentence = KNOWN[options["components"]]
        origin = [f"{options['components']}: {sentence}"]
    if options["measure"] == "auc":
        scatter: Components | RatingComponents = ratings_of(trait, auc=truth)
    else:
        scatter = components_of(trait, accuracy=truth)

    def forecast(readers: int, cases: int, outcomes: int = options["primary"]) -> planning.Forecast:
        return planning.forecast(scatter, readers=readers, cases=cases, truth=truth, margin=margin, outcomes=outcomes)

    plan = Plan(
        measure=options["measure"],
        truth=truth,
        margin=margin,
        origin=origin,
        scatter=scatter,
        forecast=forecast(options["readers"], options["cases"]),
        alone=forecast(options["readers"], options["cases"], 1),
        adjusted=forecast(options["readers"], options["cases"], max(options["primary"], USUAL_PRIMARY)),
        simulated=_simulate(trait, options) if options["simulate"] else None,
        others=[
            [forecast(readers, cases) for cases in sorted({*CASES, options["cases"]})]
            for readers in sorted({*READERS, options["readers"]})
        ],
    )
    return [*detection_lines(plan), *paragraphs(_found(plan, options))]


def _plan_of_grading(options: dict[str, Any]) -> list[str]:
    """The lines of a plan for grading, always by simulation. Raises UnusablePilot, or ValueError for κ."""
    if options["pilot"]:
        kappa, origin = pilot_kappa(options["pilot"])
    else:
        kappa, origin = options["kappa"], []
    trait = trait_with_kappa(kappa)
    design = {name: options[name] for name in ("readers", "cases", "margin")}
    counted = simulate_grading(
        np.random.default_rng(options["seed"]), trait=trait, studies=options["simulate"] or STUDIES, **design
    )
    return list(grading_lines(counted, trait=trait, true_kappa=kappa, origin=origin, **design))


def _check(options: dict[str, Any]) -> None:
    """Raise CommandError for the first number that makes no study."""
    if not 2 <= options["readers"] <= planning.MOST:
        raise CommandError(f"--readers must be between 2 and {planning.MOST:,}: one reader tells nothing about others.")
    if options["cases"] % 2 or not 4 <= options["cases"] <= planning.MOST:
        raise CommandError(f"--cases must be an even number between 4 and {planning.MOST:,}: half are synthetic.")
    if not 0.01 <= options["accuracy"] <= 0.99:
        raise CommandError("--accuracy must be between 0.01 and 0.99, for example 0.5 for readers who guess.")
    if not 0.001 <= options["margin"] <= 0.5:
        raise CommandError("--margin must be between 0.001 and 0.5, for example 0.1 for 40 % to 60 %.")
    if not 1 <= options["primary"] <= len(USUAL):
        raise CommandError(f"--primary must be between 1 and {len(USUAL)}: so many outcomes a plan can have.")
    if options["primary"] > 1 and (options["simulate"] or options["measure"] == "grading"):
        raise CommandError("What is simulated counts one primary outcome: leave out --primary.")
    if not 0.5 <= options["power"] <= 0.99:
        raise CommandError("--power must be between 0.5 and 0.99, for example 0.8.")
    if not 0 <= options["simulate"] <= 1_000_000 or 0 < options["simulate"] < 100:
        raise CommandError("--simulate must be between 100 and 1,000,000 studies, for example 2000.")
    if options["seed"] < 0:
        raise CommandError("--seed must be at least 0.")
    if options["measure"] == "grading":
        _check_grading(options)


def _check_grading(options: dict[str, Any]) -> None:
    if options["find_cases"] or options["find_readers"]:
        raise CommandError("Grading is planned by simulation alone: try several --cases and --readers instead.")
    if options["cases"] < 20:
        raise CommandError("--cases must be at least 20 for grading: every grade of each source twice.")
    if options["readers"] * options["cases"] > MOST_GRADED:
        raise CommandError(
            f"Each drawn study of grading is analysed: --readers times --cases can be {MOST_GRADED:,} at most."
        )


def _simulate(trait: DetectionTrait, options: dict[str, Any]) -> Counted:
    rng = np.random.default_rng(options["seed"])
    design = {name: options[name] for name in ("readers", "cases", "margin")} | {"studies": options["simulate"]}
    if options["measure"] == "auc":
        return simulate_auc(rng, model=ratings_of(trait, auc=options["accuracy"]).model, **design)
    return simulate_accuracy(rng, trait=trait, accuracy=options["accuracy"], **design)


def _found(plan: Plan, options: dict[str, Any]) -> list[str]:
    """A sentence for each number that was asked for and each aim that the true figure leaves."""
    said = []
    for aim in plan.aims:
        search: dict[str, Any] = {
            "truth": plan.truth,
            "margin": plan.margin,
            "outcomes": plan.forecast.outcomes,
            "wanted": lambda one, aim=aim: getattr(one, aim),
            "target": options["power"],
        }
        if options["find_cases"]:
            number = planning.fewest_cases(plan.scatter, readers=options["readers"], **search)
            said.append(needed(plan, aim, unit="images", number=number, target=options["power"]))
        if options["find_readers"]:
            number = planning.fewest_readers(plan.scatter, cases=options["cases"], **search)
            said.append(needed(plan, aim, unit="readers", number=number, target=options["power"]))
    return said
