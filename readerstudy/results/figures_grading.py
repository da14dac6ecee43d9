"""The figures about Kellgren–Lawrence grading: each a function of what the analysis found."""

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from readerstudy.analysis.summary_grading import Grading
from readerstudy.results.drawing import (
    COLOUR,
    INK,
    WIDTH,
    draw_forest,
    draw_matrix,
    hide_frame,
    small_multiples,
)

GRADES = list("01234")


def grading_confusion(grading: Grading) -> Figure:
    """Reference against given grade, all readers, real and synthetic side by side."""
    figure = Figure(figsize=(WIDTH, 3.2))
    for axes, source in zip(figure.subplots(1, 2), COLOUR, strict=True):
        draw_matrix(axes, np.array(grading.pooled[source]), labels=GRADES)
        axes.set(title=f"{source.capitalize()} images", xlabel="Given KL grade", ylabel="Reference KL grade")
    return figure


def grading_confusion_by_reader(grading: Grading) -> Figure:
    """Reference against given grade for each reader, both sources together."""
    names = [one.reader for one in grading.readers]
    figure, panels = small_multiples(names, columns=6, width=1.08, height=1.2)
    for axes, one in zip(panels, grading.readers, strict=True):
        draw_matrix(axes, np.array(one.tables["real"]) + np.array(one.tables["synthetic"]), labels=GRADES, size=5.5)
    figure.supxlabel("Given KL grade", size=8)
    figure.supylabel("Reference KL grade", size=8)
    return figure


def grade_distribution(grading: Grading) -> Figure:
    """How often each grade was given, by source, beside how often it is the reference."""
    figure = Figure(figsize=(WIDTH, 2.4))
    for axes, source in zip(figure.subplots(1, 2, sharey=True), COLOUR, strict=True):
        table = np.array(grading.pooled[source], dtype=float)
        total = max(table.sum(), 1)
        places = np.arange(5)
        axes.bar(places - 0.2, table.sum(1) / total, 0.38, color="#cfcfcf", label="Reference")
        axes.bar(places + 0.2, table.sum(0) / total, 0.38, color=COLOUR[source], label="Given")
        axes.set(xlabel=f"KL grade, {source} images", xticks=places)
        axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 0.98))
        axes.yaxis.set_major_formatter(mpl.ticker.PercentFormatter(1, decimals=0))
    figure.axes[0].set_ylabel("Share of readings")
    return figure


def grading_by_reader(grading: Grading) -> Figure:
    """Each reader's quadratic κ with the reference, and with themselves on the repeats."""
    readers = grading.readers
    names = [one.reader for one in readers]
    figure = Figure(figsize=(WIDTH, 0.8 + 0.2 * len(readers)))
    left, right = figure.subplots(1, 2, sharey=True)
    columns = (
        (left, "With the reference", [one.with_reference for one in readers]),
        (right, "With themselves (hidden repeats)", [one.with_self for one in readers]),
    )
    lows = [
        low
        for *_, estimates in columns
        for one in estimates
        if (low := one.low if one.low is not None else one.value) is not None
    ]
    for axes, title, estimates in columns:
        axes.set(title=title, xlabel="Quadratic κ", xlim=(min(0.0, *lows, 0.0) - 0.03, 1.03))
        draw_forest(axes, names, estimates)
    return figure


def reader_agreement(grading: Grading) -> Figure:
    """Quadratic κ of every pair of readers, as a heat map."""
    names = list(grading.pairs)
    values = np.array([[grading.pairs[a].get(b) for b in names] for a in names], dtype=float)
    side = min(1.2 + 0.32 * len(names), 6.2)
    figure = Figure(figsize=(side + 0.7, side))
    axes = figure.subplots()
    picture = axes.imshow(values, vmin=0, vmax=1, cmap="Blues")
    axes.set(xticks=range(len(names)), yticks=range(len(names)))
    axes.set_xticklabels(names, rotation=90)
    axes.set_yticklabels(names)
    hide_frame(axes)
    for row, column in np.argwhere(np.isfinite(values)) if len(names) <= 25 else ():
        shade = "white" if values[row, column] > 0.6 else INK
        text = f"{values[row, column]:.2f}".replace("0.", ".", 1).replace("-", "−")
        axes.text(column, row, text, ha="center", va="center", color=shade, size=6.5)
    bar = figure.colorbar(picture, ax=axes, shrink=0.6, label="Quadratic κ", extend="min")
    bar.outline.set_visible(False)
    return figure
