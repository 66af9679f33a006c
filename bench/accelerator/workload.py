"""The models, batches and clips that the sections measure; all of it is generated."""

from __future__ import annotations

from typing import Any

import numpy as np

from spoofjax import models
from spoofjax.config import Corpus, Experiment, Loading, Model, Sampler
from spoofjax.features import LFCC
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

SAMPLES, FRAMES, COEFFICIENTS = 64_600, 402, 60


def models_of(dtype: Any) -> dict[str, Model]:
    """Return the measured models by name; all compute in `dtype`."""
    return {
        "CNN": models.CNN(dtype=dtype, pooling="flatten", frames=FRAMES),
        "CNN-LSTM": models.CNNLSTM(dtype=dtype, batch_norm=False, pooling="last"),
        "LSTM": models.LSTM(dtype=dtype),
        "CNN2D": models.CNN2D(dtype=dtype),
        "CNN2D-LSTM": models.CNN2DLSTM(dtype=dtype),
    }


def experiment_of(model: Model, batch: int) -> Experiment:
    """Return the experiment of a model; it names no corpus.

    Its steps take features, on an accelerator too, where they would take samples by default.
    """
    return Experiment(
        data=Corpus(), front_end=LFCC(), model=model, sampling=Sampler(),
        loss=BinaryCrossEntropy(), optimizer=Adam(), batch=batch, steps=1,
        loading=Loading(features="host"),
    )  # fmt: skip


def inputs_of(batch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return features float32 (batch, frames, coefficients), lengths and labels int32 (batch,)."""
    features = np.random.default_rng(0).normal(size=(batch, FRAMES, COEFFICIENTS))
    labels = np.arange(batch, dtype=np.int32) % 2
    return features.astype(np.float32), np.full(batch, FRAMES, np.int32), labels


def clips(count: int) -> np.ndarray:
    """Return int16 (count, 64600): noise with the slope and the pauses of speech."""
    distinct = min(count, 64)
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=(distinct, SAMPLES)))
    spectrum /= 1 + np.arange(spectrum.shape[1]) / 2_000
    waves = np.fft.irfft(spectrum, SAMPLES) * np.abs(np.sin(np.linspace(0.1, 12, SAMPLES)))
    waves = np.round(16_000 * waves / np.abs(waves).max()).astype(np.int16)
    return np.tile(waves, (-(-count // distinct), 1))[:count]
