"""Which published tensors each parameter of an encoder is made of, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from spoofjax.models.encoders.positions import weight_normed

if TYPE_CHECKING:
    from spoofjax.models.encoders.encoder import Encoder

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Source:
    """The tensors that make one parameter, or one layer of a stacked one."""

    parameter: str
    """Path of the parameter in the network, such as 'projection/kernel'."""
    tensors: tuple[tuple[str, Shape], ...]
    """Names and shapes in transformers."""
    convert: Callable[..., np.ndarray] = np.asarray
    """Makes the value of the tensors."""
    layer: int | None = None
    """Index on the first axis of a stacked parameter."""


def sources_of(config: Encoder) -> Iterator[Source]:
    """Yield the sources of all parameters of the encoder."""
    yield from _convolutions(config)
    yield from _projection(config)
    yield from _positions(config)
    yield from _norm("norm", "encoder.layer_norm", config.width)
    if config.mask_time_prob > 0:
        yield Source("mask_embedding", (("masked_spec_embed", (config.width,)),))
    if config.has_gated_bias:
        name = "encoder.layers.0.attention.rel_attn_embed.weight"
        shape = config.buckets, config.heads  # type: ignore[attr-defined]
        yield Source("position_bias", ((name, shape),))
    for layer in range(config.depth):
        yield from _layer(config, layer)


def _norm(path: str, name: str, width: int) -> Iterator[Source]:
    yield Source(f"{path}/scale", ((f"{name}.weight", (width,)),))
    yield Source(f"{path}/bias", ((f"{name}.bias", (width,)),))


def _convolutions(config: Encoder) -> Iterator[Source]:
    inputs = 1
    for number, (outputs, size) in enumerate(zip(config.channels, config.kernels, strict=True)):
        name, path = f"feature_extractor.conv_layers.{number}", f"convolutions/blocks/{number}"
        shape = outputs, inputs, size
        yield Source(f"{path}/kernel", ((f"{name}.conv.weight", shape),), _reversed_axes)
        if config.convolution_bias:
            yield Source(f"{path}/bias", ((f"{name}.conv.bias", (outputs,)),))
        if config.norm == "layer" or number == 0:
            yield Source(f"{path}/scale", ((f"{name}.layer_norm.weight", (outputs,)),))
            yield Source(f"{path}/shift", ((f"{name}.layer_norm.bias", (outputs,)),))
        inputs = outputs


def _projection(config: Encoder) -> Iterator[Source]:
    inputs = config.channels[-1]
    if getattr(config, "projection_norm", True):
        yield from _norm("projection/norm", "feature_projection.layer_norm", inputs)
    name = "feature_projection.projection"
    weight = f"{name}.weight", (config.width, inputs)
    yield Source("projection/kernel", (weight,), np.transpose)
    yield Source("projection/bias", ((f"{name}.bias", (config.width,)),))


def _positions(config: Encoder) -> Iterator[Source]:
    name, width, size = "encoder.pos_conv_embed", config.width, config.position_kernel
    shape = width, width // config.position_groups, size
    yield Source("positions/bias", ((f"{name}.conv.bias", (width,)),))
    if getattr(config, "position_batch_norm", False):
        yield Source("positions/kernel", ((f"{name}.conv.weight", shape),), _reversed_axes)
        yield from _norm("positions/batch_norm", f"{name}.batch_norm", width)
        for ours, theirs in (("mean", "running_mean"), ("variance", "running_var")):
            statistics = f"{name}.batch_norm.{theirs}", (width,)
            yield Source(f"positions/batch_norm/{ours}", (statistics,))
        return
    scale = f"{name}.conv.weight_g", (1, 1, size)
    direction = f"{name}.conv.weight_v", shape
    if config.freeze == "encoder":
        yield Source("positions/kernel", (scale, direction), _folded_weight_norm)
    else:
        yield Source("positions/scale", (scale,), np.ravel)
        yield Source("positions/direction", (direction,), _reversed_axes)


def _layer(config: Encoder, layer: int) -> Iterator[Source]:
    name, width, inner = f"encoder.layers.{layer}", config.width, config.inner
    projections = tuple(f"{name}.attention.{part}_proj" for part in "qkv")

    def source(parameter: str, tensors, convert=np.asarray) -> Source:
        return Source(f"transformer/{parameter}", tuple(tensors), convert, layer)

    def dense(parameter: str, tensor: str, inputs: int, outputs: int) -> Iterator[Source]:
        weight = f"{name}.{tensor}.weight", (outputs, inputs)
        yield source(f"{parameter}_kernel", [weight], np.transpose)
        yield source(f"{parameter}_bias", [(f"{name}.{tensor}.bias", (outputs,))])

    weights = [(f"{projection}.weight", (width, width)) for projection in projections]
    yield source("attention_kernel", weights, _side_by_side)
    biases = [(f"{projection}.bias", (width,)) for projection in projections]
    yield source("attention_bias", biases, lambda *parts: np.concatenate(parts))
    yield from dense("output", "attention.out_proj", width, width)
    yield from dense("inner", "feed_forward.intermediate_dense", width, inner)
    yield from dense("outer", "feed_forward.output_dense", inner, width)
    for ours, theirs in (("attention_norm", "layer_norm"), ("inner_norm", "final_layer_norm")):
        yield source(f"{ours}_scale", [(f"{name}.{theirs}.weight", (width,))])
        yield source(f"{ours}_bias", [(f"{name}.{theirs}.bias", (width,))])
    if config.has_gated_bias:
        gate, head = f"{name}.attention.gru_rel_pos", width // config.heads
        yield source("gate_kernel", [(f"{gate}_linear.weight", (8, head))], np.transpose)
        yield source("gate_bias", [(f"{gate}_linear.bias", (8,))])
        yield source("gate_constant", [(f"{gate}_const", (1, config.heads, 1, 1))], np.ravel)


def _reversed_axes(weight: np.ndarray) -> np.ndarray:
    """Turn (outputs, inputs, taps) into (taps, inputs, outputs)."""
    return np.transpose(weight, (2, 1, 0))


def _side_by_side(*weights: np.ndarray) -> np.ndarray:
    """Join matrices (outputs, inputs) into one of (inputs, all outputs)."""
    return np.concatenate([weight.T for weight in weights], axis=1)


def _folded_weight_norm(scale: np.ndarray, direction: np.ndarray) -> np.ndarray:
    exact = _reversed_axes(direction).astype(np.float64)
    return weight_normed(np, exact, scale.ravel().astype(np.float64))
