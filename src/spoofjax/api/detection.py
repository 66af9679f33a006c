"""A trained detector in Python: from a file or an array of samples to a verdict."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.audio.blocks import recording_of
from spoofjax.cluster.compilation import use_compilation_cache
from spoofjax.corpora.audio_files import find_audio
from spoofjax.deployment import detector as deployed
from spoofjax.deployment.bundled import FOLDER, worth
from spoofjax.deployment.explaining.explainer import Explainer
from spoofjax.deployment.explaining.explanation import Explanation
from spoofjax.deployment.explaining.methods import Method
from spoofjax.deployment.listener import Source
from spoofjax.deployment.listening import hop_samples
from spoofjax.deployment.row import Row
from spoofjax.deployment.scoring import score_files, score_samples
from spoofjax.deployment.timeline import Timeline
from spoofjax.errors import AudioError
from spoofjax.evaluation.rule import Rule


@dataclass(frozen=True, repr=False)
class Detector:
    """A trained detector with the rule by which it judges; `load` makes it."""

    folder: Path
    """The run or export that it was loaded from."""
    trained: deployed.Detector
    """Experiment, weights and decision."""
    rule: Rule
    """When a log-likelihood ratio means bona fide, spoof or neither."""
    threads: int | None = None
    """Number of threads that read and compute features; None: one per core."""

    def __call__(self, audio: str | os.PathLike[str] | ArrayLike, rate: int | None = None) -> Row:
        """Return the verdict on an audio file, or on an array of samples.

        `audio` is a path, or float samples in [-1, 1) or int16 samples, (samples,) or (samples,
        channels), with their `rate` in Hz. The result has `verdict` ('bonafide', 'spoof' or
        'unknown'), `score` (higher = more bona fide), `llr` (natural logarithm), `p_spoof`, and
        `reason` where the audio holds nothing to judge. Raises AudioError for a file that cannot
        be read and for an array of another form.
        """
        if isinstance(audio, (str, os.PathLike)):
            if rate is not None:
                raise AudioError("A file states its own rate: give `rate` with samples only.")
            [row] = score_files(self.trained, [Path(audio)], self.rule, self.threads)
            if row.error is not None:
                raise AudioError(row.error)
            return row
        if rate is None:
            raise AudioError("Samples need their rate in Hz, as in detector(samples, 16_000).")
        return score_samples(self.trained, audio, rate, self.rule, self.threads)

    def timeline(
        self, audio: str | os.PathLike[str] | ArrayLike, rate: int | None = None
    ) -> Timeline:
        """Return the scores of all windows of a recording; arguments and errors as in a call.

        The result has `start` and `end` in seconds, `score`, `llr` and `is_judged`, all (windows,).
        """
        timeline = self(audio, rate).timeline
        assert timeline is not None  # only a file that cannot be read has none
        return timeline

    def explain(
        self,
        audio: str | os.PathLike[str] | ArrayLike,
        rate: int | None = None,
        method: Method = "integrated_gradients",
    ) -> Explanation:
        """Return which times and frequencies the verdict on a recording follows from.

        Arguments and errors are those of a call; audio that holds nothing to judge is an AudioError
        too. The window that speaks most clearly for the verdict is explained. The result has
        `attribution` (frames, bands), `times`, `frequencies`, `deletion`, a test whether it can be
        believed, and `warning` where it cannot. docs/explanations.md describes both, and the other
        `method`, "grad_cam". Raises ConfigError for a detector that the method cannot explain.
        """
        row = self(audio, rate)
        assert row.timeline is not None  # only a file that cannot be read has none
        if isinstance(audio, (str, os.PathLike)):
            source: Source = Path(audio)
        else:
            assert rate is not None  # the call has checked it
            target = self.trained.experiment.front_end.rate
            source = recording_of(np.asarray(audio), rate, target)
        return self._explainer(method).explain_recording(
            source, row.timeline, hop_samples(self.trained, None)
        )

    @cached_property
    def _explainers(self) -> dict[Method, Explainer]:
        return {}

    def _explainer(self, method: Method) -> Explainer:
        """Return what is compiled for a method, the same at each call."""
        if method not in self._explainers:
            self._explainers[method] = Explainer(self.trained, self.rule, method)
        return self._explainers[method]

    def score(self, paths: Iterable[str | os.PathLike[str]]) -> Iterator[Row]:
        """Yield the verdict on each of many files, and on the audio files in folders, in order.

        This takes less time than one call for each. A file that cannot be read gives a row with
        `error`. Raises CorpusError for a path that does not exist.
        """
        files = find_audio([Path(path) for path in paths])
        return score_files(self.trained, files, self.rule, self.threads)

    def __repr__(self) -> str:
        experiment = self.trained.experiment
        model, front_end = type(experiment.model).__name__, type(experiment.front_end).__name__
        calibration = "calibrated" if self.rule.is_calibrated else "not calibrated"
        return f"<Detector {self.folder}: {model} on {front_end}, {calibration}>"


def load(
    folder: str | os.PathLike[str] | None = None,
    *,
    prior: float | None = None,
    cost_miss: float | None = None,
    cost_false_alarm: float | None = None,
    threshold: float | None = None,
    threads: int | None = None,
) -> Detector:
    """Load the detector of a finished run or of an export, or the one that ships with spoofjax.

    Without a folder, a UserWarning says what the small detector that ships is worth.
    `prior` is P(bona fide) before listening, the costs are those of rejecting bona fide speech and
    of accepting a spoof, and `threshold` is an LLR in the place of costs. By default the run's
    decision has them. Raises RunError for a folder that holds no finished run, and ConfigError for
    a value out of range and for a detector that scores embeddings.
    """
    if folder is None:
        warnings.warn(f"This is the small detector of spoofjax. {worth()}.", stacklevel=2)
        folder = FOLDER
    path = Path(folder).expanduser()
    trained = deployed.Detector.load(path)
    trained.require_audio()
    rule = Rule.of(
        trained.decision,
        prior=prior,
        cost_miss=cost_miss,
        cost_false_alarm=cost_false_alarm,
        threshold=threshold,
    )
    use_compilation_cache()
    return Detector(path, trained, rule, threads)
