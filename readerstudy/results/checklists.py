"""The reporting checklists GRRAS and STARD 2015: where the report holds each item, and what only the authors can say.

The items are named in our own words; the lists are by Kottner et al. 2011 (doi 10.1016/j.jclinepi.2010.03.002) and
Bossuyt et al. 2015 (doi 10.1136/bmj.h5527).
"""

from dataclasses import dataclass

AUTHORS = "The authors must say"


@dataclass(frozen=True)
class Item:
    """where: the place in this report, or empty where the authors must say it; hint: what of it."""

    number: str
    item: str
    where: str
    hint: str = ""


@dataclass(frozen=True)
class Checklist:
    name: str
    about: str
    items: list[Item]


def checklists(*, grading: bool, detection: bool, protocol: bool) -> list[Checklist]:
    """The lists that fit what was read: agreement of grading, accuracy of telling real from synthetic."""
    frozen = "protocol.json" if protocol else ""
    found = []
    if grading:
        found.append(
            Checklist("GRRAS", "Guidelines for reporting reliability and agreement studies, 2011", _grras(frozen))
        )
    if detection:
        about = "Standards for reporting diagnostic accuracy; the test is the reader’s call, the condition “synthetic”"
        found.append(Checklist("STARD 2015", about, _stard(frozen)))
    return found


def _grras(protocol: str) -> list[Item]:
    return [
        Item("1", "Agreement or reliability named in title or abstract", ""),
        Item("2", "The scale or instrument", protocol, "Kellgren–Lawrence grades 0–4; the viewer’s options and texts"),
        Item("3", "The population of subjects", "", "whose radiographs, from where; how the generator was trained"),
        Item("4", "The population of raters", "", "of whom the readers are a sample"),
        Item("5", "What is known already, and why this study", ""),
        Item("6", "How the numbers were chosen", "", "manage.py plan_study gives the power"),
        Item(
            "7",
            "How subjects and raters were sampled",
            "",
            "the images are listed in the protocol; say how readers were found",
        ),
        Item(
            "8",
            "The process of rating",
            f"Methods; {protocol}" if protocol else "Methods",
            "time between readings, blinding",
        ),
        Item(
            "9",
            "Whether ratings were independent",
            "",
            "each reader has an order and a link of their own; say whether they talked",
        ),
        Item("10", "The statistical analysis", "Methods"),
        Item("11", "Numbers of raters, subjects and repeats", "Study and readers; Agreement of readers"),
        Item("12", "What raters and subjects are like", "Study and readers", "of the patients the authors must tell"),
        Item("13", "Estimates with their uncertainty", "Grading; Agreement of readers"),
        Item("14", "What it means in practice", ""),
        Item("15", "Detailed results", "tables/*.csv, answers.csv", "deposit the folder of this report"),
    ]


def _stard(protocol: str) -> list[Item]:
    return [
        Item("1–2", "Accuracy named in title; structured abstract", "", "“In short” gives the results"),
        Item("3", "Background and intended use", ""),
        Item("4", "Objectives and hypotheses", "Outcomes of the plan; Methods"),
        Item("5", "Data collected before or after the test", protocol, "the protocol was frozen before the readings"),
        Item("6–7", "Eligibility, and how subjects were identified", "", "which radiographs could take part"),
        Item("8", "Where and when", "", "answers.csv holds the time of each reading"),
        Item("9", "Consecutive, random or convenience series", "", "how the images were drawn from the bank"),
        Item(
            "10a",
            "The index test, to be repeated",
            f"Methods; {protocol}" if protocol else "Methods",
            "the texts that readers saw",
        ),
        Item("10b–11", "The reference standard and why it", "Methods", "the source of an image is known for certain"),
        Item("12", "Cut-offs", "Methods", "the readers’ own call; the AUC uses all degrees of confidence"),
        Item("13", "Who knew what", "", "readers see no source; state the result of the blinding audit"),
        Item("14", "Methods of estimating accuracy", "Methods"),
        Item("15–16", "Indeterminate and missing results", "Methods: Missing readings"),
        Item("17", "Analyses of variability, planned or exploratory", "Methods: Plan"),
        Item("18", "Sample size and how it was determined", "", "manage.py plan_study"),
        Item("19", "Flow of participants", "Study and readers"),
        Item("20", "Characteristics of participants", "Study and readers", "of the patients the authors must tell"),
        Item("21", "Spectrum of the condition and its alternatives", "Grading", "grades of real and synthetic images"),
        Item(
            "22", "Time between index test and reference", "", "does not apply: the source of an image does not change"
        ),
        Item("23", "Cross table of test and reference", "Real or synthetic"),
        Item("24", "Estimates of accuracy with their precision", "Real or synthetic"),
        Item("25", "Adverse events", "", "none are possible from reading"),
        Item("26–27", "Limitations and implications", ""),
        Item("28–30", "Registration, full protocol, funding", protocol, "registration and funding"),
    ]
