"""How much memory training an encoder takes, computed from its shape."""

from __future__ import annotations

import math
from dataclasses import dataclass

from spoofjax.models.encoders.encoder import Encoder
from spoofjax.models.encoders.tensors import sources_of

STATE = 16
"""Bytes of a trained parameter: its value, its gradient and two moments of Adam, all float32."""
FROZEN = 4
"""Bytes of a frozen parameter."""


@dataclass(frozen=True)
class Memory:
    """Bytes that training keeps on each device."""

    state: int
    """Parameters, gradients and optimiser state."""
    clip: int
    """What the forward pass keeps of one clip for the backward pass."""

    def total(self, clips: int) -> int:
        """Return the bytes with this many clips on each device."""
        return self.state + clips * self.clip


def memory_of(config: Encoder, samples: int = 64_600, devices: int = 1) -> Memory:
    """Return the memory of training with parameters sharded over `devices`.

    The state is exact but for small arrays, which are not sharded. What is kept of a clip counts
    the arrays that the backward pass reads, with fused attention, which keeps no weights of pairs
    of frames. Buffers that only live for a moment are not counted: the layer at work, gathered from
    all devices, and the windows of the convolution for positions, 16 times the size of its input.
    """
    total, frozen = parameters_of(config)
    state = STATE * (total - frozen) + FROZEN * frozen
    clip = 0 if config.freeze == "encoder" else _kept_frames(config, samples)
    if config.freeze is None and not config.remat_features:
        clip += _kept_convolutions(config, samples)
    return Memory(math.ceil(state / devices), clip)


def parameters_of(config: Encoder) -> tuple[int, int]:
    """Return the numbers of parameters: all of them, and those that are frozen."""
    total = frozen = 0
    for source in sources_of(config):
        # A folded weight norm replaces both of its tensors by one kernel.
        size = max if source.parameter == "positions/kernel" else sum
        count = size(math.prod(shape) for _, shape in source.tensors)
        is_feature = source.parameter.startswith("convolutions/")
        total += count
        if config.freeze == "encoder" or (config.freeze == "features" and is_feature):
            frozen += count
    return total, frozen


def _kept_convolutions(config: Encoder, samples: int) -> int:
    """Return the bytes of the outputs of the convolutions over one clip."""
    kept = 0
    for channels, kernel, stride in zip(
        config.channels, config.kernels, config.strides, strict=True
    ):
        samples = (samples - kernel) // stride + 1
        kept += samples * channels * _bytes(config)
    return kept


def _kept_frames(config: Encoder, samples: int) -> int:
    """Return the bytes that all transformer layers keep of one clip."""
    frames, width, inner, narrow = (
        config.frames(samples),
        config.width,
        config.inner,
        _bytes(config),
    )
    stream = 4 * width  # the residual stream is float32
    outputs = stream  # all layers' outputs, for heads that read them
    kept = {
        "layers": stream,
        "dots": stream + narrow * (4 * width + inner),
        "none": 2 * stream + narrow * (6 * width + 2 * inner),
    }[config.remat]
    return config.depth * frames * (kept + outputs)


def _bytes(config: Encoder) -> int:
    return 2 if config.dtype == "bfloat16" else 4
