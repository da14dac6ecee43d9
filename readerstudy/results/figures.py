"""The figures of the report: each a function of the analysis, drawn the same way every time."""

import io
from collections.abc import Callable

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from readerstudy.analysis.estimate import Estimate
from readerstudy.analysis.summary import Analysis

INK, QUIET, BLUE, ORANGE = "#1a1a1a", "#8a8a8a", "#2b6cb0", "#c05621"  # blue and orange survive colour blindness
STYLE = {
    "svg.hashsalt": "readerstudy",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.7,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.constrained_layout.use": True,
}


def draw_figures(analysis: Analysis) -> dict[str, Figure]:
    """The figures that this analysis has the data for, by file name."""
    figures: dict[str, Callable[[Analysis], Figure]] = {}
    if analysis.grading is not None:
        figures |= {
            "grading_confusion": grading_confusion,
            "grade_distribution": grade_distribution,
            "grading_with_reference": grading_with_reference,
        }
        if len(analysis.grading.readers) > 1:
            figures["reader_agreement"] = reader_agreement
    if analysis.detection is not None:
        figures |= {
            "detection_by_reader": detection_by_reader,
            "detection_confusion": detection_confusion,
            "detection_confidence": detection_confidence,
        }
    with mpl.rc_context(STYLE):
        return {name: draw(analysis) for name, draw in figures.items()}


def encode(figure: Figure, *, form: str) -> bytes:
    """The figure as `svg` or `png` bytes, without dates or programs in them, so that the same is the same."""
    buffer = io.BytesIO()
    metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format=form, dpi=200, metadata=metadata)
    return buffer.getvalue()


def grading_confusion(analysis: Analysis) -> Figure:
    """Reference against given grade, all readers, real and synthetic side by side; shares of each row."""
    assert analysis.grading is not None
    figure = Figure(figsize=(6.6, 3.2))
    for axes, kind in zip(figure.subplots(1, 2), ("real", "synthetic"), strict=True):
        _matrix(axes, np.array(analysis.grading.pooled[kind]), labels=list("01234"))
        axes.set(title=f"{kind.capitalize()} images", xlabel="Given KL grade", ylabel="Reference KL grade")
    return figure


def grade_distribution(analysis: Analysis) -> Figure:
    """How often each grade was given, by source, beside how often it is the reference."""
    assert analysis.grading is not None
    figure = Figure(figsize=(6.6, 2.6))
    for axes, kind in zip(figure.subplots(1, 2, sharey=True), ("real", "synthetic"), strict=True):
        table = np.array(analysis.grading.pooled[kind], dtype=float)
        total = max(table.sum(), 1)
        places = np.arange(5)
        axes.bar(places - 0.2, table.sum(1) / total, 0.38, color="#d0d0d0", label="Reference")
        axes.bar(places + 0.2, table.sum(0) / total, 0.38, color=BLUE if kind == "real" else ORANGE, label="Given")
        axes.set(xlabel=f"KL grade, {kind} images", xticks=places)
        axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 0.98))
        axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1, decimals=0))
    figure.axes[0].set_ylabel("Share of readings")
    return figure


def grading_with_reference(analysis: Analysis) -> Figure:
    """Each reader's quadratic κ with the reference, and with themselves on the repeats."""
    assert analysis.grading is not None
    readers = analysis.grading.readers
    figure = Figure(figsize=(6.6, 0.8 + 0.24 * len(readers)))
    columns = (("With the reference", [one.with_reference for one in readers]),
               ("With themselves (repeats)", [one.with_self for one in readers]))  # fmt: skip
    for axes, (title, estimates) in zip(figure.subplots(1, 2, sharey=True), columns, strict=True):
        _forest(axes, [one.reader for one in readers], estimates)
        axes.set(title=title, xlabel="Quadratic κ", xlim=(-0.25, 1.05))
    return figure


def reader_agreement(analysis: Analysis) -> Figure:
    """Quadratic κ of every pair of readers."""
    assert analysis.grading is not None
    names = list(analysis.grading.pairs)
    values = np.array([[analysis.grading.pairs[a].get(b) for b in names] for a in names], dtype=float)
    side = 1.6 + 0.3 * len(names)
    figure = Figure(figsize=(min(side + 0.6, 7), min(side, 6.4)))
    axes = figure.subplots()
    picture = axes.imshow(values, vmin=0, vmax=1, cmap="Blues")
    axes.set(xticks=range(len(names)), yticks=range(len(names)))
    axes.set_xticklabels(names, rotation=90)
    axes.set_yticklabels(names)
    _no_frame(axes)
    for row, column in np.argwhere(np.isfinite(values)):
        shade = "white" if values[row, column] > 0.6 else INK
        axes.text(column, row, f"{values[row, column]:.2f}".lstrip("0"), ha="center", va="center", color=shade, size=7)
    figure.colorbar(picture, ax=axes, shrink=0.7, label="Quadratic κ", extend="min")
    return figure


