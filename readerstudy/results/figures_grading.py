"""The figures about Kellgren–Lawrence grading: each a function of what the analysis found."""

import numpy as np
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from readerstudy.analysis.summary_grading import Grading
from readerstudy.results.drawing import (
    COLOUR,
    INK,
    PALE,
    QUIET,
    WIDTH,
    draw_forest,
    draw_matrix,
    hide_frame,
    percent_ticks,
    short_name,
    small_multiples,
)
from readerstudy.results.wording import two_decimals

GRADES = list("01234")
MOST_WRITTEN = 16  # readers: beyond, a cell of the heat map is too small for its number


def grading_confusion(grading: Grading) -> Figure:
    """Reference against given grade, all readers, real and synthetic side by side."""
    figure = Figure(figsize=(WIDTH, 3.2))
    for axes, source in zip(figure.subplots(1, 2), COLOUR, strict=True):
        draw_matrix(axes, np.array(grading.pooled[source]), labels=GRADES, source=source)
        axes.set(title=f"{source.capitalize()} images", xlabel="Given KL grade", ylabel="Reference KL grade")
    return figure


def grading_confusion_by_reader(grading: Grading) -> Figure:
    """Reference against given grade for each reader, both sources together."""
    names = [short_name(one.reader) for one in grading.readers]
    figure, panels = small_multiples(names, columns=6, width=1.08, height=1.2)
    for axes, one in zip(panels, grading.readers, strict=True):
        draw_matrix(axes, np.array(one.tables["real"]) + np.array(one.tables["synthetic"]), labels=GRADES, size=5.5)
    figure.supxlabel("Given KL grade", size=8)
    figure.supylabel("Reference KL grade", size=8)
    return figure


def grade_distribution(grading: Grading) -> Figure:
    """How often each grade was given to real and to synthetic images, beside how often it was their reference."""
    figure = Figure(figsize=(WIDTH, 2.5))
    axes = figure.subplots()
    places = np.arange(5)
    for shift, (source, colour) in zip((-0.2, 0.2), COLOUR.items(), strict=True):
        table = np.array(grading.pooled[source], dtype=float)
        total = max(table.sum(), 1)
        axes.bar(places + shift, table.sum(0) / total, 0.36, color=colour, label=f"given to {source} images")
        label = "reference of these images" if source == "synthetic" else ""
        reference = table.sum(1) / total
        axes.hlines(reference, places + shift - 0.19, places + shift + 0.19, color=INK, lw=1.6, label=label)
    axes.set(xlabel="KL grade", ylabel="Share of readings", xticks=places)
    axes.legend(frameon=False, ncols=3, loc="lower left", bbox_to_anchor=(0, 0.98))
    percent_ticks(axes.yaxis)
    return figure


def grading_by_reader(grading: Grading) -> Figure:
    """Each reader's quadratic κ with the reference, and with themselves on the repeats."""
    readers = grading.readers
    names = [short_name(one.reader) for one in readers]
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
    """Quadratic κ of every pair of readers, as a heat map on one scale in every study; the diagonal is hatched."""
    names = list(grading.pairs)
    values = np.array([[grading.pairs[a].get(b) for b in names] for a in names], dtype=float)
    labels, side = [short_name(name) for name in names], min(1.2 + 0.3 * len(names), 5.6)
    size = min(8, 72 * 0.65 * side / len(names))  # points: of a label that its row holds
    figure = Figure(figsize=(side + 0.7, side))
    axes = figure.subplots()
    scale = PowerNorm(3, vmin=0, vmax=1)  # κ of readers is mostly high, and differences show there
    picture = axes.imshow(values, norm=scale, cmap="Greys")
    for place in range(len(names)):
        cell = (place - 0.5, place - 0.5)
        axes.add_patch(Rectangle(cell, 1, 1, facecolor="white", edgecolor=QUIET, hatch="////", lw=0))
    axes.set(xticks=range(len(names)), yticks=range(len(names)))
    axes.set_xticklabels(labels, rotation=90, size=size)
    axes.set_yticklabels(labels, size=size)
    hide_frame(axes)
    for row, column in np.argwhere(np.isfinite(values)) if len(names) <= MOST_WRITTEN else ():
        shade = "white" if scale(values[row, column]) > 0.55 else INK
        text = two_decimals(values[row, column])
        axes.text(column, row, text, ha="center", va="center", color=shade, size=6.5 if len(names) <= 12 else 5)
    below = "min" if np.nanmin(values, initial=0.0) < 0 else "neither"  # of which all have the shade of 0
    bar = figure.colorbar(picture, ax=axes, shrink=0.6, label="Quadratic κ", extend=below, ticks=[0, 0.6, 0.8, 0.9, 1])
    bar.outline.set_visible(False)
    return figure


def grading_limits(grading: Grading) -> Figure:
    """Bland–Altman: the readers' mean grade less the reference against the mean of the two, real and synthetic."""
    figure = Figure(figsize=(WIDTH, 2.9))
    for axes, source in zip(figure.subplots(1, 2, sharey=True, sharex=True), COLOUR, strict=True):
        chosen = [one for one in grading.mean_grades if one.source == source]
        differences = [one.mean - one.reference for one in chosen]
        middles = [(one.mean + one.reference) / 2 for one in chosen]
        axes.axhline(0, color=PALE, lw=0.8)
        axes.plot(middles, differences, "o", ms=4, color=COLOUR[source], alpha=0.7, mew=0)
        found = grading.limits[source]
        for limit, dashes in ((found.bias, (0, ())), (found.lower, (0, (4, 3))), (found.upper, (0, (4, 3)))):
            if limit.value is None:
                continue
            axes.axhline(limit.value, color=INK, lw=1, ls=dashes)
            if limit.low is not None and limit.high is not None:
                axes.axhspan(limit.low, limit.high, color=INK, alpha=0.08, lw=0)
        axes.set(title=f"{source.capitalize()} images", xlabel="Mean of readers’ grade and reference", xlim=(-0.2, 4.2))
    figure.axes[0].set_ylabel("Readers’ mean grade − reference")
    return figure
