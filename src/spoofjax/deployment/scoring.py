"""Scores and verdicts for audio files: one row per file, whatever is wrong with a file."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.audio.clips import most_samples
from spoofjax.audio.judging import Origin, reason_against
from spoofjax.audio.reading import read_recording, recording_of
from spoofjax.audio.special_files import copied, is_stream
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.row import Row, blank_row, is_utf8
from spoofjax.errors import AudioError
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.rule import Rule

BATCH = 16
"""Largest number of utterances scored at a time."""


class _Prepared(NamedTuple):
    """An utterance as the model receives it."""

    clip: np.ndarray
    """float32 (samples,)."""
    valid: int
    """Number of samples that are not padding."""
    seconds: float
    """Length of the whole utterance."""
    heard: float
    """Length of the part that is in the clip, repetitions not counted."""
    reason: str | None
    """Why the utterance cannot be judged, or None."""


def score_files(
    detector: Detector,
    files: Sequence[Path],
    rule: Rule | None = None,
    threads: int | None = None,
    *,
    streams: Collection[Path] = (),
) -> Iterator[Row]:
    """Score audio files in order; yield one Row each.

    `rule` gives the verdicts, by default that of the detector's decision. A file that cannot be
    read gives a row with `error`, and one that holds nothing to judge a row with `reason`. A pipe
    or a device is read only if it is one of `streams`.
    """
    rule = rule or Rule.of(detector.decision)
    # Powers of two up to BATCH: few shapes to compile, and little to compute for few files.
    size = min(BATCH, 1 << max(len(files) - 1, 0).bit_length())
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(files), size):
            chunk = files[start : start + size]
            utterances = list(pool.map(lambda file: _prepare(detector, file, streams), chunk))
            scores = _scores(detector, utterances, size, threads)
            for slot, (file, utterance) in enumerate(zip(chunk, utterances, strict=True)):
                if isinstance(utterance, str):
                    yield blank_row(file, rule, utterance)
                else:
                    yield _row(detector, file, rule, utterance, scores[slot])


def score_samples(
    detector: Detector,
    samples: ArrayLike,
    rate: int,
    rule: Rule | None = None,
    threads: int | None = None,
) -> Row:
    """Score one recording in memory; return the row that its file would get, without a name.

    `samples` are float in [-1, 1) or int16, (samples,) or (samples, channels), at `rate` Hz.
    Raises AudioError as `audio.reading.recording_of` does.
    """
    most = most_samples(detector.experiment.clip)
    target = detector.experiment.front_end.rate
    recording = recording_of(np.asarray(samples), rate, target, most)
    utterance = _of_recording(detector, *recording)
    [score] = _scores(detector, [utterance], 1, threads).values()
    return _row(detector, "", rule or Rule.of(detector.decision), utterance, score)


def _prepare(detector: Detector, file: Path, streams: Collection[Path]) -> _Prepared | str:
    """Return the utterance of a file, or why it has none."""
    if not is_utf8(file):
        return "the file name is not UTF-8; rename the file"
    try:
        rate = detector.experiment.front_end.rate
        # No clip is longer, so the rest of a long recording need not be in memory.
        most = most_samples(detector.experiment.clip)
        return _of_recording(detector, *_read(file, rate, most, streams))
    except AudioError as error:
        return str(error)
    except MemoryError:
        return f"{file}: reading it needs more memory than there is"
    except Exception as error:
        # Whatever a decoder raises concerns this file alone; the others still get their scores.
        return f"{file}: {type(error).__name__}: {error}"


def _of_recording(detector: Detector, waveform: np.ndarray, origin: Origin) -> _Prepared:
    """Return the utterance of a recording, float32 (samples,) at the detector's rate."""
    rate = detector.experiment.front_end.rate
    clip, valid = detector.prepare(waveform)
    heard = min(len(waveform), len(clip))
    seconds = origin.seconds or len(waveform) / rate
    reason = reason_against(
        waveform, rate, heard=heard, origin=origin, training=detector.training_audio
    )
    text = reason.text if reason else None
    return _Prepared(clip, valid, seconds, heard / rate, text)


def _read(file: Path, rate: int, most: int, streams: Collection[Path]) -> tuple[np.ndarray, Origin]:
    if file in streams and is_stream(file):
        with copied(file) as copy:
            return read_recording(copy, rate, most)
    return read_recording(file, rate, most)


def _scores(
    detector: Detector, utterances: Sequence[_Prepared | str], size: int, threads: int | None
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


def _row(
    detector: Detector, file: str | Path, rule: Rule, utterance: _Prepared, score: float
) -> Row:
    blank = replace(
        blank_row(file, rule),
        seconds=round(utterance.seconds, 3),
        heard=round(utterance.heard, 3),
    )
    if not math.isfinite(score):
        return replace(blank, error=f"the model gave the score {score}")
    if utterance.reason is not None:
        return replace(blank, score=score, reason=utterance.reason)
    llr = float(to_llr(detector.decision, np.array([score]))[0])
    verdict = rule.verdict(llr)
    return replace(
        blank,
        score=score,
        llr=llr,
        p_spoof=rule.p_spoof(llr),
        verdict=verdict,
        reason="no verdict costs least here (abstain band)" if verdict == "unknown" else None,
    )
