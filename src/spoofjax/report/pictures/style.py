"""The look that all pictures share: colours, axes and legends.

Importing this does not import matplotlib. Pictures use matplotlib's Figure directly, not pyplot, so
that drawing needs no display and changes no global state.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spoofjax.files import naming
from spoofjax.report.markup import in_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BONAFIDE, SPOOF = "#00707f", "#d1495b"
PALETTE = ("#1f5f8b", "#d1495b", "#3a7d44", "#e09f3e", "#6a4c93", "#00707f", "#8d5524", "#5c677d")
INK, AXIS, PALE = "#22303c", "#9aa5b1", "#dfe5ea"


def save(figure: Figure, path: str | Path) -> Path:
    """Write a picture to `path`, whose suffix chooses the format (.png or .svg).

    Equal data give equal files: without date and version, and with fixed ids in an SVG.
    """
    import matplotlib

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    metadata: dict[str, Any] = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    with matplotlib.rc_context({"svg.hashsalt": "spoofjax"}):
        with naming(path):
            figure.savefig(path, dpi=150, metadata=metadata, facecolor="white")
    return path


def new_figure(
    width: float, height: float, title: str, columns: int = 1
) -> tuple[Figure, list[Axes]]:
    """Return a figure of `width` x `height` inches and its axes, side by side in `columns`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    figure.suptitle(in_picture(title), x=0.02, ha="left", fontsize=12, fontweight="bold", color=INK)
    all_axes = list(np.ravel(figure.subplots(1, columns, squeeze=False)))
    for axes in all_axes:
        axes.grid(color=PALE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(AXIS)
        axes.tick_params(colors=INK, labelsize=8, length=3, color=AXIS)
        axes.xaxis.label.set_color(INK)
        axes.yaxis.label.set_color(INK)
        axes.xaxis.label.set_size(9)
        axes.yaxis.label.set_size(9)
    return figure, all_axes


def add_legend(axes: Axes, loc: Literal["best", "upper left"]) -> None:
    """Add the legend of the curves that have a label."""
    axes.legend(loc=loc, fontsize=8.5, frameon=True, framealpha=0.9, edgecolor="none",
                labelcolor=INK)  # fmt: skip


def cycled_colours() -> Iterator[str]:
    """Yield the colours of the palette, again and again."""
    while True:
        yield from PALETTE
