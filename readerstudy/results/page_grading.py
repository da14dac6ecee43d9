"""The page's tables about grading and agreement."""

from readerstudy.analysis.plan import SHARES
from readerstudy.analysis.summary_agreement import SHARES as SHARES_OF_PAIRS
from readerstudy.analysis.summary_grading import Grading
from readerstudy.results.page_tables import POINTS, Notes, PageTable, everybody, grade_table, page_table, self_table
from readerstudy.results.wording import capitalised, counted, p_value, plain

UNLIKE_MIX = (
    "Real and synthetic images were read in unlike mixes of reference grades. Where they are compared with the "
    "reference and in how often each grade was given, each grade that both have weighs as in all images together, in "
    "real and in synthetic ones alike; images of a grade that one kind lacks are left out."
)
SHARES_OF_READINGS = ("equal to the reference", "within one grade of the reference")


def grading_tables(grading: Grading) -> list[PageTable]:
    return [_by_source(grading), _shares(grading), _readers(grading), _limits(grading)]


def agreement_tables(grading: Grading) -> list[PageTable]:
    return [_between(grading), _by_grade(grading), _with_self(grading)]


def _by_source(grading: Grading) -> PageTable:
    notes = Notes()
    rows = []
    readers, images = grading.crossed
    for one in grading.by_source:
        share = one.name in SHARES_OF_READINGS
        cell, difference = (notes.finer_share, notes.points) if share else (notes.number, notes.number)
        apart, compared = (one.real, one.synthetic), (one.difference, one.check)
        rows.append([capitalised(one.name), *map(cell, apart), *map(difference, compared)])
    return page_table(
        f"Real and synthetic images compared, {everybody(readers, began=len(grading.readers))}, "
        f"{counted(images, 'image')}, no reading missing) [95 % interval, for other readers and images]{POINTS}",
        ["", "Real", "Synthetic", "Synthetic − real", "Synthetic − real, check: bootstrap"],
        rows,
        data="grading_by_source",
        notes=notes,
        remark="" if grading.read_alike else UNLIKE_MIX,
    )


def _shares(grading: Grading) -> PageTable:
    notes = Notes()
    margin = grading.equivalence[SHARES].equivalence
    rows = [
        [
            f"Grade {one.grade}",
            notes.finer_share(one.real),
            notes.finer_share(one.synthetic),
            notes.points(one.difference),
            p_value(one.p_adjusted),
            p_value(one.equivalence.p_value if one.equivalence else None),
        ]
        for one in grading.shares
    ]
    within = f"within ±{plain(100 * margin.margin)} pp" if margin else "within the margin"
    return page_table(
        f"Share of images that were given each grade{'' if grading.read_alike else ', standardised'} [95 % interval, "
        f"for other readers and images]{POINTS}; p: difference, adjusted by Holm over the grades; equivalence "
        f"{within}, where all grades must pass",
        ["", "Real", "Synthetic", "Synthetic − real", "p, difference", "p, equivalence"],
        rows,
        data="grade_shares",
        notes=notes,
        remark="" if grading.read_alike else UNLIKE_MIX,
    )


def _readers(grading: Grading) -> PageTable:
    notes = Notes()
    repeated = any(one.with_self.n for one in grading.readers)
    rows = [
        [
            one.reader,
            notes.number(one.with_reference),
            notes.number(one.linear),
            notes.number(one.unweighted),
            notes.share(one.equal),
            notes.number(one.with_self),
            *([str(one.with_self.n)] if repeated else []),
        ]
        for one in grading.readers
    ]
    return page_table(
        "Each reader against the reference, and against themselves on hidden repeats [95 % interval]",
        [
            "Reader",
            "κ, quadratic",
            "κ, linear",
            "κ, unweighted",
            "Equal grade",
            "κ with themselves",
            *(["Repeats"] if repeated else []),
        ],
        rows,
        data="grading_by_reader",
        notes=notes,
    )


def _limits(grading: Grading) -> PageTable:
    notes = Notes()
    rows = [
        [capitalised(images), *(notes.number(one) for one in (found.bias, found.lower, found.upper)), str(found.bias.n)]
        for images, found in grading.limits.items()
    ]
    return page_table(
        "The readers’ mean grade of an image less the reference, in grades: mean and the limits that hold 95 % of "
        "images, after Bland and Altman [95 % interval, for these readers and other images]",
        ["Images", "Mean difference", "Lower limit", "Upper limit", "Number"],
        rows,
        data="grading_limits",
        notes=notes,
    )


def _between(grading: Grading) -> PageTable:
    notes = Notes()
    rows = []
    for one in grading.agreement.between:
        cell = notes.share if one.name in SHARES_OF_PAIRS else notes.number
        name = capitalised(one.name)
        apart = notes.points if one.name in SHARES_OF_PAIRS else notes.number
        rows.append([name, *(cell(estimate) for estimate in (one.all, one.real, one.synthetic)), apart(one.difference)])
    holds = (
        "for other readers and other images; of ICC(1,·), ICC(3,·) and Kendall’s W for these readers"
        if grading.agreement.for_new_readers
        else "for these readers and other images, there being too few readers to say more; of ICC(2,·) for other "
        "readers too"
    )
    return page_table(
        f"Agreement between readers [95 % interval, {holds}]{POINTS}",
        ["", "All images", "Real", "Synthetic", "Synthetic − real"],
        rows,
        data="agreement_between_readers",
        notes=notes,
        remark=_of_whom(grading),
    )


def _of_whom(grading: Grading) -> str:
    """What the columns of the table do not rest on alike, where so."""
    said = []
    if not grading.shown_alike:
        said.append(
            "Real and synthetic images were shown in unlike mixes of reference grades, on which every coefficient "
            "depends. The difference takes them in one mix, the columns as they were shown."
        )
    readers, images = grading.agreement.crossed
    if readers < len(grading.readers) or images < len(grading.mean_grades):
        said.append(
            f"ICC and Kendall’s W are of {counted(readers, 'reader')} and {counted(images, 'image')}, of which no "
            "reading is missing."
        )
    return " ".join(said)


def _by_grade(grading: Grading) -> PageTable:
    whose = "other" if grading.agreement.for_new_readers else "these"
    caption = (
        "Agreement on each grade: when one reader gives it, how often another does too [95 % interval, for "
        f"{whose} readers and other images]"
    )
    return grade_table(caption, grading.agreement.by_grade, data="agreement_by_grade")


def _with_self(grading: Grading) -> PageTable:
    caption = "Readers against themselves, all hidden repeats together"
    return self_table(caption, grading.agreement.with_self, data="agreement_with_self")
