"""One recording that a detector listens to, window by window."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.audio.blocks import Recording, open_recording
from spoofjax.audio.clips import most_samples
from spoofjax.audio.judging import reason_against
from spoofjax.audio.reading import read_recording
from spoofjax.audio.special_files import copied, is_stream
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.judged import Judged
from spoofjax.deployment.timeline import StepScores, Timeline
from spoofjax.deployment.windows import Window, Windows
from spoofjax.errors import AudioError
from spoofjax.evaluation.decision import to_llr

Source = Path | Recording
"""A file, or a recording that is open, at the detector's rate."""


class Clip(NamedTuple):
    """A window as the model receives it."""

    samples: np.ndarray
    """float32 (samples,)."""
    valid: int
    """Number of samples that are not padding."""
    reason: str | None
    """Why the window cannot be judged, or None."""


class Listener:
    """Takes the windows of one recording and collects their scores.

    `hop` is the number of samples from one window to the next; with None, only the first window is
    read. With `reads_streams`, the source may be a pipe or a device.
    """

    def __init__(
        self, detector: Detector, source: Source, hop: int | None, *, reads_streams: bool = False
    ):
        self._detector, self._source, self._hop = detector, source, hop
        self._reads_streams = reads_streams
        self._files = contextlib.ExitStack()
        self._windows: Iterator[Window] | None = None
        self._taken: list[Window] = []
        self._scored: list[tuple[float, float, float, str | None]] = []
        self._steps: list[StepScores] = []
        self._attack_logits: list[np.ndarray] = []
        self._attack_scores: list[np.ndarray] = []
        self._seconds = 0.0
        self.error: str | None = None
        """Why the recording cannot be scored."""
        self.is_finished = False
        """Whether no window is left."""

    def take(self, most: int) -> list[Clip]:
        """Return the next windows, at most `most`, as clips. A recording in error has none."""
        try:
            if self._windows is None:
                self._windows = self._opened()
            self._taken = list(islice(self._windows, most))
            clips = [clip_of(self._detector, window) for window in self._taken]
            if len(self._taken) < most:
                self.close()
            return clips
        except AudioError as error:
            return self._fail(str(error))
        except MemoryError:
            return self._fail(f"{self._name}: reading it needs more memory than there is")
        except Exception as error:
            # Whatever a decoder raises concerns this file alone; the others still get their scores.
            return self._fail(f"{self._name}: {type(error).__name__}: {error}")

    def add(self, judged: Judged, clips: list[Clip]) -> None:
        """Keep what the detector says of the clips that were taken last."""
        rate, steps = self._detector.experiment.front_end.rate, judged.steps
        for number, (window, score, clip) in enumerate(
            zip(self._taken, judged.score.tolist(), clips, strict=True)
        ):
            samples = min(len(window.samples), len(clip.samples))
            end = window.start + samples
            if steps is not None:
                size = self._detector.step_samples
                assert size is not None
                place = (window.start, samples, steps[number], size, rate, len(self._scored))
                self._steps.append(StepScores.of(*place))
            self._scored.append((window.start / rate, end / rate, score, clip.reason))
        self._attack_logits.append(judged.attack_logits)
        self._attack_scores.append(judged.attack_scores)
        self._taken = []

    def close(self) -> None:
        """Close the file; no window is left."""
        self._files.close()
        self.is_finished = True

    def result(self) -> Timeline | str:
        """Return the timeline of all windows, or why there is none."""
        if self.error is not None:
            return self.error
        if not self._scored:
            return f"{self._name}: holds no samples."
        start, end, score, reasons = zip(*self._scored, strict=True)
        scores, is_judged = np.array(score), np.array([reason is None for reason in reasons])
        decision = self._detector.decision
        llr = np.where(is_judged, to_llr(decision, scores), np.nan)
        times = np.array(start), np.array(end)
        steps = StepScores.joined(self._steps) if self._steps else None
        timeline = Timeline(*times, scores, llr, reasons, self._seconds, decision, steps)
        attacks = self._detector.experiment.tracing.attacks
        if not attacks:
            return timeline
        logits, scores = np.concatenate(self._attack_logits), np.concatenate(self._attack_scores)
        return replace(timeline, attacks=attacks, attack_logits=logits, attack_scores=scores)

    @property
    def _name(self) -> str:
        return str(self._source) if isinstance(self._source, Path) else self._source.name

    def _fail(self, error: str) -> list[Clip]:
        self.error, self._taken = error, []
        self.close()
        return []

    def _opened(self) -> Iterator[Window]:
        experiment = self._detector.experiment
        rate, size = experiment.front_end.rate, most_samples(experiment.clip)
        source = self._source
        if isinstance(source, Path):
            if self._reads_streams and is_stream(source):
                source = self._files.enter_context(copied(source))
            if self._hop is None:
                return self._of_start(source, rate, size)
            source = self._files.enter_context(open_recording(source, rate))
        windows = Windows(source, source.rate, rate, size, self._hop or size)
        return self._of_blocks(windows) if self._hop else self._first_of(windows, source.seconds)

    def _of_start(self, path: Path, rate: int, size: int) -> Iterator[Window]:
        samples, origin = read_recording(path, rate, size)
        self._seconds = origin.seconds or len(samples) / rate
        yield Window(0, samples, origin)

    def _first_of(self, windows: Windows, seconds: float) -> Iterator[Window]:
        yield from islice(windows, 1)
        self._seconds = max(seconds, windows.seconds)  # that of a pipe is what was read

    def _of_blocks(self, windows: Windows) -> Iterator[Window]:
        yield from windows
        self._seconds = windows.seconds


def clip_of(detector: Detector, window: Window) -> Clip:
    """Return a window as the model receives it, and whether it can be judged.

    Raises AudioError where its samples are not finite.
    """
    samples, valid = detector.prepare(window.samples)
    reason = reason_against(
        window.samples,
        detector.experiment.front_end.rate,
        heard=min(len(window.samples), len(samples)),
        origin=window.origin,
        training=detector.training_audio,
    )
    return Clip(samples, valid, reason.text if reason else None)
