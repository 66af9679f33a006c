"""Scores and verdicts for audio files: one row per file, even where others cannot be read."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spoofjax.audio.reading import read
from spoofjax.deployment.detector import Detector
from spoofjax.errors import AudioError, ConfigError
from spoofjax.evaluation.calibration import p_spoof
from spoofjax.evaluation.decision import to_llr

BATCH = 16
"""Largest number of utterances scored at a time."""


@dataclass(frozen=True)
class Row:
    """The result for one file."""

    file: str
    score: float | None = None
    """The model's raw score; higher = more bona fide."""
    llr: float | None = None
    """Natural-log likelihood ratio: calibrated, or the logit less the training prior's log odds."""
    p_spoof: float | None = None
    prior: float = 0.5
    """P(bona fide) before listening, as the caller gave it."""
    verdict: str = "unknown"
    """'bonafide', 'spoof', or 'unknown' where there is no score or it lies in the abstain band."""
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


class _Prepared(NamedTuple):
    """An utterance as the model receives it."""

    clip: np.ndarray
    """float32 (samples,)."""
    valid: int
    """Number of samples that are not padding."""
    seconds: float
    """Length of the whole utterance."""


def score_files(
    detector: Detector, files: Sequence[Path], prior: float = 0.5, threads: int | None = None
) -> Iterator[Row]:
    """Score audio files in order; yield one Row each.

    An unreadable file gives a row with `error`. `prior` is P(bona fide) before listening. Raises
    ConfigError for a prior outside (0, 1).
    """
    if not 0 < prior < 1:
        raise ConfigError(f"The prior P(bona fide) must lie between 0 and 1, not {prior}.")
    # Powers of two up to BATCH: few shapes to compile, and little to compute for few files.
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

    def prepare(file: Path) -> _Prepared | AudioError:
        try:
            waveform = read(file, rate)
            return _Prepared(*detector.prepare(waveform), len(waveform) / rate)
        except AudioError as error:
            return error

    utterances = list(pool.map(prepare, files))
    scores = _scores(detector, utterances, size, threads)
    rows = []
    for slot, (file, utterance) in enumerate(zip(files, utterances, strict=True)):
        if isinstance(utterance, AudioError):
            rows.append(Row(str(file), prior=prior, error=str(utterance)))
        else:
            rows.append(_row(detector, file, scores[slot], utterance.seconds, prior))
    return rows


def _scores(
    detector: Detector, utterances: Sequence[_Prepared | AudioError], size: int, threads: int | None
) -> dict[int, float]:
    """Return the score of each utterance that could be read, by its index.

    Clips of the same length form a batch. Every batch has `size` rows, some of them unused, so that
    the model is compiled only once for each length.
    """
    slots: dict[int, list[int]] = {}
    for slot, utterance in enumerate(utterances):
        if isinstance(utterance, _Prepared):
            slots.setdefault(len(utterance.clip), []).append(slot)
    scores: dict[int, float] = {}
    for samples, members in slots.items():
        clips = np.zeros((size, samples), np.float32)
        lengths = np.full(size, samples)
        for row, slot in enumerate(members):
            utterance = utterances[slot]
            assert isinstance(utterance, _Prepared)
            clips[row], lengths[row] = utterance.clip, utterance.valid
        values = detector.score(clips, lengths, threads)
        scores.update(zip(members, map(float, values), strict=False))
    return scores


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
