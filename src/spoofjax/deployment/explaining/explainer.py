"""Explaining windows and recordings with a detector."""

from __future__ import annotations

from functools import partial
from itertools import islice

import numpy as np

from spoofjax.audio.blocks import Recording, open_recording
from spoofjax.audio.clips import most_samples
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.explaining.attribution import integrated_gradients, occlusion_agreement
from spoofjax.deployment.explaining.baseline import BASELINE, background
from spoofjax.deployment.explaining.deletion import deletion_test
from spoofjax.deployment.explaining.explanation import Explanation
from spoofjax.deployment.explaining.grad_cam import GradCAM
from spoofjax.deployment.explaining.methods import Method
from spoofjax.deployment.explaining.regions import marked_cells
from spoofjax.deployment.explaining.scorer import Scorer
from spoofjax.deployment.listener import Source
from spoofjax.deployment.timeline import Timeline
from spoofjax.deployment.windows import Windows
from spoofjax.errors import AudioError
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.pooling import Pooling
from spoofjax.evaluation.rule import Rule


class Explainer:
    """A detector with what is compiled to explain its scores; keep it for several utterances."""

    def __init__(
        self,
        detector: Detector,
        rule: Rule | None = None,
        method: Method = "integrated_gradients",
    ):
        """`rule` gives the verdict that is explained, by default that of the detector's decision.

        Raises ConfigError for a detector that scores embeddings, and for one that Grad-CAM cannot
        explain.
        """
        self._detector, self._rule = detector, rule or Rule.of(detector.decision)
        self._scorer = Scorer(detector)
        self._method: Method = method
        self._attribute = partial(integrated_gradients, self._scorer)
        if method == "grad_cam":
            self._attribute = GradCAM(self._scorer, detector.experiment).attribute

    def explain(
        self, samples: np.ndarray, start: float = 0.0, *, occludes: bool = True
    ) -> Explanation:
        """Explain the score of a window, float32 (n,) at the rate of the front end.

        `start` is where it begins in its recording, in seconds. What exceeds a clip of evaluation
        is not heard. Without `occludes`, the check by occlusion is left out, which saves a third of
        the time; its agreement is then NaN. Raises AudioError for samples that cannot be prepared
        or give no frame.
        """
        experiment, cells = self._detector.experiment, self._scorer.cells
        clip, valid = self._detector.prepare(samples)
        if cells.frames(valid) == 0:
            raise AudioError(f"{valid} samples are shorter than a frame: nothing to explain.")
        utterance = self._scorer.utterance(clip, valid)
        levels, baseline = utterance.levels, background(utterance.levels)
        attributed = self._attribute(utterance, baseline)
        llr = to_llr(self._detector.decision, np.array([attributed.score]))
        is_bonafide = float(llr[0]) >= self._rule.threshold
        support = attributed.values if is_bonafide else -attributed.values
        agreement = float("nan")
        if occludes:
            agreement = occlusion_agreement(self._scorer, utterance, attributed, baseline)
        marked = marked_cells(support, self._scorer.frame_seconds)
        rate, frames = experiment.front_end.rate, np.arange(len(levels) + 1) - 0.5
        return Explanation(
            method=self._method,
            attribution=attributed.values,
            levels=levels,
            level_name=cells.name,
            times=start + (cells.first + cells.hop * frames) / rate,
            frequencies=cells.edges(),
            start=start,
            end=start + min(len(samples), len(clip)) / rate,
            is_bonafide=is_bonafide,
            score=attributed.score,
            baseline=BASELINE,
            baseline_score=attributed.baseline_score,
            error=attributed.error,
            marked=marked,
            deletion=deletion_test(
                self._scorer, utterance, marked, baseline, attributed.score, is_bonafide=is_bonafide
            ),
            occlusion_agreement=agreement,
        )

    def explain_recording(
        self,
        source: Source,
        timeline: Timeline,
        hop: int | None = None,
        pooling: Pooling | None = None,
    ) -> Explanation:
        """Explain the window of a recording that speaks most clearly for the recording's verdict.

        `timeline` holds the scores of its windows, which begin every `hop` samples; None means that
        only the first window was heard. `pooling` made the recording's score of them, by default
        that of the detector's decision. The recording is read again. Raises AudioError where it
        cannot be read or none of its windows can be judged.
        """
        if timeline.reason is not None:
            raise AudioError(f"There is no verdict to explain: {timeline.reason}.")
        llr = timeline.pooled_llr(pooling or self._detector.pooling)
        clearest = np.nanargmax if llr >= self._rule.threshold else np.nanargmin
        window = int(clearest(timeline.llr))
        front_end, clip = self._detector.experiment.front_end, self._detector.experiment.clip
        size = most_samples(clip)
        recording = source
        if not isinstance(recording, Recording):
            recording = open_recording(recording, front_end.rate)
        with recording:
            windows = Windows(recording, recording.rate, front_end.rate, size, hop or size)
            taken = next(islice(windows, window, None), None)
        if taken is None:
            raise AudioError(f"{recording.name}: it became shorter while it was explained.")
        return self.explain(taken.samples, taken.start / front_end.rate)
