"""The flow diagram: how many readers were invited, agreed, began and completed each phase, and who was lost where."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readerstudy.results.drawing import INK, QUIET, WIDTH
from readerstudy.results.flow import PhaseFlow, Recruitment
from readerstudy.results.wording import counted

NAMES = {"grade": "grading", "detect": "real or synthetic"}
HEIGHT, STEP = 0.62, 1.0  # of a box, and from one box to the next


def flow_diagram(flows: list[PhaseFlow], *, recruitment: Recruitment | None, answered: int) -> Figure:
    """answered: readers with any answer. Boxes from above: who remains; at the side: who does not."""
    boxes: list[tuple[str, str]] = []
    if recruitment is not None:
        boxes.append((f"{counted(recruitment.invited, 'reader')} invited", ""))
        boxes.append(
            (
                f"{counted(recruitment.consented, 'reader')} consented",
                _lost(recruitment.invited - recruitment.consented, "did not consent"),
            )
        )
    before = recruitment.consented if recruitment is not None else answered
    for one in flows:
        text = (
            f"Phase {one.position}, {NAMES[one.task]}: {one.started} began, {one.completed} completed\n"
            f"{counted(one.answers, 'answer')}, {one.asked} asked of each reader"
        )
        gone = [_lost(before - one.started, "did not begin"), _lost(one.started - one.completed, "did not complete")]
        boxes.append((text, "\n".join(line for line in gone if line)))
        before = one.completed
    figure = Figure(figsize=(WIDTH, 0.62 * len(boxes) + 0.1))
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(len(boxes) * STEP - STEP / 2 - 0.05, -STEP / 2 + 0.05))
    axes.set_axis_off()
    for row, (text, lost) in enumerate(boxes):
        _box(axes, 0.05, 6.2, row, text)
        if row:
            _arrow(axes, (3.1, row - STEP + HEIGHT / 2), (3.1, row - HEIGHT / 2))
        if lost:
            middle = row - STEP / 2
            axes.plot([3.1, 6.9], [middle, middle], color=QUIET, lw=0.8)
            axes.text(7.0, middle, lost, va="center", ha="left", color=INK, size=7.5)
    return figure


def _lost(number: int, what: str) -> str:
    return f"{number} {what}" if number > 0 else ""


def _box(axes: Axes, left: float, width: float, row: float, text: str) -> None:
    axes.fill_between([left, left + width], row - HEIGHT / 2, row + HEIGHT / 2, fc="white", ec=QUIET, lw=0.8)
    axes.text(left + width / 2, row, text, ha="center", va="center", color=INK, size=8)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": QUIET, "lw": 0.8})
