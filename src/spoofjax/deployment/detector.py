"""A trained detector: experiment, weights and decision, read from one folder.

A finished run and an export both hold the three files that a detector consists of. None of them
contains code.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import jax
import numpy as np
from flax import nnx

from spoofjax.audio.clips import prepared
from spoofjax.audio.judging import TrainingAudio
from spoofjax.config import Experiment
from spoofjax.deployment.changed_copies import changed_copies
from spoofjax.deployment.judged import Judged
from spoofjax.errors import ConfigError, RunError
from spoofjax.evaluation.attribution import Attribution, attribution
from spoofjax.evaluation.known_attacks import KnownAttacks
from spoofjax.evaluation.pooling import Pooling
from spoofjax.evaluation.rejection import rejection_scores
from spoofjax.features.embeddings import Embeddings
from spoofjax.models.arrays import flatten, make_predict, make_predict_steps, make_trace
from spoofjax.models.building import build_network
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.known_attacks import read_known_attacks
from spoofjax.runs.weights import load_weights


@dataclass
class Detector:
    """Turns waveforms into scores; higher = more bona fide."""

    experiment: Experiment
    decision: dict[str, Any]
    params: dict[str, np.ndarray]
    constants: dict[str, np.ndarray]
    training_audio: TrainingAudio | None = None
    """What the detector heard in training, where that was recorded."""
    views: int = 1
    """The score of a clip is the mean over the clip and views - 1 lightly changed copies of it."""
    known_attacks: KnownAttacks | None = None
    """Where the traced attacks lie; None without tracing, and for runs that reject by logits."""

    @classmethod
    def load(cls, folder: Path) -> Detector:
        """Read a finished run or an export.

        Raises RunError where a file is missing or the weights do not fit the configuration.
        """
        run = RunFolder(folder)
        experiment = run.experiment()
        params, constants = load_weights(folder)
        heard = _training_audio(run, experiment)
        decision = run.read_decision()
        known_attacks = read_known_attacks(run, decision)
        detector = cls(experiment, decision, params, constants, heard, 1, known_attacks)
        detector._check(run.weights)
        return detector

    @property
    def pooling(self) -> Pooling:
        """How the scores of windows become that of a file, as the decision says; else "mean"."""
        return self.decision.get("pooling", "mean")

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all weights with their names, in hexadecimal digits."""
        digest = hashlib.sha256()
        for arrays in (self.params, self.constants):
            for name in sorted(arrays):
                digest.update(name.encode())
                digest.update(np.ascontiguousarray(arrays[name]).tobytes())
        return digest.hexdigest()

    def _check(self, path: Path) -> None:
        """Raise RunError unless the weights fit the model of the configuration."""
        for expected, present in zip(self.shapes, (self.params, self.constants), strict=True):
            for name, leaf in expected.items():
                if name not in present:
                    raise RunError(f"{path} lacks {name}, which the configuration's model needs.")
                wrong = _difference(present[name], leaf)
                if wrong:
                    raise RunError(f"{path}: {name} {wrong}.")
            for name in present.keys() - expected.keys():
                raise RunError(f"{path} has {name}, which the configuration's model lacks.")

    @cached_property
    def shapes(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Parameters and constants of the model by name, as shapes without values."""
        params, constants = nnx.split(self._abstract, nnx.Param, ...)[1:]
        return flatten(params), flatten(constants)

    @property
    def _abstract(self) -> nnx.Module:
        """The model with shapes instead of arrays, without layers in C."""
        return self._structures[1]

    @cached_property
    def _structures(self) -> tuple[Any, nnx.Module]:
        """The structure of the network as it runs fastest here, and the model without layers in C.

        Nothing is drawn or compiled.
        """
        module = self._module()
        here = nnx.split(module, nnx.Param, ...)[0]
        module.set_attributes(native=False, raise_if_not_found=False)
        return here, module

    def _module(self) -> nnx.Module:
        return nnx.eval_shape(lambda: build_network(self.experiment, nnx.Rngs(0)))

    @cached_property
    def graph(self) -> Any:
        """The structure of the network, without layers in C."""
        return nnx.split(self._abstract, nnx.Param, ...)[0]

    def predict_with(self, **attributes: Any) -> Any:
        """Return a function like `predict` of a network whose layers have other attributes."""
        module = self._module()
        module.set_attributes(native=False, **attributes, raise_if_not_found=False)
        return make_predict(nnx.split(module, nnx.Param, ...)[0])

    @cached_property
    def predict(self) -> Any:
        """The pure function (params, constants, features, lengths) -> scores (batch,).

        It has no layers in C, so that an export of it runs anywhere.
        """
        return make_predict(self.graph)

    @cached_property
    def _compiled(self) -> Any:
        return jax.jit(self.predict_here)

    @property
    def predict_here(self) -> Any:
        """A function like `predict` whose layers are those that run fastest on this machine."""
        return make_predict(self._structures[0])

    @property
    def trace_here(self) -> Any:
        """A function like `predict_here` that returns the whole Output of the network."""
        return make_trace(self._structures[0])

    @cached_property
    def _traced(self) -> Any:
        return jax.jit(self.trace_here)

    @cached_property
    def _compiled_steps(self) -> Any:
        return jax.jit(make_predict_steps(self._structures[0]))

    @property
    def step_samples(self) -> int | None:
        """Samples of a step that the network scores; None where it scores none."""
        network: Any = self._abstract
        if getattr(network, "step_head", None) is None:
            return None
        return network.step_frames * self.experiment.front_end.hop

    @property
    def reads_embeddings(self) -> bool:
        """Whether the detector scores embeddings that were computed before, not audio."""
        return isinstance(self.experiment.front_end, Embeddings)

    def prepare(self, waveform: np.ndarray, samples: int | None = None) -> tuple[np.ndarray, int]:
        """Return (float32 (samples,), valid samples) of one utterance, as evaluation prepares it.

        `samples` is the length of the clip; None takes the length of the clip that evaluation would
        make of the utterance. Raises AudioError as audio.clips.prepared does, and ConfigError for
        a detector of embeddings.
        """
        self.require_audio()
        return prepared(waveform, self.experiment.clip, samples)

    def require_audio(self) -> None:
        """Raise ConfigError for a detector that scores embeddings."""
        if self.reads_embeddings:
            raise ConfigError(
                "This detector scores embeddings, not audio. Use `spoofjax evaluate RUN --corpus "
                "DIR` with embeddings of the audio."
            )

    def features(
        self, clips: np.ndarray, lengths: np.ndarray, threads: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return (features, valid frames) of prepared clips (batch, samples)."""
        front_end = self.experiment.front_end
        features = front_end(clips, lengths, threads=threads)
        if features.ndim == 2:  # a waveform front end, whose frames are the samples
            return features, lengths.astype(np.int32)
        return features, np.array([front_end.frames(int(n)) for n in lengths], np.int32)

    def score(
        self, clips: np.ndarray, lengths: np.ndarray, threads: int | None = None
    ) -> np.ndarray:
        """Return float64 (batch,): raw scores of prepared clips (batch, samples)."""
        scores = self._score(clips, lengths, threads)
        rate = self.experiment.front_end.rate
        for copies in changed_copies(clips, lengths, self.views - 1, rate):
            scores = scores + self._score(copies, lengths, threads)
        return scores / self.views

    def _score(self, clips: np.ndarray, lengths: np.ndarray, threads: int | None) -> np.ndarray:
        features, frames = self.features(clips, lengths, threads)
        scores = self._compiled(self.params, self.constants, jax.device_put(features), frames)
        return np.asarray(scores, np.float64)

    def score_steps(
        self, clips: np.ndarray, lengths: np.ndarray, threads: int | None = None
    ) -> tuple[np.ndarray, list[np.ndarray]]:
        """Return float64 (batch,) as `score` does, and the score of each step of each clip.

        The scores of steps, float64 (steps,), are log odds of a step without any spoof. It is for
        detectors whose `step_samples` is not None.
        """
        features, frames = self.features(clips, lengths, threads)
        placed = jax.device_put(features)
        outputs = self._compiled_steps(self.params, self.constants, placed, frames)
        scores, steps, counts = (np.asarray(output) for output in outputs)
        return scores.astype(np.float64), _valid_steps(steps, counts)

    def judge(self, clips: np.ndarray, lengths: np.ndarray, threads: int | None = None) -> Judged:
        """Return all that the detector says of prepared clips (batch, samples)."""
        no_attacks = np.zeros((len(clips), 0)), np.zeros(len(clips))
        if not self.experiment.tracing.attacks:
            if self.step_samples is None:
                return Judged(self.score(clips, lengths, threads), None, *no_attacks)
            return Judged(*self.score_steps(clips, lengths, threads), *no_attacks)
        features, frames = self.features(clips, lengths, threads)
        output = self._traced(self.params, self.constants, jax.device_put(features), frames)
        logits = np.asarray(output.attack_logits, np.float64)
        attacks = logits, rejection_scores(logits, np.asarray(output.embedding), self.known_attacks)
        scores = np.asarray(output.score, np.float64)
        if self.views > 1:
            # Only the score is a mean over changed copies; attacks are those of the clip itself.
            scores = self.score(clips, lengths, threads)
        if self.step_samples is None:
            return Judged(scores, None, *attacks)
        steps = _valid_steps(np.asarray(output.step_logits), np.asarray(output.step_lengths))
        return Judged(scores, steps, *attacks)

    def attribution(self, judged: Judged) -> Attribution | None:
        """Return the attack by which a clip was made if it is a spoof; `judged` is about it alone.

        None for a detector that traces no attacks.
        """
        attacks = self.experiment.tracing.attacks
        if not attacks:
            return None
        [logits], [score] = judged.attack_logits, judged.attack_scores.tolist()
        return attribution(logits, score, attacks, self.decision)


def _valid_steps(steps: np.ndarray, counts: np.ndarray) -> list[np.ndarray]:
    """Return float64 (steps,) of each clip: its valid steps of (batch, steps)."""
    return [row[:count] for row, count in zip(steps.astype(np.float64), counts, strict=True)]


def _training_audio(run: RunFolder, experiment: Experiment) -> TrainingAudio | None:
    """Return what a run recorded of its training clips, or None."""
    facts = run.read_training_audio()
    if facts is None:
        return None
    has_own_level = experiment.clip.level_dbfs is None
    lowest, highest = facts["level_dbfs"]
    return TrainingAudio(facts["largest_dc_share"], (lowest, highest) if has_own_level else None)


def _difference(weights: np.ndarray, leaf: Any) -> str:
    """Return how an array of weights differs from what the model needs; '' if it does not."""
    if weights.shape != leaf.shape:
        return f"has shape {weights.shape}, but {leaf.shape} in the configuration's model"
    if weights.dtype != leaf.dtype:
        return f"has type {weights.dtype}, but {leaf.dtype} in the configuration's model"
    if not np.isfinite(weights).all():
        return "has values that are not finite"
    return ""
