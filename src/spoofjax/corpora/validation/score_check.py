"""Does a score file belong to a split? Scores of another split look like a bad detector."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.validation.report import EXAMPLES, Report

REVERSED = 0.3
"""An area under the ROC below this means reversed scores: chance alone stays near 0.5."""


def check_scores(path: Path, manifest: Manifest, split: str, report: Report) -> None:
    """Compare the ids and values of a score file (id and score per line) with a split."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Expected lines of an id and a score, separated by a space or a TAB."
        report.add("error", "scores", split, f"cannot be read: {error}.", remedy, file=str(path))
        return
    scores: dict[str, float] = {}
    twice: list[str] = []
    bad: list[str] = []
    for number, line in enumerate(lines, 1):
        fields = line.split("\t") if "\t" in line else line.split()
        if not fields:
            continue
        value = _number(fields[1]) if len(fields) > 1 else None
        if value is None and number == 1:
            continue  # the header
        if fields[0] in scores:
            twice.append(f"{fields[0]} (line {number})")
        if value is None or not math.isfinite(value):
            bad.append(f"line {number}: {line!r}")
        scores[fields[0]] = math.nan if value is None else value
    ids = manifest.keys().tolist()
    expected = set(ids)
    missing = [id_ for id_ in ids if id_ not in scores]
    extra = [id_ for id_ in scores if id_ not in expected]
    score_again = "The scores must be those of this split: score it again."
    for kind, listed, words, remedy in (
        ("score-missing", missing, f"of {len(ids)} utterances have no score", score_again),
        ("score-extra", extra, "scores belong to no utterance of the split", score_again),
        ("score-twice", twice, "utterances have two scores", "Keep one score for each."),
        ("score-value", bad, "scores are not finite", "Find out why the model gave them."),
    ):
        if listed:
            report.add(
                "error", kind, split, f"{len(listed)} {words}.", remedy, file=str(path),
                count=len(listed), examples=tuple(listed[:EXAMPLES]),
            )  # fmt: skip
    area = _area(np.array([scores.get(id_, math.nan) for id_ in ids]), manifest.label)
    if area is not None and area < REVERSED:
        report.add(
            "error", "score-polarity", split,
            f"spoofs score higher than bona fide speech (area under the ROC {area:.3f}).",
            "Higher must mean more bona fide: negate the scores, or the labels are reversed.",
            file=str(path),
        )  # fmt: skip


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _area(scores: np.ndarray, label: np.ndarray) -> float | None:
    """Return the area under the ROC, ties counting half; None where a class is absent."""
    bonafide = np.sort(scores[(label == 1) & np.isfinite(scores)])
    spoof = scores[(label == 0) & np.isfinite(scores)]
    if not (len(bonafide) and len(spoof)):
        return None
    below = np.searchsorted(bonafide, spoof, "left") + np.searchsorted(bonafide, spoof, "right")
    return float(1 - below.mean() / 2 / len(bonafide))
