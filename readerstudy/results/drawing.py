"""How every figure looks, and how it becomes a file that is the same each time."""

import io
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from readerstudy.analysis.estimate import Estimate

# blue and orange survive colour blindness and a grey printer
INK, QUIET, PALE, BLUE, ORANGE = "#1a1a1a", "#8a8a8a", "#e6e6e6", "#2b6cb0", "#c05621"
COLOUR = {"real": BLUE, "synthetic": ORANGE}  # everywhere; what is of neither is ink
SHADES = {"real": "Blues", "synthetic": "Oranges", "": "Greys"}
WIDTH = 6.9  # inches: the text width of a printed page
LONGEST_NAME = 14  # letters that fit above a panel and beside a row
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "readerstudy",
    "svg.fonttype": "path",  # looks the same where the font is missing
    "text.parse_math": False,  # a name from the data may hold dollar signs
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.constrained_layout.use": True,
}


def encode(figure: Figure, *, form: str) -> bytes:
    """The figure as `svg` or `png` bytes, without dates or programs in them, so that the same is the same."""
    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
    with mpl.rc_context(STYLE):
        # tight: where a layout leaves a title too little room, the page grows instead of cutting it
        figure.savefig(buffer, format=form, dpi=200, metadata=metadata, bbox_inches="tight", pad_inches=0.04)
    return buffer.getvalue()


def percent_ticks(axis: Axis) -> None:
    """`30 %`, as in the text."""
    axis.set_major_formatter(PercentFormatter(1, decimals=0, symbol="\u00a0%"))


def short_name(name: str) -> str:
    """A reader's name as a label: of a long one the two ends, of which the latter tells readers of one clinic apart."""
    return name if len(name) <= LONGEST_NAME else f"{name[:5]}…{name[-8:]}"


def draw_matrix(axes: Axes, counts: NDArray[np.int_], *, labels: list[str], size: float = 8, source: str = "") -> None:
    """Counts [rows, columns] as numbers on shades of their share of the row; nothing where the count is 0.

    source: of the images, whose colour the shades take; grey where they are of both.
    """
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(share, vmin=0, vmax=1.1, cmap=SHADES[source])
    axes.set(xticks=range(len(labels)), yticks=range(len(labels)))
    axes.set_xticklabels(labels)
    axes.set_yticklabels(labels)
    hide_frame(axes)
    for row, column in np.argwhere(counts > 0):
        shade = "white" if share[row, column] > 0.6 else INK
        text = str(counts[row, column])
        axes.text(column, row, text, ha="center", va="center", color=shade, size=size)


def hide_frame(axes: Axes) -> None:
    axes.spines[:].set_color(PALE)
    axes.spines[:].set_visible(True)
    axes.tick_params(length=0)


def small_multiples(titles: list[str], *, columns: int, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with one panel a title, `columns` in a row, each of this size in inches."""
    columns = min(columns, len(titles))
    rows = -(-len(titles) // columns)
    figure = Figure(figsize=(width * columns + 0.4, height * rows + 0.3))
    panels = list(np.ravel(figure.subplots(rows, columns, squeeze=False)))
    for spare in panels[len(titles) :]:
        spare.set_axis_off()
    for panel, title in zip(panels, titles, strict=False):
        panel.set_title(title, size=7)
        panel.tick_params(labelsize=6.5)
    return figure, panels[: len(titles)]


def draw_forest(
    axes: Axes, names: list[str], estimates: list[Estimate], *, last_is_pooled: bool = False, colour: str = INK
) -> None:
    """A point and its interval a row, from the top; hollow without an interval, words without an estimate."""
    for row, estimate in enumerate(estimates):
        pooled = last_is_pooled and row == len(estimates) - 1
        width = 2.0 if pooled else 1.0
        if estimate.value is None:
            middle = sum(axes.get_xlim()) / 2
            axes.text(middle, row, "not estimable", ha="center", va="center", color=QUIET, size=6.5)
            continue
        bounded = estimate.low is not None and estimate.high is not None
        if estimate.low is not None and estimate.high is not None:
            axes.plot([estimate.low, estimate.high], [row, row], color=colour, lw=width)
        axes.plot(
            estimate.value,
            row,
            "D" if pooled else "o",
            ms=4.5 if pooled else 3.5,
            color=colour,
            mfc=colour if bounded else "white",
            clip_on=False,
        )
    axes.set(yticks=range(len(names)), ylim=(len(names) - 0.4, -0.6))
    axes.set_yticklabels(names)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=PALE, lw=0.6)
    axes.set_axisbelow(True)
    if last_is_pooled:
        axes.axhline(len(names) - 1.5, color=QUIET, lw=0.6)
