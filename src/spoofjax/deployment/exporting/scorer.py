"""The function that is exported: from waveforms to scores and log-likelihood ratios."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import jax
import jax.numpy as jnp
from jax import export

from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.clips import clips_in_graph
from spoofjax.evaluation.calibration import Affine
from spoofjax.features.on_device import features_of_samples

INPUTS = ("waveform", "lengths")
OUTPUTS = ("score", "llr")


def make_scorer(detector: Detector, dft: Literal["fft", "matrix"]) -> Callable:
    """Return the pure function (waveform, lengths) -> (score, llr).

    `waveform` is float32 (batch, n) at the rate of the front end, for any n, `lengths` int32
    (batch,) the samples of each utterance. The results are float32 (batch,): the model's score, and
    the natural-log likelihood ratio that follows from it by the run's decision; higher = more bona
    fide. It contains the weights. `dft` is that of features.in_graph. Raises ConfigError for a
    detector of embeddings.
    """
    detector.require_audio()
    experiment = detector.experiment
    features_of = features_of_samples(experiment.front_end, dft)
    params = jax.tree.map(jnp.asarray, detector.params)
    constants = jax.tree.map(jnp.asarray, detector.constants)
    # XLA on a CPU is faster with sums over the taps of a kernel, other programs are with products.
    predict = detector.predict_with(on_cpu=False)

    def score(waveform: jax.Array, lengths: jax.Array) -> tuple[jax.Array, jax.Array]:
        with jax.named_scope("clip"):
            clips, valid = clips_in_graph(waveform, lengths, experiment.clip)
        with jax.named_scope("front_end"):
            features, frames = features_of(clips, valid)
        with jax.named_scope("model"):
            scores = predict(params, constants, features, frames)
        scale, offset = llr_of_score(detector)
        return scores, scale * scores + offset

    return score


def llr_of_score(detector: Detector) -> tuple[float, float]:
    """Return the factor and the offset by which a score becomes a log-likelihood ratio."""
    calibration = detector.decision["calibration"]
    if calibration is None:
        return 1.0, -float(detector.decision["threshold"])
    affine = Affine.from_json(calibration)
    return float(affine.scale[0]), float(affine.offset)


def input_shapes() -> tuple[jax.ShapeDtypeStruct, jax.ShapeDtypeStruct]:
    """Return the shapes of both inputs, with symbols for the batch and the samples."""
    batch, samples = export.symbolic_shape("batch, samples")
    return (
        jax.ShapeDtypeStruct((batch, samples), jnp.float32),
        jax.ShapeDtypeStruct((batch,), jnp.int32),
    )
