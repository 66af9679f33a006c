"""A picture of P(spoof) in the course of a recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from spoofjax.report.pictures.style import BONAFIDE, INK, PALE, SPOOF, add_legend, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def timeline_plot(edges: np.ndarray, p_spoof: np.ndarray, limit: float, title: str) -> Figure:
    """Draw P(spoof) over time as steps; what exceeds the limit is red and hatched.

    `edges` float64 (parts + 1,) are the seconds between which each part lies, `p_spoof` float64
    (parts,) is NaN where a part cannot be judged; such parts are grey.
    """
    figure, [axes] = new_figure(8.0, 2.6, title)
    is_judged = ~np.isnan(p_spoof)
    kinds = ((False, BONAFIDE, "", "bona fide"), (True, SPOOF, "///", "spoofed"))
    for is_spoof, colour, hatch, label in kinds:
        chosen = is_judged & ((p_spoof > limit) == is_spoof)
        heights = np.where(chosen, p_spoof, 0.0)
        if chosen.any():
            style = {"color": colour, "alpha": 0.5, "hatch": hatch, "label": label}
            axes.stairs(heights, edges, fill=True, **style)
    axes.stairs(np.where(is_judged, p_spoof, np.nan), edges, baseline=None, color=INK, linewidth=1)
    changes = np.flatnonzero(np.diff(~is_judged, prepend=False, append=False))
    for number, (first, stop) in enumerate(changes.reshape(-1, 2).tolist()):
        label = "" if number else "not judged"
        axes.axvspan(float(edges[first]), float(edges[stop]), color=PALE, label=label)
    axes.axhline(limit, color=INK, linewidth=1, linestyle="--", label=f"limit {limit:.3g}")
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("time (s)")
    axes.set_ylabel("P(spoof)")
    add_legend(axes, loc="best")
    return figure
