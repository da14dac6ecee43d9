"""The page of the report, section by section: words, tables and figures in the order that a paper needs them."""

from dataclasses import dataclass, field

from readerstudy.analysis.summary import Analysis
from readerstudy.results.flow import PhaseFlow, ReaderRow
from readerstudy.results.page_detection import detection_tables
from readerstudy.results.page_exploration import exploration_tables
from readerstudy.results.page_grading import agreement_tables, grading_tables
from readerstudy.results.page_outcomes import flow_table, outcomes_table, readers_table
from readerstudy.results.page_tables import PageTable
from readerstudy.results.wording import counted


@dataclass(frozen=True)
class Section:
    """name: also the section that figures belong to. words: paragraphs before the tables."""

    name: str
    title: str
    words: list[str] = field(default_factory=list)
    tables: list[PageTable] = field(default_factory=list)
    begins_with_figure: bool = False


def sections(analysis: Analysis, flows: list[PhaseFlow], readers: list[ReaderRow], *, times: bool) -> list[Section]:
    """What there are data for."""
    outcomes = outcomes_table(analysis)
    found = [Section("outcomes", "Outcomes of the plan", tables=[outcomes])] if outcomes.rows else []
    found.append(
        Section(
            "readers",
            "Study and readers",
            _counts(analysis),
            [flow_table(flows), readers_table(readers, flows)],
            begins_with_figure=True,
        )
    )
    if analysis.detection is not None:
        found.append(Section("detection", "Real or synthetic", [POSITIVE], detection_tables(analysis.detection)))
    if analysis.grading is not None:
        coefficients = [COEFFICIENTS] if len(analysis.grading.readers) > 1 else []
        found += [
            Section("grading", "Grading", [KAPPA], grading_tables(analysis.grading)),
            Section("agreement", "Agreement of readers", coefficients, agreement_tables(analysis.grading)),
        ]
    if tables := exploration_tables(analysis):
        found.append(Section("exploration", "Further questions (exploratory)", [EXPLORATORY], tables))
    if times or any(one.share.value is not None for course in analysis.courses.values() for one in course):
        found.append(Section("times", "Over the sitting", [COURSE]))
    return found


POSITIVE = (
    "Synthetic is the positive class: sensitivity is the share of synthetic images called synthetic, specificity the "
    "share of real images called real. Asymmetry of errors: how much more often synthetic images were taken for real "
    "than real ones for synthetic. AUC: how often a synthetic image was rated more surely synthetic than a real one; "
    "0.5 is guessing."
)
EXPLORATORY = (
    "These look for hints, and nothing here was planned: p values are adjusted within each table, not for the number "
    "of tables. The odds ratios hold the other effects fixed and take readers and images for samples."
)
COURSE = (
    "Each reader saw the images in an order of his or her own, so that no trend comes of harder images. In the share "
    "of right readings a rise is learning and a fall is fatigue; in the seconds a rise means slower readings."
)
KAPPA = (
    "κ is 1 for perfect agreement and 0 for what chance alone would give. With quadratic weights, a disagreement of "
    "two grades weighs four times one of a single grade; unweighted, only the same grade agrees. Mean error: above "
    "0, grades were higher than the reference."
)
COEFFICIENTS = (
    "The coefficients answer one question in different ways; report the one that your plan names. κ falls when one "
    "grade is rare, AC2 hardly does; the ICC and α look at distances between grades; W at the order of the images "
    "alone."
)


def _counts(analysis: Analysis) -> list[str]:
    return [
        f"{counted(analysis.cases['real'], 'real image')} and "
        f"{counted(analysis.cases['synthetic'], 'synthetic image')} have answers. "
        f"{counted(analysis.answers, 'answer')} count{_revised(analysis.revised)}."
    ]


def _revised(number: int) -> str:
    if not number:
        return "; none was changed"
    return (
        f"; {counted(number, 'earlier version')} of changed answers {'stays' if number == 1 else 'stay'} in the export"
    )
