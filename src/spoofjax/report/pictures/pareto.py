"""A picture of what trials cost and what they reach."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from spoofjax.report.pictures.style import AXIS, INK, SPOOF, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pareto_plot(
    points: Sequence[tuple[int, float, int, float]], front: Collection[int], measure: str
) -> Figure:
    """Draw a measure over training seconds and over parameters; less is better in all of them.

    A point is (number, seconds, parameters, value) of a trial. Those whose numbers are in `front`
    are red and have their number.
    """
    figure, panels = new_figure(9.0, 3.8, f"Trials: {measure} and what it costs", columns=2)
    for axes, column, name in zip(panels, (1, 2), ("training time (s)", "parameters"), strict=True):
        for is_on_front, colour in ((False, AXIS), (True, SPOOF)):
            chosen = [point for point in points if (point[0] in front) == is_on_front]
            axes.scatter(
                [point[column] for point in chosen], [point[3] for point in chosen], 28,
                color=colour, linewidth=0, zorder=3,
            )  # fmt: skip
        for point in points:
            if point[0] in front:
                axes.annotate(
                    str(point[0]), (point[column], point[3]), (4, 4), fontsize=8, color=INK,
                    textcoords="offset points",
                )  # fmt: skip
        axes.set_xlabel(name)
        axes.set_ylabel(measure)
    return figure
