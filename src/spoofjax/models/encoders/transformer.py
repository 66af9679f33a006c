"""The transformer layers, computed by one scan over parameters stacked along a first axis.

The program has one layer, however many the encoder has, so it compiles in the same time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.encoders.arithmetic import gelu, layer_norm, product
from spoofjax.models.encoders.attention import attention, can_fuse, fused_attention, gate_of
from spoofjax.models.encoders.initial import matrix
from spoofjax.models.layers import Dropout
from spoofjax.models.layers.initial import constant, parameter

if TYPE_CHECKING:
    from spoofjax.models.encoders.encoder import Encoder

MATRICES = ("attention_kernel", "output_kernel", "inner_kernel", "outer_kernel")
BIASES = ("attention_bias", "output_bias", "inner_bias", "outer_bias")
NORMS = ("attention_norm_scale", "attention_norm_bias", "inner_norm_scale", "inner_norm_bias")
GATES = ("gate_kernel", "gate_bias", "gate_constant")
DROPOUTS = "attention", "output", "activation", "outer", "layer"
"""Places in a layer that draw random numbers; each has a key of its own."""

Layer = dict[str, jax.Array]


class Transformer(nnx.Module):
    """All transformer layers; each parameter has the layers along its first axis."""

    def __init__(self, config: Encoder, rngs: nnx.Rngs):
        depth, width, inner = config.depth, config.width, config.inner
        head = width // config.heads

        def kernel(inputs: int, outputs: int, copies: int = 1) -> nnx.Param:
            draw = matrix(inputs, outputs, is_random=config.is_random)
            return parameter(rngs, (depth, inputs, copies * outputs), draw)

        self.attention_kernel = kernel(width, width, 3)
        self.attention_bias = constant((depth, 3 * width), 0.0)
        self.output_kernel = kernel(width, width)
        self.output_bias = constant((depth, width), 0.0)
        self.inner_kernel = kernel(width, inner)
        self.inner_bias = constant((depth, inner), 0.0)
        self.outer_kernel = kernel(inner, width)
        self.outer_bias = constant((depth, width), 0.0)
        self.attention_norm_scale = constant((depth, width), 1.0)
        self.attention_norm_bias = constant((depth, width), 0.0)
        self.inner_norm_scale = constant((depth, width), 1.0)
        self.inner_norm_bias = constant((depth, width), 0.0)
        if config.has_gated_bias:
            self.gate_kernel = kernel(head, 8)
            self.gate_bias = constant((depth, 8), 0.0)
            self.gate_constant = constant((depth, config.heads), 1.0)
        self.config = config
        self.native = True
        """Whether fused attention may be used. A program for other devices sets it to False."""

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        bias: jax.Array | None,
        *,
        keys: jax.Array | None,
    ) -> tuple[jax.Array, jax.Array]:
        """Map float32 (batch, frames, width) to the last output, and all of them, stacked.

        `bias` is the relative position bias (heads, frames, frames) of encoders that have one.
        `keys` are random keys (batch,) in training, and None elsewhere.
        """
        frames = x.shape[1]
        is_fused = self._is_fused(keys)
        if is_fused and frames % 2:
            x = jnp.pad(x, ((0, 0), (0, 1), (0, 0)))
            if lengths is None:
                lengths = jnp.full(x.shape[0], frames, jnp.int32)

        def body(x: jax.Array, layer: Layer) -> tuple[jax.Array, jax.Array]:
            y = self._layer(x, layer, lengths, bias, keys, is_fused)
            return y, y

        policies = jax.checkpoint_policies
        if self.config.remat == "layers":
            body = jax.checkpoint(body, prevent_cse=False)
        elif self.config.remat == "dots":
            keep = policies.dots_with_no_batch_dims_saveable
            body = jax.checkpoint(body, prevent_cse=False, policy=keep)
        x, outputs = jax.lax.scan(body, x, self._stacked())
        return x[:, :frames], outputs[:, :, :frames]

    def _is_fused(self, keys: jax.Array | None) -> bool:
        config = self.config
        drops_attention = keys is not None and config.attention_dropout > 0
        can = can_fuse(config.dtype, config.width // config.heads)
        return self.native and can and not config.has_gated_bias and not drops_attention

    def _stacked(self) -> Layer:
        """Return all parameters, matrices and biases in the precision of the arithmetic."""
        dtype = jnp.dtype(self.config.dtype)
        arrays = {name: getattr(self, name)[...].astype(dtype) for name in MATRICES + BIASES}
        exact = NORMS + (GATES if self.config.has_gated_bias else ())
        arrays |= {name: getattr(self, name)[...] for name in exact}
        return arrays | {"number": jnp.arange(self.config.depth)}

    def _layer(
        self,
        x: jax.Array,
        layer: Layer,
        lengths: jax.Array | None,
        bias: jax.Array | None,
        keys: jax.Array | None,
        is_fused: bool,
    ) -> jax.Array:
        """Return the output of one layer, float32 like its input."""
        config = self.config
        draws = _keys_of_layer(keys, layer["number"])

        def norm(x: jax.Array, name: str, dtype: str) -> jax.Array:
            scale, shift = layer[f"{name}_norm_scale"], layer[f"{name}_norm_bias"]
            return layer_norm(x, scale, shift, config.epsilon, dtype)

        def attend(x: jax.Array) -> jax.Array:
            y = self._attention(x, layer, lengths, bias, draws, is_fused)
            return _dropped(y, config.dropout, draws, "output").astype(jnp.float32)

        def feed_forward(x: jax.Array) -> jax.Array:
            y = gelu(product(x, layer["inner_kernel"]) + layer["inner_bias"])
            y = _dropped(y, config.activation_dropout, draws, "activation")
            y = product(y, layer["outer_kernel"]) + layer["outer_bias"]
            return _dropped(y, config.dropout, draws, "outer").astype(jnp.float32)

        if config.pre_norm:
            y = x + attend(norm(x, "attention", config.dtype))
            y = y + feed_forward(norm(y, "inner", config.dtype))
        else:
            y = norm(x + attend(x.astype(config.dtype)), "attention", "float32")
            y = norm(y + feed_forward(y.astype(config.dtype)), "inner", "float32")
        return self._skipped(x, y, layer["number"], draws)

    def _attention(
        self,
        x: jax.Array,
        layer: Layer,
        lengths: jax.Array | None,
        bias: jax.Array | None,
        draws: dict[str, jax.Array],
        is_fused: bool,
    ) -> jax.Array:
        config = self.config
        projected = product(x, layer["attention_kernel"]) + layer["attention_bias"]
        shape = *x.shape[:2], 3, config.heads, config.width // config.heads
        query, key, value = jnp.moveaxis(projected.reshape(shape), 2, 0)
        if is_fused:
            y = fused_attention(query, key, value, lengths)
        else:
            own_bias = keep = None
            if bias is not None:
                gate = gate_of(x.astype(jnp.float32), *(layer[name] for name in GATES))
                own_bias = gate[..., None] * bias
            if draws and config.attention_dropout:
                ones = jnp.ones((x.shape[0], config.heads, x.shape[1], x.shape[1]))
                keep = _dropped(ones, config.attention_dropout, draws, "attention")
            y = attention(query, key, value, lengths, own_bias, keep)
        return product(y.reshape(x.shape), layer["output_kernel"]) + layer["output_bias"]

    def _skipped(
        self, x: jax.Array, y: jax.Array, number: jax.Array, draws: dict[str, jax.Array]
    ) -> jax.Array:
        """Return `x` for the utterances that skip this layer, and `y` for the others.

        Each utterance draws on its own, so that the draw does not depend on how a batch is divided.
        WavLM never skips its first layer, as published.
        """
        rate = self.config.layer_drop
        if not draws or not rate:
            return y
        skips = jax.vmap(lambda key: jax.random.bernoulli(key, rate))(draws["layer"])
        if self.config.has_gated_bias:
            skips = skips & (number > 0)
        return jnp.where(skips[:, None, None], x, y)


def _keys_of_layer(keys: jax.Array | None, number: jax.Array) -> dict[str, jax.Array]:
    """Return the keys (batch,) of each place in one layer that draws random numbers."""
    if keys is None:
        return {}
    own = jax.vmap(jax.random.fold_in, (0, None))(keys, number)
    split = jax.vmap(lambda key: jax.random.split(key, len(DROPOUTS)))(own)
    return {name: split[:, i] for i, name in enumerate(DROPOUTS)}


def _dropped(x: Any, rate: float, draws: dict[str, jax.Array], place: str) -> jax.Array:
    if not draws or not rate:
        return x
    return Dropout(rate)(x, train=True, key=draws[place])
