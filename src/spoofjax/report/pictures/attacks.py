"""Pictures of traced attacks: which attack is taken for which, and a map of embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from spoofjax.report.markup import in_picture
from spoofjax.report.pictures.style import AXIS, INK, PALE, add_legend, cycled_colours, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def attribution_plot(tracing: Mapping[str, Any]) -> Figure:
    """Draw which attack the utterances of each attack are taken for, in per cent of a row.

    `tracing` is what evaluation/tracing.tracing_metrics returns. A line separates the attacks that
    the run knows from the others, and the last column has those that are called unknown.
    """
    rows, attacks = tracing["rows"], tracing["attacks"]
    shares = np.array(
        [[row["likeliest"][name] / row["utterances"] for name in attacks] for row in rows]
    ).reshape(len(rows), len(attacks))
    rejected = np.array([row["rejected"] / row["utterances"] for row in rows])
    cells = 100 * np.column_stack((shares, rejected))
    width, height = 2.2 + 0.56 * (len(attacks) + 1), 1.6 + 0.34 * len(rows)
    figure, (axes,) = new_figure(max(width, 4.2), max(height, 2.6), "Attack taken for")
    axes.imshow(cells, cmap="YlGnBu", vmin=0, vmax=100, aspect="auto")
    for (i, j), cell in np.ndenumerate(cells):
        colour = "white" if cell > 60 else INK
        axes.text(j, i, f"{cell:.0f}", ha="center", va="center", fontsize=8, color=colour)
    axes.set_xticks(range(len(attacks) + 1), [*map(in_picture, attacks), "unknown"])
    names = [f"{row['attack']}{'' if row['is_known'] else ' (new)'}" for row in rows]
    axes.set_yticks(range(len(rows)), [in_picture(name) for name in names])
    axes.axvline(len(attacks) - 0.5, color="white", linewidth=4)
    known = sum(row["is_known"] for row in rows)
    if 0 < known < len(rows):
        axes.axhline(known - 0.5, color="white", linewidth=4)
    axes.grid(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("likeliest attack, and share called unknown (%)")
    axes.set_ylabel("attack")
    return figure


def embedding_map(
    plane: np.ndarray, labels: np.ndarray, names: Sequence[str], attacks: Sequence[str]
) -> Figure:
    """Draw utterances at their places (utterances, 2) on the map; NaN leaves one out.

    `labels` is (utterances,), 1 bona fide and 0 spoof, `names` the attack of each. The attacks that
    the run knows have a colour each; other attacks are crosses, and bona fide speech is pale.
    """
    figure, (axes,) = new_figure(6.4, 5.2, "Map of embeddings")
    values = np.array(names, dtype=object)
    is_known = np.isin(values, attacks) & (labels == 0)
    bonafide = {"color": PALE, "marker": "o", "edgecolors": AXIS}
    groups: list[tuple[str, np.ndarray, dict[str, Any]]] = [("bona fide", labels == 1, bonafide)]
    groups += [("other attacks", (labels == 0) & ~is_known, {"color": AXIS, "marker": "x"})]
    for name, colour in zip(attacks, cycled_colours(), strict=False):
        groups += [(name, is_known & (values == name), {"color": colour, "marker": "o"})]
    for name, are_members, style in groups:
        points = plane[are_members & np.isfinite(plane).all(axis=1)]
        if len(points):
            label = in_picture(name)
            axes.scatter(points[:, 0], points[:, 1], s=14, linewidths=0.7, label=label, **style)
    axes.set_xlabel("first principal axis")
    axes.set_ylabel("second principal axis")
    if axes.has_data():
        add_legend(axes, "best")
    return figure
