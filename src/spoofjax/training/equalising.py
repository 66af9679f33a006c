"""Runs that recognise codecs, so that they reject bona fide speech through each equally often."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

from spoofjax.audio.augmentation import Transmission
from spoofjax.audio.codecs.table import CODECS
from spoofjax.config import Augmentation, Experiment
from spoofjax.corpora.manifest import BONAFIDE, Manifest
from spoofjax.deployment.detector import Detector
from spoofjax.errors import ConfigError
from spoofjax.features.framed import Framed
from spoofjax.loading.copies import CopyBatches
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.models.codec_aware import CodecAware
from spoofjax.models.networks.codec_aware import describe
from spoofjax.runs.folder import RunFolder
from spoofjax.training.derived import never_trained, placed, require_empty, write_derived_run

SHRINKAGE = 0.1
"""Share of a sphere in the covariance of descriptions: a few hundred clips leave it uncertain."""
SPREAD = 0.75
"""Standard deviations of the changes by a codec that are given back besides their mean.

A codec also spreads scores, and a mean over few clips is uncertain. 0, 0.25, 0.5, 0.75 and 1 were
tried with two detectors on held-out speakers of dev. From 0.75 on, bona fide speech was not
rejected more often through any of twelve codecs, beyond chance (docs/generalisation.md).
"""


class Heard(NamedTuple):
    """What a detector hears of clips through one channel."""

    scores: np.ndarray
    """float64 (clips,)."""
    descriptions: np.ndarray
    """float64 (clips, width), see `describe`."""
    is_bonafide: np.ndarray
    """bool (clips,)."""


def codec_aware(experiment: Experiment, codecs: tuple[str, ...]) -> Experiment:
    """Return the experiment of a run that recognises these codecs.

    Raises ConfigError where the run hears no spectrum, or recognises codecs already.
    """
    model = experiment.model
    if isinstance(model, CodecAware):
        raise ConfigError(
            f"This run recognises codecs already ({', '.join(model.codecs)}). Give the run that it "
            "was made from."
        )
    if not isinstance(experiment.front_end, Framed):
        raise ConfigError(
            "Codecs are recognised by their spectrum, but this run hears "
            f"{type(experiment.front_end).__name__}. Equalise a run with a spectral front end, "
            "such as LogLinear."
        )
    Transmission(codecs).check(experiment.front_end.rate)
    freeze = tuple(f"network/{part}" for part in experiment.transfer.freeze)
    channels = 1 + sum(len(CODECS[name].settings) for name in codecs)
    return never_trained(experiment, CodecAware(model, codecs, channels), freeze)


def write_equalised(
    path: Path,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    out: Path,
    utterances: int,
) -> dict[str, Any]:
    """Write the run in `path` as one that recognises codecs to `out`; return its results by split.

    `experiment` is what `codec_aware` returned. At most so many `utterances` of each class of dev
    are passed through every codec at each of its bit rates. Raises RunError where `out` is not
    empty, and ConfigError where dev has no bona fide speech.
    """
    folder, source = RunFolder(out), RunFolder(path)
    require_empty(folder)
    detector = Detector.load(path)
    dev = drawn(manifests["dev"], utterances, experiment.seed)
    heard = hear_channels(detector, experiment, dev)
    weights, biases = recogniser([channel.descriptions for channel in heard])
    fitted = {"weights": weights, "biases": biases, "offsets": offsets(heard)}
    params, constants = placed((detector.params, detector.constants), "network")
    constants = {**constants, **{name: np.float32(value) for name, value in fitted.items()}}
    return write_derived_run(
        folder,
        experiment,
        manifests,
        (params, constants),
        {"equalised": str(path.absolute())},
        source=source,
        calibrates=detector.decision["calibration"] is not None,
    )


def drawn(manifest: Manifest, utterances: int, seed: int) -> Manifest:
    """Return at most so many utterances of each class; ConfigError where none is bona fide."""
    draw, rows = np.random.default_rng(seed), []
    if not np.any(manifest.label == BONAFIDE):
        raise ConfigError("dev has no bona fide utterance, whose scores tell what a codec changes.")
    for label in np.unique(manifest.label):
        own = np.flatnonzero(manifest.label == label)
        rows.append(draw.choice(own, min(utterances, len(own)), replace=False))
    return manifest.take(np.sort(np.concatenate(rows)))


def hear_channels(detector: Detector, experiment: Experiment, manifest: Manifest) -> list[Heard]:
    """Return what a detector hears of all utterances through each channel.

    The first is speech without a codec; then, in the order of the experiment's codecs, come those
    of each codec at each of its bit rates. `experiment` is what `codec_aware` returned.
    """
    hear = jax.jit(partial(_hear, detector))  # compiled once for all channels
    return [_heard(hear, detector, batches) for batches in _channels(experiment, manifest)]


@dataclass(frozen=True)
class _Through(Augmentation):
    """Codes all clips by one codec at one of its settings."""

    codec: str
    setting: float

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        codec = CODECS[self.codec]
        return np.stack([codec.round_trip(samples, rate, self.setting) for samples in waveforms])


def _channels(experiment: Experiment, manifest: Manifest) -> Iterator[EvaluationBatches]:
    """Yield the utterances as they are, then through each codec at each of its bit rates."""
    assert isinstance(experiment.model, CodecAware)
    options: dict[str, Any] = {
        "front_end": experiment.front_end,
        "clip": experiment.clip,
        "loading": experiment.loading,
    }
    yield EvaluationBatches(manifest, **options)
    for codec in experiment.model.codecs:
        for setting in CODECS[codec].settings:
            yield CopyBatches(
                manifest,
                augment=_Through(codec, setting),
                seed=experiment.seed,
                first_row=0,
                originals=0,
                **options,
            )


def _hear(detector: Detector, params, constants, features, lengths) -> tuple[jax.Array, jax.Array]:
    """Return (scores (batch,), descriptions (batch, width))."""
    output = detector.trace_here(params, constants, features, lengths)
    return output.score, describe(output, features, lengths)


def _heard(hear: Callable, detector: Detector, batches: EvaluationBatches) -> Heard:
    scores, descriptions, labels = [], [], []
    with closing(batches):
        for cut in batches.cuts(detector.experiment.evaluation.batch):
            batch = batches.batch(cut)
            is_read = batch.indices >= 0
            inputs = batch.features, batch.lengths
            score, description = hear(detector.params, detector.constants, *inputs)
            scores.append(np.asarray(score, np.float64)[is_read])
            descriptions.append(np.asarray(description, np.float64)[is_read])
            labels.append(batch.labels[is_read] == BONAFIDE)
    return Heard(*(np.concatenate(parts) for parts in (scores, descriptions, labels)))


def recogniser(channels: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return (weights (width, channels), biases (channels,)) of a linear discriminant analysis.

    `channels` holds the descriptions, float64 (clips, width), of each. The softmax of description @
    weights + biases is the probability of each channel where all are equally frequent. The common
    covariance is shrunk towards a sphere (Friedman, 1989).
    """
    everything = np.concatenate(channels)
    mean, deviation = everything.mean(0), everything.std(0) + 1e-6
    scaled = [(channel - mean) / deviation for channel in channels]
    means = np.stack([channel.mean(0) for channel in scaled])
    inner = np.concatenate([channel - own for channel, own in zip(scaled, means, strict=True)])
    covariance = inner.T @ inner / len(inner)
    sphere = np.eye(len(covariance)) * np.trace(covariance) / len(covariance)
    covariance = (1 - SHRINKAGE) * covariance + SHRINKAGE * sphere
    weights = np.linalg.solve(covariance, means.T)
    biases = -0.5 * np.sum(means.T * weights, axis=0)
    weights = weights / deviation[:, None]
    return weights, biases - mean @ weights


def offsets(channels: list[Heard]) -> np.ndarray:
    """Return float64 (channels,): what is taken off the score of speech through each channel.

    That is the mean change of the scores of bona fide speech from the first channel on, less
    SPREAD times the deviation of these changes, to the advantage of callers. All channels hold
    the same clips.
    """
    is_bonafide = channels[0].is_bonafide
    scores = np.stack([channel.scores[is_bonafide] for channel in channels])
    changes = scores - scores[0]
    return changes.mean(1) - SPREAD * changes.std(1)
