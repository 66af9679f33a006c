"""Pictures of training: loss and dev results by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from spoofjax.errors import ScoreError
from spoofjax.report.markup import in_picture
from spoofjax.report.pictures.style import (
    INK,
    SPOOF,
    add_legend,
    cycled_colours,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def training_curves(rows: Iterable[Mapping[str, Any]], title: str = "Training") -> Figure:
    """Draw loss, dev EER and dev minDCF over steps from the lines of a run's history.

    A line holds `step` and any of `loss`, `dev.eer` and `dev.min_dcf`. A measure that no line has
    gets no panel. Raises ScoreError where no line has any of them.
    """
    return training_comparison({"": rows}, title)


def training_comparison(
    runs: Mapping[str, Iterable[Mapping[str, Any]]], title: str = "Training"
) -> Figure:
    """Draw the `training_curves` of several runs in the same panels; `runs` maps names to lines."""
    histories = {name: list(rows) for name, rows in runs.items()}
    panels = []
    for key, name, scale in (
        ("loss", "training loss", 1),
        ("dev.eer", "dev EER (%)", 100),
        ("dev.min_dcf", "dev minDCF", 1),
    ):
        curves = {run: _points(rows, key, scale) for run, rows in histories.items()}
        if any(len(points) for points in curves.values()):
            panels.append((key, name, curves))
    if not panels:
        raise ScoreError("There is nothing to draw: no line has a loss or a dev metric.")
    figure, all_axes = new_figure(4.0 * len(panels) + 0.4, 3.4, title, columns=len(panels))
    for axes, (key, name, curves) in zip(all_axes, panels, strict=True):
        for (run, points), colour in zip(curves.items(), cycled_colours(), strict=False):
            if len(points):
                if key == "loss":
                    _draw_loss(axes, points, colour, run)
                else:
                    _draw_metric(axes, points, colour, names_best=len(curves) == 1)
        axes.set_xlabel("step")
        axes.set_title(name, loc="left", fontsize=10, color=INK)
    if len(histories) > 1:
        add_legend(all_axes[0], loc="best")
    return figure


def _points(rows: Iterable[Mapping[str, Any]], key: str, scale: float) -> np.ndarray:
    """Return float64 (points, 2): step and scaled value of every row that has `key`."""
    points = [(row["step"], scale * row[key]) for row in rows if row.get(key) is not None]
    return np.array(points, np.float64)


def _draw_loss(axes: Axes, points: np.ndarray, colour: str, run: str) -> None:
    """Draw every value faintly and the running mean over it, since the loss of a step is noisy."""
    steps, values = points.T
    axes.plot(steps, values, color=colour, linewidth=0.8, alpha=0.35)
    axes.plot(steps, _smooth(values), color=colour, linewidth=1.8, label=in_picture(run))


def _draw_metric(axes: Axes, points: np.ndarray, colour: str, *, names_best: bool) -> None:
    """Draw a metric on dev with a dot at its lowest value, and write the value beside it."""
    steps, values = points.T
    axes.plot(steps, values, color=colour, linewidth=1.8, marker="o", markersize=3)
    best = int(np.argmin(values))
    dot = SPOOF if names_best else colour
    axes.plot(steps[best], values[best], "o", color=dot, markersize=7, markeredgecolor="white")
    if names_best:
        side = "right" if best >= len(values) / 2 else "left"
        axes.annotate(
            f"best {values[best]:.3g}", (steps[best], values[best]), (0, 9),
            textcoords="offset points", ha=side, fontsize=8, color=SPOOF,
        )  # fmt: skip
    axes.margins(y=0.18)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Return the exponential running mean of float64 (points,) over about a twentieth of them."""
    decay = 1 - 1 / max(len(values) / 20, 1)
    smooth, mean, weight = np.empty(len(values)), 0.0, 0.0
    for index, value in enumerate(values):
        mean, weight = decay * mean + (1 - decay) * value, decay * weight + (1 - decay)
        smooth[index] = mean / weight
    return smooth
