"""Keras's side of bench/train_step.py, on TensorFlow: keras_models.py JOB {keep,-}

The same networks as a Keras user writes them, with the same weights, trained by train_on_batch;
`keep` sets the allocator as spoofjax's trainer does.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path[:0] = [
    str(Path(__file__).resolve().parent),
    str(Path(__file__).resolve().parents[2] / "src"),
]

import keras  # type: ignore[import-not-found]  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # type: ignore[import-not-found]  # noqa: E402
from keras import layers  # type: ignore[import-not-found]  # noqa: E402
from step_models import EPSILON, LEARNING_RATE, Contestant, answer, read_job  # noqa: E402

from spoofjax.cluster.allocator import keep_freed_memory  # noqa: E402


def network(model: str, dropout: float) -> keras.Model:
    """Return the network; its trainable layers are in the order of `parameters`."""
    stack: list = [layers.Input((400, 60))]
    if model == "cnn":
        for channels in (64, 128, 256):
            stack += [
                layers.Conv1D(channels, 3, padding="same", use_bias=False),
                layers.BatchNormalization(momentum=0.9, epsilon=1e-5),
                layers.ReLU(),
                layers.MaxPooling1D(2),
            ]
        stack += [layers.Flatten(), layers.Dense(128, activation="relu")]
    elif model == "cnn_lstm":
        for channels in (64, 128):
            stack += [
                layers.Conv1D(channels, 3, padding="same", activation="relu"),
                layers.MaxPooling1D(2),
            ]
        stack += [layers.LSTM(128, return_sequences=True), layers.LSTM(128)]
    else:
        stack += [layers.LSTM(128)]
    if model != "lstm":
        stack.append(layers.Dropout(dropout))
    return keras.Sequential([*stack, layers.Dense(1)])


def parameters(model: str, weights: dict[str, np.ndarray]) -> list[list[np.ndarray]]:
    """Return spoofjax's parameters layer by layer, in the order and the shapes of Keras."""
    arrays: list[list[np.ndarray]] = []
    for k in range({"cnn": 3, "cnn_lstm": 2, "lstm": 0}[model]):
        convolution = f"blocks/{k}/convolutions/0"
        names = ["kernel"] if model == "cnn" else ["kernel", "bias"]
        arrays.append([weights[f"{convolution}/{name}"] for name in names])
        if model == "cnn":
            ones = np.ones_like(weights[f"blocks/{k}/norms/0/scale"])
            arrays.append([ones, 0 * ones, 0 * ones, ones])
    if model == "cnn":
        arrays.append([weights["hidden/kernel"], weights["hidden/bias"]])
    for k in range({"cnn": 0, "cnn_lstm": 2, "lstm": 1}[model]):
        name = f"recurrent/layers/{k}/directions/0"
        arrays.append([weights[f"{name}/{part}"] for part in ("kernel", "recurrent", "bias")])
    return [*arrays, [weights["head/kernel"], weights["head/bias"]]]


class Keras(Contestant):
    """A Keras model with Adam."""

    def __init__(self, model: str, dropout: float):
        features, labels, weights = read_job(JOB)
        self.features = tf.constant(features)
        self.labels = tf.constant(labels.astype(np.float32)[:, None])
        self.network = network(model, dropout)
        weighted = [layer for layer in self.network.layers if layer.weights]
        for layer, arrays in zip(
            (layer for layer in weighted if not isinstance(layer, layers.Dropout)),
            parameters(model, weights[model]),
            strict=True,
        ):
            layer.set_weights(arrays)
        self.network.compile(
            keras.optimizers.Adam(LEARNING_RATE, epsilon=EPSILON),
            keras.losses.BinaryCrossentropy(from_logits=True),
            jit_compile=False,
        )
        self._forward = tf.function(lambda x: self.network(x, training=False)[:, 0])

    def step(self):
        return self.network.train_on_batch(self.features, self.labels)

    def forward(self) -> np.ndarray:
        return self._forward(self.features).numpy()

    def loss(self) -> float:
        # train_on_batch returns the running mean since the last reset.
        self.network.reset_metrics()
        return float(self.step())


if __name__ == "__main__":
    JOB, ALLOCATOR = sys.argv[1:3]
    if ALLOCATOR == "keep":
        keep_freed_memory()
    answer(Keras)
