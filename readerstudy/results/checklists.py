"""The reporting checklists GRRAS and STARD 2015: where the report holds each item, and what only the authors can say.

The items are named in our own words; the lists are by Kottner et al. 2011 (doi 10.1016/j.jclinepi.2010.03.002) and
Bossuyt et al. 2015 (doi 10.1136/bmj.h5527). Numbers and content were compared, item by item, with table 1 of the
former as reprinted in a study of 2024 (PMC11651756, table 1), and with the list of the latter as reprinted in BMJ Open
2016 (PMC5128957, table 2: items 1–17) and in three public transcriptions that agree (items 14–30); the papers
themselves were not at hand.
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


def checklists(*, grading: bool, detection: bool, protocol: bool, checked: bool = True) -> list[Checklist]:
    """The lists that fit what was read: agreement of grading, accuracy of telling real from synthetic.

    checked: whether the protocol is known to be the frozen one.
    """
    frozen = "protocol.json" if protocol else ""
    found = []
    if grading:
        found.append(
            Checklist("GRRAS", "Guidelines for reporting reliability and agreement studies, 2011", _grras(frozen))
        )
    if detection:
        about = "Standards for reporting diagnostic accuracy; the test is the reader’s call, the condition “synthetic”"
        found.append(Checklist("STARD 2015", about, _stard(frozen, checked=checked)))
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


def _stard(protocol: str, *, checked: bool) -> list[Item]:
    planned = "frozen before the readings" if checked else "that it is the frozen one was not checked"
    methods = f"Methods; {protocol}" if protocol else "Methods"
    return [
        Item("1", "Title names a study of accuracy and a measure of it", ""),
        Item("2", "Structured abstract", "", "“In short” gives the results"),
        Item("3", "Background; intended use and role of the test", ""),
        Item("4", "Objectives and hypotheses", "Outcomes of the plan; Methods: Plan"),
        Item(
            "5",
            "Planned before the test was done, or after",
            protocol,
            planned if protocol else "no plan was frozen: say when it was made",
        ),
        Item("6", "Who could take part", "", "which radiographs could"),
        Item("7", "How they were found", "", "the data set, and how the generator made its images"),
        Item("8", "Where and when", "", "answers.csv holds the time of each reading"),
        Item("9", "Consecutive, random or convenience series", "", "how the images were drawn from the bank"),
        Item("10a", "The test, in detail enough to repeat it", methods, "the texts that readers saw"),
        Item("10b", "The reference standard, likewise", methods, "the source of an image is known for certain"),
        Item("11", "Why this reference standard", "", "does not apply: there is no other"),
        Item("12a", "Cut-offs of the test", "Methods", "the reader’s own call; the AUC uses all degrees of confidence"),
        Item("12b", "Cut-offs of the reference standard", "Methods", "real or generated, nothing between"),
        Item("13a", "What readers knew", "", "they see no source; state the result of the blinding audit"),
        Item("13b", "What assessors of the reference knew", "", "does not apply: nobody judged the source"),
        Item("14", "Methods of estimating and comparing accuracy", "Methods"),
        Item("15", "Indeterminate results", "Methods: Real or synthetic", "every reading is a call"),
        Item("16", "Missing data", "Methods: Missing readings"),
        Item("17", "Analyses of variability, planned or exploratory", "Methods: Plan; Further questions"),
        Item("18", "Intended sample size and how it was determined", "", "manage.py plan_study gives the power"),
        Item("19", "Flow of participants, as a diagram", "Study and readers", "of the readers; images are not lost"),
        Item("20", "Characteristics of participants", "Study and readers", "of the patients the authors must tell"),
        Item("21a", "Severity in those with the condition", "Grading", "grades of the synthetic images"),
        Item("21b", "Alternative diagnoses in those without", "Grading", "grades of the real images"),
        Item("22", "Time, and treatment, between test and reference", "", "does not apply: a source does not change"),
        Item("23", "Cross table of test and reference", "Real or synthetic"),
        Item("24", "Estimates of accuracy with their precision", "Real or synthetic"),
        Item("25", "Adverse events", "", "none are possible from reading"),
        Item("26", "Limitations: bias, uncertainty, generalisability", "", "“In short” and “Methods” name some"),
        Item("27", "Implications for practice", ""),
        Item("28", "Registration number and registry", ""),
        Item("29", "Where the full protocol is", protocol, "deposit it with the answers"),
        Item("30", "Funding and the role of funders", ""),
    ]
