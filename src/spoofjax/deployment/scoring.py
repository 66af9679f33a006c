"""Scores and verdicts for audio files: one row per file, whatever is wrong with a file."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.audio.blocks import recording_of
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.listener import Source
from spoofjax.deployment.listening import hop_samples, listen_to_all
from spoofjax.deployment.row import Row, blank_row, is_utf8
from spoofjax.deployment.timeline import Timeline
from spoofjax.evaluation.attribution import attack_fields
from spoofjax.evaluation.pooling import Pooling
from spoofjax.evaluation.rule import Rule


def score_files(
    detector: Detector,
    files: Sequence[Source],
    rule: Rule | None = None,
    threads: int | None = None,
    *,
    streams: Collection[Path] = (),
    pooling: Pooling | None = None,
    hop: float | None = None,
) -> Iterator[Row]:
    """Score audio files, or open recordings, in order; yield one Row each.

    `rule` gives the verdicts, and `pooling` says how the scores of a file's windows become its own;
    by default, both are those of the detector's decision. With "start" only the first window is
    heard, as in evaluation. `hop` is the seconds from one window to the next, by default half a
    window. A file that cannot be read gives a row with `error`, and one that holds nothing to judge
    a row with `reason`. A pipe or a device is read only if it is one of `streams`. Raises
    ConfigError for a hop that is not positive or exceeds a window.
    """
    rule = rule or Rule.of(detector.decision)
    pooling = pooling or detector.pooling
    samples = None if pooling == "start" else hop_samples(detector, hop)
    readable = [file for file in files if _has_readable_name(file)]
    timelines = listen_to_all(detector, readable, hop=samples, threads=threads, streams=streams)
    for file in files:
        if _has_readable_name(file):
            yield row_of(file, next(timelines), rule, pooling)
        else:
            yield blank_row(file, rule, "the file name is not UTF-8; rename the file")


def _has_readable_name(source: Source) -> bool:
    return not isinstance(source, Path) or is_utf8(source)


def score_samples(
    detector: Detector,
    samples: ArrayLike,
    rate: int,
    rule: Rule | None = None,
    threads: int | None = None,
    *,
    pooling: Pooling | None = None,
    hop: float | None = None,
) -> Row:
    """Score one recording in memory; return the row that its file would get, without a name.

    `samples` are float in [-1, 1) or int16, (samples,) or (samples, channels), at `rate` Hz.
    Raises AudioError as `audio.blocks.recording_of` does.
    """
    recording = recording_of(np.asarray(samples), rate, detector.experiment.front_end.rate)
    pooling = pooling or detector.pooling
    hops = None if pooling == "start" else hop_samples(detector, hop)
    [timeline] = listen_to_all(detector, [recording], hop=hops, threads=threads)
    return row_of("", timeline, rule or Rule.of(detector.decision), pooling)


def row_of(
    file: str | Source, timeline: Timeline | str, rule: Rule, pooling: Pooling = "mean"
) -> Row:
    """Return the row of a file from its timeline, or from the error that it has instead of one."""
    if isinstance(timeline, str):
        return blank_row(file, rule, timeline)
    row = replace(
        blank_row(file, rule),
        seconds=round(timeline.seconds, 3),
        heard=round(timeline.heard, 3),
        pooling=pooling,
        windows=len(timeline.score),
        judged_windows=int(timeline.is_judged.sum()),
    )
    score = timeline.pooled(pooling)
    if not math.isfinite(score):
        return replace(row, error=f"the model gave the score {score}")
    row = replace(row, score=score, timeline=timeline)
    if timeline.reason is not None:
        return replace(row, reason=timeline.reason)
    llr = timeline.pooled_llr(pooling)
    verdict = rule.verdict(llr)
    return replace(
        row,
        llr=llr,
        p_spoof=rule.p_spoof(llr),
        verdict=verdict,
        reason="no verdict costs least here (abstain band)" if verdict == "unknown" else None,
        spans=tuple(timeline.spans(rule)),
        **attack_fields(timeline.attribution(), verdict),
    )
