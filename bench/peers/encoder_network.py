"""What bench.encoder and bench.accelerator measure of an encoder: our network, step and cost."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from flax import nnx

from spoofjax.models.encoders import Wav2Vec2
from spoofjax.models.layers import Dense
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam
from spoofjax.training.step import Inputs, initial_state, make_train_step

SAMPLES = 64_600


class MeanOfLast(nnx.Module):
    """An encoder and a dense layer on the mean of its last frames."""

    def __init__(self, config: Wav2Vec2):
        self.encoder = config.build(nnx.Rngs(0))
        self.head = Dense(config.width, 1, nnx.Rngs(1))

    def __call__(self, waveforms, lengths, *, train: bool = False, key=None) -> Output:
        """Score float32 (batch, samples)."""
        last = self.encoder(waveforms, lengths, train=train, key=key).last
        return Output(self.head(last.mean(1))[:, 0])


def clips(batch: int) -> np.ndarray:
    """Return float32 (batch, 64600) of noise."""
    return (0.1 * np.random.default_rng(0).normal(size=(batch, SAMPLES))).astype(np.float32)


class TrainingStep:
    """The trainer's step on one batch, all parameters trained by AdamW."""

    def __init__(self, config: Wav2Vec2, batch: int):
        transform = Adam(learning_rate=1e-6, clip=None).build(1_000)
        graph, self.state = initial_state(MeanOfLast(config), transform, False)
        labels = np.arange(batch, dtype=np.int32) % 2
        self.inputs = jax.device_put(Inputs(clips(batch), None, labels))
        self.key = jax.random.key(0)
        step = make_train_step(graph, transform, BinaryCrossEntropy(), None)
        jitted = jax.jit(step, donate_argnums=0)
        self.compiled = jitted.lower(self.state, self.inputs, self.key).compile()

    def __call__(self) -> jax.Array:
        """Take a step and return its loss."""
        self.state, metrics = self.compiled(self.state, self.inputs, self.key)
        return metrics.loss


class Forward:
    """Frames of the last layer of one batch; `config.freeze` says whether weights are constants."""

    def __init__(self, config: Wav2Vec2, batch: int):
        graph, state = nnx.split(config.build(nnx.Rngs(0)))
        self.state = jax.device_put(state)
        self.waveforms = jax.device_put(clips(batch))
        jitted = jax.jit(lambda state, waveforms: nnx.merge(graph, state)(waveforms).last)
        self.compiled = jitted.lower(self.state, self.waveforms).compile()

    def __call__(self) -> jax.Array:
        """Return float32 (batch, frames, width)."""
        return self.compiled(self.state, self.waveforms)


def bytes_of(compiled: Any) -> int:
    """Return the bytes that a compiled program holds while it runs: arguments and temporaries."""
    memory = compiled.memory_analysis()
    sizes = "argument_size_in_bytes", "output_size_in_bytes", "temp_size_in_bytes"
    total = sum(getattr(memory, name, 0) for name in sizes)
    return total - getattr(memory, "alias_size_in_bytes", 0)


def forward_flops(config: Wav2Vec2, samples: int = SAMPLES) -> float:
    """Return the operations of matrix products and convolutions in one forward pass of a clip."""
    total, inputs, length = 0, 1, samples
    for outputs, kernel, stride in zip(
        config.channels, config.kernels, config.strides, strict=True
    ):
        length = (length - kernel) // stride + 1
        total += 2 * length * kernel * inputs * outputs
        inputs = outputs
    width, frames = config.width, length
    total += 2 * frames * inputs * width
    total += 2 * frames * config.position_kernel * width * width // config.position_groups
    per_layer = 2 * frames * (4 * width * width + 2 * width * config.inner)
    per_layer += 4 * frames * frames * width
    return float(total + config.depth * per_layer)
