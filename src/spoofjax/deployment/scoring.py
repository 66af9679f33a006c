"""Files to verdicts: one row per file, whatever happens to the others."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.audio.reading import read
from spoofjax.deployment.detector import Detector
from spoofjax.errors import AudioError, ConfigError
from spoofjax.evaluation.calibration import p_spoof
from spoofjax.runs.scores import to_llr

BATCH = 16


@dataclass(frozen=True)
class Row:
    """What was found out about one file."""

    file: str
    score: float | None = None
    """The model's raw score; higher = more bona fide."""
    llr: float | None = None
    """Natural-log likelihood ratio: calibrated, or the logit less the training prior's odds."""
    p_spoof: float | None = None
    prior: float = 0.5
    """P(bona fide) before listening, as given."""
    verdict: str = "unknown"
    """'bonafide', 'spoof', or 'unknown': not scored, or in the abstain band of the decision."""
    calibrated: bool = False
    seconds: float | None = None
    """Length of the utterance in seconds."""
    error: str | None = None

    def to_json(self) -> str:
        """Return the row as one line of JSON."""
        return json.dumps(dataclasses.asdict(self))


def to_line(row: Row) -> str:
    """Return the row as a line for people."""
    if row.error is not None:
        return f"{row.file}: not scored: {row.error}"
    note = "" if row.calibrated else " (not calibrated)"
    return (
        f"{row.file}: {row.verdict}  score {row.score:+.3f}  "
        f"P(spoof) {row.p_spoof:.3f} at prior {row.prior:g}{note}"
    )


def score_files(
    detector: Detector, files: Sequence[Path], prior: float = 0.5, threads: int | None = None
) -> Iterator[Row]:
    """Score audio files in order; yield one Row each.

    An unreadable file gives a row with `error`, and the others go on. Raises ConfigError for a
    prior outside (0, 1).
    """
    if not 0 < prior < 1:
        raise ConfigError(f"The prior P(bona fide) must lie between 0 and 1, not {prior}.")
    size = min(BATCH, 1 << max(len(files) - 1, 0).bit_length())
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(files), size):
            chunk = files[start : start + size]
            yield from _score_chunk(detector, pool, chunk, size, prior, threads)


def _score_chunk(
    detector: Detector,
    pool: ThreadPoolExecutor,
    files: Sequence[Path],
    size: int,
    prior: float,
    threads: int | None,
) -> list[Row]:
    rate = detector.experiment.front_end.rate

    def prepare(file: Path):
        try:
            waveform = read(file, rate)
            return *detector.prepare(waveform), len(waveform) / rate
        except AudioError as error:
            return error

    prepared = list(pool.map(prepare, files))
    # One shape for every chunk, so that the model is compiled once.
    clips = np.zeros((size, detector.experiment.clip.evaluate), np.float32)
    lengths = np.full(size, detector.experiment.clip.evaluate)
    for slot, found in enumerate(prepared):
        if not isinstance(found, AudioError):
            clips[slot], lengths[slot] = found[0], found[1]
    scores = detector.score(clips, lengths, threads)
    rows = []
    for file, found, value in zip(files, prepared, scores, strict=False):
        if isinstance(found, AudioError):
            rows.append(Row(str(file), prior=prior, error=str(found)))
        else:
            rows.append(_row(detector, file, float(value), found[2], prior))
    return rows


def _verdict(score: float, decision: dict[str, Any]) -> str:
    low, high = decision.get("abstain") or (math.inf, math.inf)
    if low <= score < high:
        return "unknown"
    return "bonafide" if score >= decision["threshold"] else "spoof"


def _row(detector: Detector, file: Path, score: float, seconds: float, prior: float) -> Row:
    decision = detector.decision
    if not math.isfinite(score):
        return Row(str(file), prior=prior, error=f"the model gave the score {score}")
    llr = float(to_llr(decision, np.array([score]))[0])
    return Row(
        str(file),
        score=score,
        llr=llr,
        p_spoof=float(p_spoof(llr, prior)),
        prior=prior,
        verdict=_verdict(score, decision),
        calibrated=decision["calibration"] is not None,
        seconds=round(seconds, 3),
    )
