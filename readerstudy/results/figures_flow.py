"""The flow diagram: how many readers were invited, agreed, began and completed each phase, and who was lost where."""

from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readerstudy.results.drawing import INK, QUIET, WIDTH
from readerstudy.results.flow import PhaseFlow, Recruitment
from readerstudy.results.wording import counted

NAMES = {"grade": "grading", "detect": "real or synthetic"}
HEIGHT, STEP = 0.62, 1.0  # of a box, and from one box to the next


def flow_diagram(flows: list[PhaseFlow], *, recruitment: Recruitment | None, readers: list[str]) -> Figure:
    """readers: with any answer. Boxes from above: who remains; beside the way on from a box: who does not."""
    steps = _steps(flows, recruitment, readers)
    figure = Figure(figsize=(WIDTH, 0.62 * len(steps) + 0.1 + (0.31 if steps[-1].lost else 0)))
    axes = figure.subplots()
    end = len(steps) * STEP - STEP / 2 - 0.05 + (STEP / 2 if steps[-1].lost else 0)
    axes.set(xlim=(0, 10), ylim=(end, -STEP / 2 + 0.05))
    axes.set_axis_off()
    for row, step in enumerate(steps):
        _box(axes, 0.05, 6.2, row, step.text)
        below, middle = row + HEIGHT / 2, row + STEP / 2
        if row < len(steps) - 1:
            _arrow(axes, (3.1, below), (3.1, row + STEP - HEIGHT / 2))
        if step.lost:
            axes.plot([3.1, 3.1, 6.9], [below, middle, middle], color=QUIET, lw=0.8)
            axes.text(7.0, middle, "\n".join(step.lost), va="center", ha="left", color=INK, size=7.5)
    return figure


@dataclass(frozen=True)
class Step:
    """text: of the box. lost: who left there, or before the next box, a line a reason."""

    text: str
    lost: list[str]


def _steps(flows: list[PhaseFlow], recruitment: Recruitment | None, readers: list[str]) -> list[Step]:
    if recruitment is None:
        answered = len(readers)
        steps = [Step(f"{counted(answered, 'reader')} with answers", _not_begun(answered, flows[:1]))]
    else:
        refused = _lost(recruitment.invited - recruitment.consented, "did not consent")
        steps = [
            Step(f"{counted(recruitment.invited, 'reader')} invited", refused),
            Step(f"{counted(recruitment.consented, 'reader')} consented", _not_begun(recruitment.consented, flows[:1])),
        ]
    for place, one in enumerate(flows):
        text = (
            f"Phase {one.position}, {NAMES[one.task]}: {one.started} began, {one.completed} completed\n"
            f"{counted(one.answers, 'answer')}, {one.asked} asked of each reader"
        )
        steps.append(Step(text, _lost_in(one, flows[place + 1 : place + 2], readers)))
    return steps


def _lost_in(one: PhaseFlow, following: list[PhaseFlow], readers: list[str]) -> list[str]:
    """Who left a phase unfinished, who may still have begun the following one, and who stopped after it: each once."""
    begun, complete = (_with_at_least(one, readers, least) for least in (1, one.asked))
    unfinished = f"did not complete phase {one.position}"
    if not following:
        return _lost(len(begun - complete), unfinished)
    (later,) = following
    gone_on = _with_at_least(later, readers, 1)
    return [
        *_lost(len(begun - complete - gone_on), unfinished),
        *_lost(len((begun - complete) & gone_on), f"{unfinished}, but began phase {later.position}"),
        *_lost(len(complete - gone_on), f"did not begin phase {later.position}"),
    ]


def _with_at_least(flow: PhaseFlow, readers: list[str], answers: int) -> set[str]:
    return {reader for reader in readers if flow.asked - flow.missing.get(reader, 0) >= answers}


def _not_begun(before: int, following: list[PhaseFlow]) -> list[str]:
    """Of those before, who did not begin the following phase, where there is one."""
    return [line for one in following for line in _lost(before - one.started, f"did not begin phase {one.position}")]


def _lost(number: int, what: str) -> list[str]:
    return [f"{number} {what}"] if number > 0 else []


def _box(axes: Axes, left: float, width: float, row: float, text: str) -> None:
    axes.fill_between([left, left + width], row - HEIGHT / 2, row + HEIGHT / 2, fc="white", ec=QUIET, lw=0.8)
    axes.text(left + width / 2, row, text, ha="center", va="center", color=INK, size=8)


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate("", xy=end, xytext=start, arrowprops={"arrowstyle": "-|>", "color": QUIET, "lw": 0.8})
