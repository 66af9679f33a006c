"""P(spoof) over time as one line of text."""

from __future__ import annotations

import numpy as np

LEVELS = "▁▂▃▄▅▆▇█"
"""Characters for P(spoof) from 0 to 1."""
NOT_JUDGED = "·"
WIDTH = 60


def strip(edges: np.ndarray, p_spoof: np.ndarray, limit: float, width: int = WIDTH) -> str:
    """Return a line of `width` characters for a recording, between its first and last second.

    `edges` float64 (parts + 1,) are seconds, `p_spoof` float64 (parts,) is NaN where a part cannot
    be judged. Each character stands for an equal share of the time and shows the highest P(spoof)
    in it. A second line marks by '^' where that exceeds `limit`; there is none without such a part.
    """
    slots = np.linspace(edges[0], edges[-1], width + 1)
    first = np.searchsorted(edges, slots[:-1], side="right") - 1
    last = np.maximum(np.searchsorted(edges, slots[1:], side="left"), first + 1)
    highest = [_highest(p_spoof[a:b]) for a, b in zip(first, last, strict=True)]
    characters = "".join(
        NOT_JUDGED if value is None else LEVELS[min(int(value * len(LEVELS)), len(LEVELS) - 1)]
        for value in highest
    )
    begin, end = _clock(edges[0]), _clock(edges[-1])
    lines = [f"  {begin} {characters} {end}"]
    marks = "".join("^" if value is not None and value > limit else " " for value in highest)
    if marks.strip():
        lines.append(" " * (3 + len(begin)) + marks.rstrip())
    return "\n".join(lines)


def _highest(values: np.ndarray) -> float | None:
    values = values[~np.isnan(values)]
    return float(values.max()) if len(values) else None


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
