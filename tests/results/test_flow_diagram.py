"""The flow diagram: every loss once, below the box that it happened in."""

from matplotlib.figure import Figure

from readerstudy.results.figures_flow import flow_diagram
from readerstudy.results.flow import PhaseFlow, Recruitment

READERS = [f"R{number}" for number in range(1, 9)]


def phase(position: int, task: str, **missing: int) -> PhaseFlow:
    """Of eight readers, each asked for 24 readings."""
    started = sum(missing.get(reader, 0) < 24 for reader in READERS)
    return PhaseFlow(position, task, 24, started, 8 - len(missing), 192 - sum(missing.values()), missing)


def lines(figure: Figure) -> list[str]:
    """What is written, from above."""
    written = sorted(figure.axes[0].texts, key=lambda one: one.get_position()[1])
    return [line for one in written for line in one.get_text().split("\n") if line and "asked of each" not in line]


def test_who_left_a_phase_unfinished_may_begin_the_next_and_who_did_not_begin_is_counted() -> None:
    flows = [phase(1, "grade", R1=1, R2=1), phase(2, "detect", R3=24)]
    assert lines(flow_diagram(flows, recruitment=None, readers=READERS)) == [
        "8 readers with answers",
        "Phase 1, grading: 8 began, 6 completed",
        "2 did not complete phase 1, but began phase 2",
        "1 did not begin phase 2",
        "Phase 2, real or synthetic: 7 began, 7 completed",
    ]


def test_who_stopped_in_the_first_phase_is_lost_once() -> None:
    flows = [phase(1, "grade", R1=9), phase(2, "detect", R1=24)]
    assert lines(flow_diagram(flows, recruitment=None, readers=READERS))[1:] == [
        "Phase 1, grading: 8 began, 7 completed",
        "1 did not complete phase 1",
        "Phase 2, real or synthetic: 7 began, 7 completed",
    ]


def test_every_loss_stands_below_its_box_inside_the_figure() -> None:
    flows = [phase(1, "grade"), phase(2, "detect", R4=3)]
    figure = flow_diagram(flows, recruitment=Recruitment(10, 9, interim=False), readers=READERS)
    assert lines(figure) == [
        "10 readers invited",
        "1 did not consent",
        "9 readers consented",
        "1 did not begin phase 1",
        "Phase 1, grading: 8 began, 8 completed",
        "Phase 2, real or synthetic: 8 began, 7 completed",
        "1 did not complete phase 2",
    ]
    lowest, highest = figure.axes[0].get_ylim()
    drawn = [place for line in figure.axes[0].lines for place in line.get_ydata()]
    assert highest < min(drawn) < max(drawn) < lowest
