"""What is written in the figures: shares and coefficients as in the text, names that have room."""

import io
from dataclasses import replace

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from readerstudy.analysis.readings import read_answers
from readerstudy.analysis.roc import RocCurve
from readerstudy.analysis.summary import Analysis
from readerstudy.results import figures_detection, figures_grading
from readerstudy.results.drawing import STYLE, encode, short_name
from readerstudy.results.figures import draw_figures
from readerstudy.results.flow import PhaseFlow, phase_flows
from readerstudy.results.reading_times import times_by_position
from tests.analysis.test_summary import analyse, simulated

FLOWS = [PhaseFlow(1, "grade", 12, 3, 3, 36, {})]


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    table = simulated(readers=3, cases=12, repeats=0)
    table["reader"] = "reader-with-a-long-name-" + table["reader"]
    return analyse(read_answers(io.StringIO(table.to_csv(index=False))))


def drawn(figure: Figure) -> Figure:
    figure.draw_without_rendering()
    return figure


def test_axes_have_percents_as_the_text_has(analysis: Analysis) -> None:
    assert analysis.detection is not None
    axes = drawn(figures_detection.detection_confidence(analysis.detection)).axes[0]
    assert axes.get_yticklabels()[1].get_text().endswith("\u00a0%")


def test_coefficients_have_their_zero_and_long_names_their_two_ends(analysis: Analysis) -> None:
    assert analysis.grading is not None
    axes = drawn(figures_grading.reader_agreement(analysis.grading)).axes[0]
    written = [one.get_text() for one in axes.texts]
    assert written
    assert all(one.removeprefix("−")[:2] in ("0.", "1.") for one in written)
    assert [one.get_text() for one in axes.get_yticklabels()] == ["reade…name-R01", "reade…name-R02", "reade…name-R03"]
    assert short_name("R01") == "R01"


def test_a_name_with_dollar_signs_is_drawn_as_it_is() -> None:
    table = simulated(readers=2, cases=6, repeats=0)
    table["reader"] = table["reader"].replace("R01", r"$\foo$ a")
    answers = read_answers(io.StringIO(table.to_csv(index=False)))
    drawings = draw_figures(analyse(answers), phase_flows(answers, protocol=None), None, times_by_position(answers))
    written = {text.get_text() for one in drawings for text in one.figure.findobj(Text)}
    assert r"$\foo$ a" in written
    for one in drawings:
        encode(one.figure, form="svg")


def test_the_legend_of_the_roc_curves_lies_beside_them() -> None:
    curve = RocCurve([0, 0.5, 1], [0, 0.8, 1], [0, 0.6, 1], [0, 0.9, 1], [[(0, 0), (0.2, 0.6), (1, 1)]])
    with mpl.rc_context(STYLE):
        figure = drawn(figures_detection.detection_roc(curve))
    (legend,) = figure.legends
    assert not legend.get_window_extent().overlaps(figure.axes[0].get_window_extent())


def test_guessing_is_a_line_in_the_accuracy_alone(analysis: Analysis) -> None:
    """One who guesses may have any sensitivity and specificity."""
    assert analysis.detection is not None
    panels = drawn(figures_detection.detection_by_reader(analysis.detection)).axes
    dashed = [sum(line.is_dashed() for line in panel.lines) for panel in panels]
    assert [panel.get_title() for panel in panels] == ["Accuracy", "Synthetic called synthetic", "Real called real"]
    assert dashed == [1, 0, 0]


def test_the_shades_of_agreement_are_of_one_scale_and_the_diagonal_is_no_value(analysis: Analysis) -> None:
    assert analysis.grading is not None
    names = ["R01", "R02", "R03"]
    for worst, extend in ((0.8, "neither"), (-0.2, "min")):
        pairs = {one: {other: worst for other in names if other != one} for one in names}
        figure = drawn(figures_grading.reader_agreement(replace(analysis.grading, pairs=pairs)))
        axes, (picture,) = figure.axes[0], figure.axes[0].images
        assert picture.get_clim() == (0, 1)
        assert picture.colorbar.extend == extend
        assert [patch.get_hatch() for patch in axes.patches] == ["////"] * 3
        assert len(axes.texts) == 6  # nothing is written on the diagonal


def test_the_limits_say_that_differences_go_one_way_where_the_scale_ends(analysis: Analysis) -> None:
    captions = {one.name: one.caption for one in draw_figures(analysis, FLOWS, None, [])}
    assert captions["grading_limits"].endswith("at reference grade 0 none is below 0, at grade 4 none above.")
