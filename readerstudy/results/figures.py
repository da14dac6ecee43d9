"""The figures of a report, each with its name and caption."""

from dataclasses import dataclass

import matplotlib as mpl
from matplotlib.figure import Figure

from readerstudy.analysis.summary import Analysis
from readerstudy.analysis.summary_detection import Detection
from readerstudy.analysis.summary_grading import Grading
from readerstudy.results import figures_detection, figures_grading
from readerstudy.results.drawing import STYLE
from readerstudy.results.figures_flow import flow_diagram
from readerstudy.results.flow import PhaseFlow, Recruitment
from readerstudy.results.reading_times import PositionTime, share_by_position, time_by_position


@dataclass(frozen=True)
class Drawing:
    """section: where in the report the figure stands. data: the table, by name, that holds its numbers."""

    name: str
    section: str
    caption: str
    data: str
    figure: Figure


def draw_figures(
    analysis: Analysis, flows: list[PhaseFlow], recruitment: Recruitment | None, times: list[PositionTime]
) -> list[Drawing]:
    """The figures that there are data for, in the order of the report."""
    with mpl.rc_context(STYLE):
        flow = flow_diagram(flows, recruitment=recruitment, readers=analysis.readers)
        drawings = [
            Drawing(
                "flow",
                "readers",
                f"Readers from {'invitation' if recruitment else 'their first answer'} to the last phase.",
                "flow",
                flow,
            )
        ]
        drawings += [] if analysis.detection is None else _detection(analysis.detection)
        drawings += [] if analysis.grading is None else _grading(analysis.grading)
        drawings += [_times(times)] if times else []
        return drawings + _course(analysis)


def _grading(grading: Grading) -> list[Drawing]:
    drawings = [
        Drawing(
            "grading_confusion",
            "grading",
            "KL grades given by all readers (columns) against the reference grade (rows), first readings. "
            "Numbers are readings; the shade is the share of the row.",
            "grading_confusion",
            figures_grading.grading_confusion(grading),
        ),
        Drawing(
            "grade_distribution",
            "grading",
            "How often each KL grade was given to real (blue) and synthetic (orange) images, in all first readings as "
            "they were shown; lines: how often it was the reference.",
            "grading_confusion",
            figures_grading.grade_distribution(grading),
        ),
        Drawing(
            "grading_by_reader",
            "grading",
            "Quadratic κ of each reader with the reference, and with themselves on hidden repeats; 95 % "
            "intervals. A hollow point has no interval.",
            "grading_by_reader",
            figures_grading.grading_by_reader(grading),
        ),
        Drawing(
            "grading_limits",
            "grading",
            "The readers’ mean grade of each image less the reference (Bland and Altman). Solid: mean difference; "
            "dashed: limits that hold 95 % of images; shades: their 95 % intervals. Where the scale ends, differences "
            "go one way: at reference grade 0 none is below 0, at grade 4 none above.",
            "grading_means",
            figures_grading.grading_limits(grading),
        ),
    ]
    if len(grading.readers) > 1:
        drawings.append(
            Drawing(
                "grading_confusion_by_reader",
                "grading",
                "KL grades of each reader (columns) against the reference (rows), real and synthetic together.",
                "grading_confusion",
                figures_grading.grading_confusion_by_reader(grading),
            ),
        )
        drawings.append(
            Drawing(
                "reader_agreement",
                "agreement",
                "Quadratic κ of every pair of readers, all images. Shades from 0 to 1; a κ below 0 has the shade of 0.",
                "reader_agreement",
                figures_grading.reader_agreement(grading),
            )
        )
    return drawings


def _detection(detection: Detection) -> list[Drawing]:
    drawings = [
        Drawing(
            "detection_by_reader",
            "detection",
            "Telling real from synthetic: each reader with the exact 95 % interval"
            f"{'' if detection.as_many else ' (of the balanced accuracy, that of DeLong)'}, below them the pooled "
            f"figure with its interval for other readers and other images. Dashed: the {detection.judged} of one who "
            "guesses, whose sensitivity and specificity may be any.",
            "detection_by_reader",
            figures_detection.detection_by_reader(detection),
        ),
        Drawing(
            "detection_confusion",
            "detection",
            "Truth (rows) against call (columns), all readers. Numbers are readings; the shade is the share of the "
            "row.",
            "detection_confusion",
            figures_detection.detection_confusion(detection),
        ),
    ]
    if len(detection.readers) > 1:
        drawings.append(
            Drawing(
                "detection_confusion_by_reader",
                "detection",
                "Truth (rows) against call (columns) of each reader.",
                "detection_confusion",
                figures_detection.detection_confusion_by_reader(detection),
            )
        )
    if detection.roc is not None:
        drawings.append(
            Drawing(
                "detection_roc",
                "detection",
                "ROC curves: each reader, and the mean over readers with its pointwise 95 % band for other readers and "
                "other images"
                + ("; dashed, the mean of the binormal curves fitted to the readers" if detection.roc.smooth else "")
                + ". The diagonal is guessing.",
                "detection_roc",
                figures_detection.detection_roc(detection.roc),
            )
        )
    if any(map(sum, detection.confidence.values())):
        drawings.append(
            Drawing(
                "detection_confidence",
                "detection",
                "What the readers called real (blue) and synthetic (orange) images, and how sure they were: 1 a guess, "
                "5 certain.",
                "detection_confidence",
                figures_detection.detection_confidence(detection),
            )
        )
    return drawings


def _course(analysis: Analysis) -> list[Drawing]:
    names = {"grade": "Same grade as the reference", "detect": "Rightly called real or synthetic"}
    courses = [
        (names[task], course)
        for task, course in analysis.courses.items()
        if any(one.share.value is not None for one in course)
    ]
    if not courses:
        return []
    caption = (
        "Share of right readings by position in the reader’s order, in tenths of the sitting; 95 % intervals for other "
        "readers and other images."
    )
    return [Drawing("share_by_position", "times", caption, "course", share_by_position(courses))]


def _times(times: list[PositionTime]) -> Drawing:
    return Drawing(
        "time_by_position",
        "times",
        "Time from the painted image to the first confirmation, by position in the reader’s order: median "
        "over readers and quartiles.",
        "time_by_position",
        time_by_position(times),
    )
