"""How long a reading took and how often it was right, against its place in the order: learning and fatigue."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from readerstudy.analysis.course import Block
from readerstudy.results.drawing import INK, PALE, WIDTH, percent_ticks

TITLES = {"grade": "Kellgren–Lawrence grade", "detect": "real or synthetic"}


@dataclass(frozen=True)
class PositionTime:
    """Quartiles over readers of the seconds from the painted image to the confirmation, at one position."""

    phase: int
    task: str
    position: int
    readings: int
    lower_quartile: float
    median: float
    upper_quartile: float


def times_by_position(answers: pd.DataFrame) -> list[PositionTime]:
    """From the first revision of every answer whose time is known; answers as `read_answers` gives them."""
    first = answers[(answers["revision"] == 1) & answers["response_ms"].notna()]
    times = []
    for _, group in first.groupby(["phase", "position"]):
        phase, task, position = group[["phase", "task", "position"]].iloc[0]
        seconds = group["response_ms"].to_numpy(dtype=float) / 1000
        low, median, high = (float(one) for one in np.percentile(seconds, [25, 50, 75]))
        times.append(PositionTime(int(phase), str(task), int(position), len(seconds), low, median, high))
    return times


def time_by_position(times: list[PositionTime]) -> Figure:
    """Median and quartiles of the time by position, a panel for each phase."""
    phases = sorted({one.phase for one in times})
    figure = Figure(figsize=(WIDTH, 2.2))
    for axes, phase in zip(figure.subplots(1, len(phases), sharey=True, squeeze=False)[0], phases, strict=True):
        chosen = [one for one in times if one.phase == phase]
        places = [one.position for one in chosen]
        low, high = [one.lower_quartile for one in chosen], [one.upper_quartile for one in chosen]
        axes.fill_between(places, low, high, color=INK, alpha=0.14, lw=0)
        axes.plot(places, [one.median for one in chosen], color=INK, lw=1)
        axes.set(title=f"Phase {phase}: {TITLES[chosen[0].task]}", xlabel="Position in the reader’s order")
    figure.axes[0].set_ylabel("Seconds")
    figure.axes[0].set_ylim(bottom=0)
    return figure


def share_by_position(courses: list[tuple[str, list[Block]]]) -> Figure:
    """How often readings were right along the sitting: a panel for each name and course."""
    figure = Figure(figsize=(WIDTH, 2.2))
    for axes, (name, course) in zip(figure.subplots(1, len(courses), squeeze=False)[0], courses, strict=True):
        for one in (block for block in course if block.share.value is not None):
            middle = (one.first + one.last) / 2
            if one.share.low is not None and one.share.high is not None:
                axes.plot([middle, middle], [one.share.low, one.share.high], color=INK, lw=1)
            axes.plot(
                middle, one.share.value, "o", ms=3.5, color=INK, mfc=INK if one.share.low is not None else "white"
            )
        axes.set(title=name, xlabel="Position in the reader’s order", ylim=(-0.03, 1.03))
        percent_ticks(axes.yaxis)
        axes.grid(axis="y", color=PALE, lw=0.6)
    figure.axes[0].set_ylabel("Share of the readings")
    return figure
