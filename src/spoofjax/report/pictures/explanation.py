"""A picture of the times and frequencies that a score follows from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spoofjax.report.pictures.style import BONAFIDE, INK, SPOOF, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spoofjax.deployment.explaining.explanation import Explanation

STRONGEST = 0.85
"""The opacity of the strongest cells; the spectrogram shows through."""


def explanation_plot(explanation: Explanation, title: str) -> Figure:
    """Draw a spectrogram in grey with the attribution over it, in time (s) and frequency (Hz).

    The attribution is smoothed. What speaks for a spoof is red, what speaks for bona fide is blue,
    and the stronger the more opaque. A line surrounds the tenth of the cells that speaks most for
    the verdict. A dashed line marks where a short utterance begins again.
    """
    from matplotlib.colors import to_rgb

    figure, [axes] = new_figure(9.0, 4.2, title)
    axes.grid(False)
    grid = (explanation.times, explanation.frequencies)
    low, high = np.percentile(explanation.levels, (2, 99.5))
    axes.pcolormesh(*grid, explanation.levels.T, cmap="gray", vmin=low, vmax=high, rasterized=True)
    values = explanation.smooth_attribution.T
    largest = float(np.percentile(np.abs(values), 99.5)) or 1.0
    colours = np.empty((*values.shape, 4))
    colours[..., :3] = np.where(values[..., None] > 0, to_rgb(BONAFIDE), to_rgb(SPOOF))
    colours[..., 3] = STRONGEST * np.clip(np.abs(values) / largest, 0, 1)
    axes.pcolormesh(*grid, colours, rasterized=True)
    middles = [(edges[:-1] + edges[1:]) / 2 for edges in grid]
    if min(values.shape) > 1:
        axes.contour(*middles, explanation.marked.T, [0.5], colors="white", linewidths=0.8)
    if explanation.times[-1] > explanation.end + 0.05:
        axes.axvline(explanation.end, color="white", linewidth=1, linestyle="--")
    axes.set_xlabel("time (s)")
    axes.set_ylabel("frequency (Hz)")
    for place, colour, name in ((0.0, SPOOF, "spoof"), (0.11, BONAFIDE, "bona fide")):
        axes.text(place, 1.02, f"■ {name}", color=colour, fontsize=8.5, transform=axes.transAxes)
    note = f"{explanation.level_name}; compared with the {explanation.baseline}"
    if explanation.method == "grad_cam":
        note = f"{explanation.level_name}; by the last convolutions (Grad-CAM)"
    if explanation.warning is not None:
        note = "Not evidence: deleting these cells changes no more than deleting random ones"
    axes.text(1, 1.02, note, color=INK, fontsize=8, ha="right", transform=axes.transAxes)
    return figure
