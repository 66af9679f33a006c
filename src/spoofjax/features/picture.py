"""A picture of a feature matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spoofjax.config import FrontEnd
from spoofjax.errors import AudioError
from spoofjax.features.framed import Framed


def draw(features: np.ndarray, front_end: FrontEnd, path: str | Path, title: str = "") -> None:
    """Draw features (frames, coefficients) over time and save the picture at `path`.

    The suffix sets the format (.png, .svg, .pdf). Statics, deltas and deltas of deltas each have a
    panel with its own colour scale. A single column of features (a waveform) becomes a line. Raises
    AudioError when there are no frames or the matrix is not the front end's.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    features = np.asarray(features)
    if features.ndim != 2 or features.shape[1] != front_end.coefficients:
        raise AudioError(
            f"features have the shape {features.shape}; "
            f"this front end gives (frames, {front_end.coefficients})"
        )
    if not len(features):
        raise AudioError("there are no frames to draw: the clip is shorter than a frame")
    hop = front_end.hop if isinstance(front_end, Framed) else 1
    seconds = len(features) * hop / front_end.rate
    blocks = _blocks(features, front_end)

    figure = Figure(figsize=(10, 1.2 + 2.6 * len(blocks)), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(blocks), 1, sharex=True, squeeze=False)[:, 0]
    for panel, (name, block) in zip(panels, blocks.items(), strict=True):
        if features.shape[1] == 1:
            panel.plot(np.arange(len(block)) * hop / front_end.rate, block[:, 0], linewidth=0.5)
        else:
            low, high = _range(block)
            image = panel.imshow(
                block.T, origin="lower", aspect="auto", interpolation="nearest", cmap="magma",
                extent=(0, seconds, -0.5, block.shape[1] - 0.5), vmin=low, vmax=high,
            )  # fmt: skip
            figure.colorbar(image, ax=panel, pad=0.01)
        panel.set_ylabel(name)
    panels[-1].set_xlabel("seconds")
    panels[0].set_title(title or f"{type(front_end).__name__}, {features.shape[1]} per frame")
    figure.savefig(path, dpi=120)


def _blocks(features: np.ndarray, front_end: FrontEnd) -> dict[str, np.ndarray]:
    if not isinstance(front_end, Framed):
        return {"sample": features}
    names = ("coefficient", "delta", "delta-delta")[: 1 + front_end.deltas]
    return dict(zip(names, np.split(features, len(names), axis=1), strict=True))


def _range(block: np.ndarray) -> tuple[float, float]:
    """Return limits of the colour scale, without outliers and values that are not finite."""
    finite = block[np.isfinite(block)]
    if not finite.size:
        return 0.0, 1.0
    low, high = np.percentile(finite, (1, 99))
    return float(low), float(high if high > low else low + 1)
