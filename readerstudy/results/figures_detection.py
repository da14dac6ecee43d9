"""The figures about telling real from synthetic: each a function of what the analysis found."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from readerstudy.analysis.detection import Confusion
from readerstudy.analysis.roc import RocCurve
from readerstudy.analysis.summary_detection import Detection
from readerstudy.results.drawing import (
    BLUE,
    COLOUR,
    INK,
    ORANGE,
    QUIET,
    WIDTH,
    draw_forest,
    draw_matrix,
    percent_ticks,
    short_name,
    small_multiples,
)

SHARES = {
    "sensitivity": ("Synthetic called synthetic", ORANGE),
    "specificity": ("Real called real", BLUE),
}


def detection_by_reader(detection: Detection) -> Figure:
    """Accuracy (balanced, where there are not as many real as synthetic images), sensitivity and specificity of each
    reader, the pooled figure below; guessing as a line where it has one value."""
    names = [short_name(reader.reader) for reader in detection.readers] + ["Pooled"]
    figure = Figure(figsize=(WIDTH, 0.9 + 0.21 * len(names)))
    measures = {detection.judged: (detection.judged.capitalize(), INK), **SHARES}
    for axes, (measure, (title, colour)) in zip(figure.subplots(1, 3, sharey=True), measures.items(), strict=True):
        estimates = [reader.figures[measure] for reader in detection.readers]
        axes.set(title=title, xlim=(-0.03, 1.03), xticks=[0, 0.25, 0.5, 0.75, 1])
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=""))
        draw_forest(axes, names, [*estimates, detection.pooled[measure].estimate], last_is_pooled=True, colour=colour)
        if measure == detection.judged:  # of one who guesses, the other two are whatever share they call synthetic
            axes.axvline(0.5, color=QUIET, lw=0.9, ls=(0, (4, 3)), zorder=0.5)
    figure.supxlabel("% of images", size=8)
    return figure


def detection_confusion(detection: Detection) -> Figure:
    """Truth against call, of all readers."""
    figure = Figure(figsize=(3.2, 2.3))
    axes = figure.subplots()
    draw_matrix(axes, _counts(detection.confusion), labels=["real", "synthetic"], size=10)
    axes.set(xlabel="Called", ylabel="Truth")
    return figure


def detection_confusion_by_reader(detection: Detection) -> Figure:
    """Truth against call of each reader."""
    titles = [short_name(one.reader) for one in detection.readers]
    figure, panels = small_multiples(titles, columns=6, width=1.06, height=1.12)
    for place, (axes, one) in enumerate(zip(panels, detection.readers, strict=True)):
        draw_matrix(axes, _counts(one.confusion), labels=["real", "synth."], size=7)
        if place % 6:
            axes.set_yticklabels([])
    figure.supxlabel("Called", size=8)
    figure.supylabel("Truth", size=8)
    return figure


def detection_confidence(detection: Detection) -> Figure:
    """How sure the readers were: from surely real to surely synthetic, images of both sources side by side."""
    figure = Figure(figsize=(WIDTH, 2.5))
    axes = figure.subplots()
    places = np.array([*range(-5, 0), *range(1, 6)], dtype=float)
    for shift, source in ((-0.2, "real"), (0.2, "synthetic")):
        called_real, called_synthetic = (detection.confidence[f"{source}, called {call}"] for call in COLOUR)
        counts = np.array([*called_real[::-1], *called_synthetic], dtype=float)
        axes.bar(places + shift, counts / max(counts.sum(), 1), 0.38, color=COLOUR[source], label=f"{source} images")
    axes.set_xticks(places, [str(abs(int(place))) for place in places])
    axes.axvline(0, color=QUIET, lw=0.8, ls=(0, (4, 3)))
    axes.set_xlabel("← 5 surely real      called real  |  called synthetic      surely synthetic 5 →")
    axes.set_ylabel("Share of the readings")
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    percent_ticks(axes.yaxis)
    axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 0.98))
    return figure


def detection_roc(curve: RocCurve) -> Figure:
    """Each reader's ROC curve, their mean with its band, and the mean of the curves fitted to them."""
    figure = Figure(figsize=(3.6, 4.0))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=QUIET, lw=0.9, ls=(0, (4, 3)))
    for number, corners in enumerate(curve.corners):
        axes.plot(*zip(*corners, strict=True), color=QUIET, lw=0.6, label="" if number else "each reader")
    if curve.low:
        axes.fill_between(curve.false_positive, curve.low, curve.high, color=INK, alpha=0.14, lw=0, label="95 % band")
    axes.plot(curve.false_positive, curve.sensitivity, color=INK, lw=1.6, label="mean over readers")
    if curve.smooth:
        axes.plot(curve.false_positive, curve.smooth, color=INK, lw=1, ls=(0, (5, 2)), label="mean, binormal fits")
    axes.set(
        xlim=(-0.01, 1.01),
        ylim=(-0.01, 1.01),
        aspect="equal",
        xlabel="Real images called synthetic",
        ylabel="Synthetic images called synthetic",
    )
    for axis in (axes.xaxis, axes.yaxis):
        percent_ticks(axis)
    figure.legend(frameon=False, ncols=2, loc="outside lower center")
    return figure


def _counts(table: Confusion) -> np.ndarray:
    real = [table.real_called_real, table.real_called_synthetic]
    return np.array([real, [table.synthetic_called_real, table.synthetic_called_synthetic]])
