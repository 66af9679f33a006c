"""Pictures of scores: DET curves and histograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from spoofjax.evaluation.ranked import Ranked
from spoofjax.report.markup import in_picture
from spoofjax.report.pictures.style import (
    BONAFIDE,
    INK,
    SPOOF,
    add_legend,
    cycled_colours,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RATES = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8,
         0.9, 0.95, 0.98, 0.99)  # fmt: skip
"""The error rates at which the axes of a DET plot have labels."""


def det_plot(systems: Mapping[str, tuple[ArrayLike, ArrayLike]], title: str = "DET") -> Figure:
    """Draw detection error trade-off curves on probit axes, with the EER of each marked.

    `systems` maps a name to (bona fide scores, spoof scores). Raises ScoreError as the metrics do.
    """
    figure, (axes,) = new_figure(5.6, 5.6, title)
    lowest, highest = 0.01, 0.4
    for (name, (bonafide, spoof)), colour in zip(systems.items(), cycled_colours(), strict=False):
        ranked = Ranked(bonafide, spoof)
        frr, far, _ = ranked.det()
        x, y = _probit(far, len(ranked.spoof)), _probit(frr, len(ranked.bonafide))
        kept = _visible_steps(x, y)
        point = ranked.equal_error()
        rate = (point.frr + point.far) / 2
        label = f"{in_picture(name)}   EER {rate:.2%}"
        axes.plot(x[kept], y[kept], color=colour, linewidth=1.8, label=label)
        deviate = ndtri(np.clip(rate, 1e-5, 1 - 1e-5))
        axes.plot(
            deviate, deviate, "o", color=colour, markersize=6, markeredgecolor="white", zorder=5
        )
        lowest, highest = min(lowest, rate / 8), max(highest, rate * 1.5)
    ends = ndtri([max(lowest, 2e-4), min(highest, 0.99)])
    axes.plot(ends, ends, color=INK, linewidth=0.8, linestyle=(0, (2, 3)), zorder=1)
    ticks = [rate for rate in RATES if ends[0] - 1e-9 <= ndtri(rate) <= ends[1] + 1e-9]
    names = [f"{100 * rate:g}" for rate in ticks]
    axes.set_xticks(ndtri(ticks), names)
    axes.set_yticks(ndtri(ticks), names)
    axes.set(xlim=ends, ylim=ends, aspect="equal")
    axes.set_xlabel("spoofs accepted (%)")
    axes.set_ylabel("bona fide rejected (%)")
    add_legend(axes, loc="best")
    return figure


def score_histogram(
    bonafide: ArrayLike,
    spoof: ArrayLike,
    threshold: float | None = None,
    title: str = "Scores",
    xlabel: str = "score (higher = more bona fide)",
) -> Figure:
    """Draw how the scores of both classes are spread, each class with an area of one.

    The lowest 0.3 % and the highest 0.1 % of all scores count in the outermost bars, so that a few
    outliers do not squeeze the others together.
    """
    ranked = Ranked(bonafide, spoof)
    figure, (axes,) = new_figure(6.4, 3.6, title)
    merged = np.concatenate([ranked.bonafide, ranked.spoof])
    low, high = np.quantile(merged, [0.003, 0.999])
    margin = 0.03 * (high - low) or 0.5
    fewest = min(len(ranked.bonafide), len(ranked.spoof))
    bars = int(np.clip(3 * fewest**0.5, 20, 70))  # few scores in many bars show only noise
    edges = np.linspace(low - margin, high + margin, bars + 1)
    for name, scores, colour in (
        ("bona fide", ranked.bonafide, BONAFIDE),
        ("spoof", ranked.spoof, SPOOF),
    ):
        inside = np.clip(scores, edges[0], edges[-1])
        label = f"{name} ({len(scores):,})"
        axes.hist(inside, edges, density=True, color=colour, alpha=0.35)
        axes.hist(inside, edges, density=True, histtype="step", color=colour, linewidth=1.4,
                  label=label)  # fmt: skip
    if threshold is not None:
        axes.axvline(threshold, color=INK, linewidth=1.2, linestyle=(0, (4, 3)))
        axes.annotate(
            f"threshold {threshold:.3g}", (threshold, 1), (4, -4), fontsize=8, color=INK,
            xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
        )  # fmt: skip
    axes.margins(y=0.12)
    axes.set_xlabel(xlabel)
    axes.set_ylabel("density")
    add_legend(axes, loc="best")
    return figure


def _probit(rates: np.ndarray, trials: int) -> np.ndarray:
    """Return the normal deviates of rates; 0 and 1 are moved inwards by half a trial."""
    half = 0.5 / trials
    return ndtri(np.clip(rates, half, 1 - half))


def _visible_steps(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the indices of the points that look different on the page, both ends included."""
    pixels = np.round(np.stack([x, y]) * 200)
    moved = np.flatnonzero((np.diff(pixels, axis=1) != 0).any(axis=0)) + 1
    return np.unique(np.concatenate([[0], moved, [len(x) - 1]]))
