"""The figures about telling real from synthetic: each a function of what the analysis found."""

import numpy as np
from matplotlib.figure import Figure

from readerstudy.analysis.detection import Confusion
from readerstudy.analysis.summary_detection import Detection
from readerstudy.results.drawing import COLOUR, QUIET, WIDTH, draw_forest, draw_matrix, small_multiples


def detection_by_reader(detection: Detection) -> Figure:
    """Accuracy, sensitivity and specificity of each reader, the pooled figure below, chance as a line."""
    names = [reader.reader for reader in detection.readers] + ["Pooled"]
    figure = Figure(figsize=(WIDTH, 0.8 + 0.2 * len(names)))
    measures = ("accuracy", "sensitivity", "specificity")
    for axes, measure in zip(figure.subplots(1, 3, sharey=True), measures, strict=True):
        estimates = [getattr(reader, measure) for reader in detection.readers]
        axes.set(title=measure.capitalize(), xlim=(-0.03, 1.03), xticks=[0, 0.5, 1])
        draw_forest(axes, names, [*estimates, detection.pooled[measure].estimate], last_is_pooled=True)
        axes.axvline(0.5, color=QUIET, lw=0.9, ls=(0, (4, 3)), zorder=0.5)
    return figure


def detection_confusion(detection: Detection) -> Figure:
    """Truth against call: all readers, then each."""
    titles = ["All readers", *(one.reader for one in detection.readers)]
    figure, panels = small_multiples(titles, columns=8, width=0.8, height=0.98)
    tables = [detection.confusion, *(one.confusion for one in detection.readers)]
    for axes, table in zip(panels, tables, strict=True):
        draw_matrix(axes, _counts(table), labels=["R", "S"], size=6.5)
    figure.supxlabel("Called real (R) or synthetic (S)", size=8)
    figure.supylabel("Truth", size=8)
    return figure


def detection_confidence(detection: Detection) -> Figure:
    """How sure the readers were, by source and call."""
    figure = Figure(figsize=(WIDTH, 2.4))
    for axes, source in zip(figure.subplots(1, 2, sharey=True), COLOUR, strict=True):
        for shift, (called, colour) in zip((-0.2, 0.2), COLOUR.items(), strict=True):
            counts = detection.confidence[f"{source}, called {called}"]
            axes.bar(np.arange(1, 6) + shift, counts, 0.38, color=colour, label=f"Called {called}")
        axes.set(xlabel=f"Confidence, {source} images (1 a guess, 5 certain)", xticks=range(1, 6))
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 0.98))
    figure.axes[0].set_ylabel("Readings")
    return figure


def _counts(table: Confusion) -> np.ndarray:
    real = [table.real_called_real, table.real_called_synthetic]
    return np.array([real, [table.synthetic_called_real, table.synthetic_called_synthetic]])