def detection_by_reader(analysis: Analysis) -> Figure:
    """Accuracy, sensitivity and specificity of each reader, the pooled figure below, chance as a line."""
    assert analysis.detection is not None
    one = analysis.detection
    names = [reader.reader for reader in one.readers] + ["Pooled"]
    figure = Figure(figsize=(6.9, 0.9 + 0.24 * len(names)))
    for axes, measure in zip(
        figure.subplots(1, 3, sharey=True), ("accuracy", "sensitivity", "specificity"), strict=True
    ):
        estimates = [getattr(reader, measure) for reader in one.readers] + [getattr(one, f"pooled_{measure}")]
        _forest(axes, names, estimates, last_is_pooled=True)
        axes.axvline(0.5, color=QUIET, lw=0.8, ls=(0, (4, 3)), zorder=0)
        axes.set(title=measure.capitalize(), xlim=(-0.03, 1.03), xticks=[0, 0.5, 1])
    return figure


def detection_confusion(analysis: Analysis) -> Figure:
    """Truth against call: all readers, then each."""
    assert analysis.detection is not None
    panels = [("All readers", analysis.detection.confusion)] + [
        (one.reader, one.confusion) for one in analysis.detection.readers
    ]
    columns = min(6, len(panels))
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(1.25 * columns + 0.3, 1.4 * rows + 0.2))
    grid = np.ravel(figure.subplots(rows, columns, squeeze=False))
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    for place, (axes, (title, table)) in enumerate(zip(grid, panels, strict=False)):
        counts = [[table.real_called_real, table.real_called_synthetic],
                  [table.synthetic_called_real, table.synthetic_called_synthetic]]  # fmt: skip
        _matrix(axes, np.array(counts), labels=["real", "synth."])
        axes.set_title(title)
        axes.tick_params(labelsize=7)
        axes.set_yticklabels(["real", "synth."] if place % columns == 0 else ["", ""])
    return figure


def detection_confidence(analysis: Analysis) -> Figure:
    """How sure the readers were, by source and call."""
    assert analysis.detection is not None
    figure = Figure(figsize=(6.6, 2.6))
    for axes, source in zip(figure.subplots(1, 2, sharey=True), ("real", "synthetic"), strict=True):
        for shift, called, colour in ((-0.2, "real", BLUE), (0.2, "synthetic", ORANGE)):
            counts = analysis.detection.confidence[f"{source}, called {called}"]
            axes.bar(np.arange(1, 6) + shift, counts, 0.38, color=colour, label=f"called {called}")
        axes.set(xlabel=f"Confidence, {source} images (5: certain)", xticks=range(1, 6))
        axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 0.98))
    figure.axes[0].set_ylabel("Readings")
    return figure


def _matrix(axes: Axes, counts: np.ndarray, *, labels: list[str]) -> None:
    """Counts as numbers on shades of their share of the row."""
    share = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(share, vmin=0, vmax=1, cmap="Blues")
    axes.set(xticks=range(len(labels)), yticks=range(len(labels)))
    axes.set_xticklabels(labels)
    axes.set_yticklabels(labels)
    _no_frame(axes)
    for row, column in np.ndindex(*counts.shape):
        shade = "white" if share[row, column] > 0.6 else INK
        axes.text(column, row, str(counts[row, column]), ha="center", va="center", color=shade, size=8)


def _no_frame(axes: Axes) -> None:
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _forest(axes: Axes, names: list[str], estimates: list[Estimate], *, last_is_pooled: bool = False) -> None:
    for row, estimate in enumerate(estimates):
        pooled = last_is_pooled and row == len(estimates) - 1
        if estimate.value is None:
            axes.text(0.5, row, "not estimable", ha="center", va="center", color=QUIET, size=7)
            continue
        if estimate.low is not None and estimate.high is not None:
            axes.plot([estimate.low, estimate.high], [row, row], color=ORANGE if pooled else BLUE, lw=2 if pooled else 1)
        axes.plot(estimate.value, row, "D" if pooled else "o", ms=5 if pooled else 4, color=ORANGE if pooled else BLUE)
    axes.set(yticks=range(len(names)), ylim=(len(names) - 0.4, -0.6))
    axes.set_yticklabels(names)
    axes.grid(axis="x", color="#e6e6e6", lw=0.6)
    axes.set_axisbelow(True)
