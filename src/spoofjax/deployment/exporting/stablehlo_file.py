"""A detector as a StableHLO program from waveforms to calibrated scores."""

from __future__ import annotations

import jax
import numpy as np
from jax import export

from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.scorer import input_shapes, make_scorer

PLATFORMS = ("cpu", "cuda", "tpu")
"""Where the program runs."""


def stablehlo_program(detector: Detector) -> bytes:
    """Return the serialized program (waveform, lengths) -> (score, llr), weights included."""
    score = make_scorer(detector, "fft")
    return bytes(export.export(jax.jit(score), platforms=PLATFORMS)(*input_shapes()).serialize())


class StableHLOProgram:
    """A StableHLO program that jax has loaded."""

    def __init__(self, program: bytes):
        self._call = jax.jit(export.deserialize(bytearray(program)).call)

    def __call__(self, waveform: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the scores (batch,) of waveforms (batch, n) of these lengths (batch,).

        The waveforms are padded to a power of two of samples: jax compiles the program anew for
        each n, and what follows an utterance does not change its score.
        """
        padding = (1 << (waveform.shape[1] - 1).bit_length()) - waveform.shape[1]
        padded = np.pad(waveform, ((0, 0), (0, padding)))
        return np.asarray(self._call(padded, lengths)[0])
