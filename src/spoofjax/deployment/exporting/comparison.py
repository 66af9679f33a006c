"""An exported program beside its run, on the same utterances."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from spoofjax.audio.clips import most_samples
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.utterances import AT_ONCE, Utterances
from spoofjax.errors import RunError
from spoofjax.evaluation.metrics import eer

Program = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(waveform, lengths) -> raw scores, float (batch,)."""
TOLERANCE = 1e-4
"""Largest difference allowed, relative to the largest score where that exceeds 1."""


@dataclass(frozen=True)
class Compared:
    """Scores of the run and of the program, float64 (utterances,) each."""

    expected: np.ndarray
    scores: np.ndarray
    labels: np.ndarray
    """int (utterances,): 1 = bona fide, 0 = spoof, -1 = unknown."""

    @property
    def difference(self) -> float:
        """The largest difference of a score; NaN where a score is NaN."""
        return float(np.max(np.abs(self.scores - self.expected)))

    def eers(self) -> tuple[float, float] | None:
        """Return the EER of the run and of the program; None unless both classes are there."""
        bonafide, spoof = self.labels == 1, self.labels == 0
        if not (bonafide.any() and spoof.any() and (bonafide | spoof).all()):
            return None
        run, program = (
            eer(scores[bonafide], scores[spoof])[0] for scores in (self.expected, self.scores)
        )
        return float(run), float(program)

    def check(self) -> None:
        """Raise RunError unless the program gives the scores of the run."""
        # "not <=" also refuses NaN.
        if not self.difference <= TOLERANCE * max(1.0, float(np.max(np.abs(self.expected)))):
            raise RunError(
                f"The exported program's scores differ from the run's by {self.difference:.2g}; "
                "nothing was exported."
            )


def compare(detector: Detector, utterances: Utterances, program: Program) -> Compared:
    """Score utterances by the run and by the program, one batch after the other.

    It stops before the end where that would take longer than `utterances.seconds`. Both score a
    batch at the same time, because jax compiles a program on one core.
    """
    expected, scores = [], []
    start = time.monotonic()
    with ThreadPoolExecutor(1) as pool:
        for waveform, lengths in utterances.batches():
            of_run = pool.submit(scores_of_run, detector, waveform, lengths)
            scores.append(np.asarray(program(waveform, lengths), np.float64))
            expected.append(of_run.result())
            if time.monotonic() - start > utterances.seconds:
                break
    count = sum(map(len, scores))
    return Compared(
        np.concatenate(expected), np.concatenate(scores), np.array(utterances.labels[:count])
    )


def scores_of_run(detector: Detector, waveform: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return the run's scores of a batch, whose utterances are all in the longest clip.

    Every batch has the same number of rows, some unused, so that the model is compiled once.
    """
    samples = most_samples(detector.experiment.clip)
    clips = np.zeros((AT_ONCE, samples), np.float32)
    valid = np.full(AT_ONCE, samples)
    for row, (utterance, length) in enumerate(zip(waveform, lengths, strict=True)):
        clips[row], valid[row] = detector.prepare(utterance[:length], samples)
    return detector.score(clips, valid)[: len(lengths)]


def seconds_of(program: Program, utterances: Utterances, calls: int = 5) -> float:
    """Return the median time in seconds that the program takes for one utterance."""
    waveform = utterances.waveforms[0][None]
    lengths = np.array([waveform.shape[1]], np.int32)
    times = []
    for _ in range(calls + 1):
        start = time.perf_counter()
        program(waveform, lengths)
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))
