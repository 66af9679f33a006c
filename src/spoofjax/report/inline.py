"""Pictures and sound as text inside a page: SVG in the page's colours, PNG and FLAC as data."""

from __future__ import annotations

import base64
import html
import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from spoofjax.report.pictures.style import AXIS, BONAFIDE, INK, PALE, PALETTE, SPOOF

if TYPE_CHECKING:
    from matplotlib.figure import Figure

THEME = {
    **{colour: f"var(--c{n})" for n, colour in enumerate(PALETTE)},
    INK: "var(--ink)",
    PALE: "var(--grid)",
    AXIS: "var(--axis)",
    BONAFIDE: "var(--bonafide)",
    SPOOF: "var(--spoof)",
    "#ffffff": "var(--surface)",
    "#000000": "var(--ink)",
}
"""The colours of the pictures and the page's names for them."""

WINDOW, HOP = 512, 160
BANDS = 128
RANGE_DB = 70.0
LEVELS = 40
"""Shades of a spectrogram: few, so that the PNG compresses well."""


def svg(figure: Figure, name: str) -> str:
    """Return a figure as an inline <svg> that uses the colours and the font of the page.

    Screen readers read `name` aloud. Equal figures give equal text.
    """
    import matplotlib

    buffer = io.StringIO()
    figure.suptitle("")
    settings: Any = {"svg.hashsalt": "spoofjax", "svg.fonttype": "none"}
    with matplotlib.rc_context(settings):
        no_metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", transparent=True, metadata=no_metadata)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r'<g id="[^"]*"', "<g", text)  # such ids would occur twice in the page
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub("|".join(THEME), lambda match: THEME[match[0]], text)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    assert size is not None
    width = round(float(size[1]) * 1.25)
    head = (
        f'<svg role="img" aria-label="{html.escape(name)}" style="max-width:{width}px" {size[0]} '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    )
    return head + text[text.index(">") + 1 :]


def png(figure: Figure, dpi: int = 110) -> str:
    """Return a figure as a PNG data URI, for pictures with so many points that SVG is larger.

    Equal figures give equal text.
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None}, facecolor="white")
    return _data("image/png", buffer.getvalue())


def flac(samples: np.ndarray, rate: int) -> str:
    """Return float32 (samples,) in [-1, 1) as a data URI of 16-bit FLAC."""
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1.0, 32767 / 32768), rate, "PCM_16", format="FLAC")
    return _data("audio/flac", buffer.getvalue())


def spectrogram(samples: np.ndarray, rate: int) -> str:
    """Return a picture of power over time and frequency (0 to half the rate) as a PNG data URI.

    It uses Hann windows of 512 samples, one every 160 samples, and shows the 70 dB below the
    loudest point.
    """
    from matplotlib.image import imsave

    levels = _decibels(samples)
    steps = np.round((levels + RANGE_DB) / RANGE_DB * (LEVELS - 1))
    buffer = io.BytesIO()
    imsave(buffer, steps, cmap="magma", vmin=0, vmax=LEVELS - 1, format="png", origin="lower")
    return _data("image/png", buffer.getvalue())


def _decibels(samples: np.ndarray) -> np.ndarray:
    """Return float64 (bands, frames) in dB below the maximum, from -RANGE_DB to 0."""
    padded = np.pad(np.asarray(samples, np.float64), (0, max(WINDOW - len(samples), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)[:, : WINDOW // 2]) ** 2
    bands = power.reshape(len(frames), BANDS, -1).mean(axis=2).T
    loudest = bands.max()
    if loudest == 0:
        return np.full(bands.shape, -RANGE_DB)
    return 10 * np.log10(np.maximum(bands / loudest, 10 ** (-RANGE_DB / 10)))


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
