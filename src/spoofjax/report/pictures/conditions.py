"""A picture of the error rate under crossed conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from spoofjax.errors import ScoreError
from spoofjax.report.markup import in_picture
from spoofjax.report.pictures.style import INK, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def heat_map(
    rows: Sequence[Mapping[str, Any]],
    down: str,
    across: str,
    value: str = "eer",
    title: str = "EER (%) by condition",
) -> Figure:
    """Draw a crossing's rows of `breakdown` as coloured cells, in per cent.

    `down` and `across` name the two columns of the crossing, as in 'attack x codec'. A cell whose
    row has no number stays empty. Raises ScoreError without rows.
    """
    row_names, column_names = (sorted({row[key] for row in rows}) for key in (down, across))
    if not rows:
        raise ScoreError(f"There is nothing to draw: no row by {down} and {across}.")
    cells = np.full((len(row_names), len(column_names)), np.nan)
    for row in rows:
        if row[value] is not None:
            cells[row_names.index(row[down]), column_names.index(row[across])] = 100 * row[value]
    width, height = 1.6 + 0.62 * len(column_names), 1.4 + 0.36 * len(row_names)
    figure, (axes,) = new_figure(max(width, 3.6), max(height, 2.4), title)
    high = float(np.nanmax(cells)) if np.isfinite(cells).any() else 1.0
    axes.imshow(cells, cmap="YlOrRd", vmin=0, vmax=max(high, 1e-9), aspect="auto")
    for (i, j), cell in np.ndenumerate(cells):
        text = "" if np.isnan(cell) else f"{cell:.1f}"
        colour = "white" if cell > 0.6 * high else INK
        axes.text(j, i, text, ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(column_names)), [in_picture(name) for name in column_names])
    axes.set_yticks(range(len(row_names)), [in_picture(name) for name in row_names])
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(across)
    axes.set_ylabel(down)
    return figure
