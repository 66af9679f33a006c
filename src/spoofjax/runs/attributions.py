"""What a run that traces attacks says of every utterance of a split: a file beside its scores."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.errors import RunError
from spoofjax.files import write_text

HEADER = ("filename", "attack", "attack-score", "x", "y")
NOTHING = "-"
"""Stands for the place of an utterance that is not on the map."""


@dataclass(frozen=True, eq=False)
class Attributions:
    """The likeliest attack of every utterance; all arrays are (utterances, ...)."""

    ids: np.ndarray
    """str."""
    likeliest: np.ndarray
    """str: the likeliest of the attacks that the run traces, whatever the utterance is."""
    score: np.ndarray
    """float64: the rejection score; a low one speaks for an attack that the run does not know."""
    plane: np.ndarray
    """float64 (utterances, 2): its place on the map of embeddings; NaN where it is not on it."""


def write_attributions(path: Path, attributions: Attributions) -> None:
    """Write TAB-separated lines under a header; '-' stands for no place on the map."""
    lines = ["\t".join(HEADER)]
    for values in zip(
        attributions.ids.tolist(),
        attributions.likeliest.tolist(),
        attributions.score.tolist(),
        attributions.plane.tolist(),
        strict=True,
    ):
        name, likeliest, score, place = values
        x, y = (NOTHING if np.isnan(value) else f"{value:.5g}" for value in place)
        lines.append("\t".join((name, likeliest, repr(score), x, y)))
    write_text(path, "\n".join(lines) + "\n")


def read_attributions(path: Path) -> Attributions:
    """Read what `write_attributions` wrote. Raises RunError naming the file and its line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"{path} cannot be read: {error}.") from error
    rows = [line.split("\t") for line in lines]
    if not rows or tuple(rows[0]) != HEADER:
        raise RunError(f"{path} does not begin with the header {' '.join(HEADER)}.")
    numbers = [_numbers(path, place, row) for place, row in enumerate(rows[1:], 2)]
    table = np.array(numbers, np.float64).reshape(-1, 3)
    ids, likeliest = (np.array([row[column] for row in rows[1:]]) for column in (0, 1))
    return Attributions(ids, likeliest, table[:, 0], table[:, 1:])


def _numbers(path: Path, line: int, row: list[str]) -> list[float]:
    try:
        if len(row) != len(HEADER):
            raise ValueError(f"{len(row)} fields in the place of {len(HEADER)}")
        return [float("nan") if cell == NOTHING else float(cell) for cell in row[2:]]
    except ValueError as error:
        raise RunError(
            f"{path}, line {line}: {error}. `spoofjax evaluate` writes the file again."
        ) from error
