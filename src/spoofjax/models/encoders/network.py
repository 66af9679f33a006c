"""The network of every encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.errors import ConfigError, TrainingError
from spoofjax.models.encoders.arithmetic import layer_norm, scale_gradient
from spoofjax.models.encoders.attention import buckets_of
from spoofjax.models.encoders.convolutions import Convolutions
from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.encoders.initial import matrix
from spoofjax.models.encoders.masking import span_masks
from spoofjax.models.encoders.positions import Positions
from spoofjax.models.encoders.transformer import Transformer
from spoofjax.models.frozen import freeze
from spoofjax.models.layers import Dropout, slot_keys, valid, zero_padding
from spoofjax.models.layers.initial import constant, parameter

if TYPE_CHECKING:
    from spoofjax.models.encoders.encoder import Encoder

NORMALISATION_EPSILON = 1e-7


class Norm(nnx.Module):
    """A layer norm."""

    def __init__(self, width: int, epsilon: float):
        self.scale = constant((width,), 1.0)
        self.bias = constant((width,), 0.0)
        self.epsilon = epsilon

    def __call__(self, x: jax.Array, dtype: str = "float32") -> jax.Array:
        """Normalise the last axis of `x` and return it in `dtype`."""
        return layer_norm(x, self.scale[...], self.bias[...], self.epsilon, dtype)


class Projection(nnx.Module):
    """Convolutional features to the width of the transformer: layer norm and dense."""

    def __init__(self, config: Encoder, rngs: nnx.Rngs):
        inputs = config.channels[-1]
        has_norm = getattr(config, "projection_norm", True)
        self.norm = Norm(inputs, config.epsilon) if has_norm else None
        draw = matrix(inputs, config.width, is_random=config.is_random)
        self.kernel = parameter(rngs, (inputs, config.width), draw)
        self.bias = constant((config.width,), 0.0)
        self.dtype = config.dtype

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (batch, frames, channels) to float32 (batch, frames, width)."""
        dtype = jnp.dtype(self.dtype)
        x = x.astype(dtype) if self.norm is None else self.norm(x, self.dtype)
        return (x @ self.kernel[...].astype(dtype) + self.bias[...].astype(dtype)).astype("float32")


class EncoderNetwork(nnx.Module):
    """Convolutions over the waveform, a projection, and a transformer over the frames."""

    def __init__(self, config: Encoder, rngs: nnx.Rngs):
        self.config = config
        self.convolutions = Convolutions(config, rngs)
        self.projection = Projection(config, rngs)
        self.positions = Positions(config, rngs)
        self.norm = Norm(config.width, config.epsilon)
        self.transformer = Transformer(config, rngs)
        if config.has_gated_bias:
            shape = config.buckets, config.heads  # type: ignore[attr-defined]
            draw = matrix(*shape, is_random=config.is_random)
            self.position_bias = parameter(rngs, shape, draw)
        if config.mask_time_prob > 0:
            draw = matrix(config.width, config.width, is_random=True)
            self.mask_embedding = parameter(rngs, (config.width,), draw)
        if config.freeze == "encoder":
            freeze(self)
        elif config.freeze == "features":
            freeze(self.convolutions)

    def __call__(
        self,
        waveforms: jax.Array,
        lengths: jax.Array | None = None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Encoded:
        """Encode float32 (batch, samples); samples from `lengths` on are padding.

        In training, `key` is a random key, or (batch,) of them, which only dropouts, layer drop and
        masking need. Raises ConfigError where there are too few samples for one frame.
        """
        if not self.config.frames(waveforms.shape[1]):
            raise ConfigError(
                f"{waveforms.shape[1]} samples are too few for one frame of "
                f"{type(self.config).__name__}; use longer clips."
            )
        keys = self._keys(train, key, waveforms.shape[0])
        waveforms = zero_padding(waveforms, valid(lengths, waveforms.shape[1]))
        if self.config.normalise:
            waveforms = normalised(waveforms, lengths)
        x, lengths = self.convolutions(waveforms, lengths)
        x = self._masked(self.projection(x), lengths, keys)
        embedding = self._embedding(x, lengths, train, keys)
        x, layers = self.transformer(embedding, lengths, self._bias(x.shape[1]), keys=keys)
        last = self.norm(x) if self.config.pre_norm else x
        factor = self.config.gradient_scale
        states: tuple[Any, ...] = (embedding, layers, last)
        if factor != 1:
            states = tuple(scale_gradient(state, factor) for state in states)
        embedding, layers, last = states
        return Encoded(embedding, layers, last, lengths)

    def _embedding(
        self, x: jax.Array, lengths: jax.Array | None, train: bool, keys: jax.Array | None
    ) -> jax.Array:
        """Return the input of the first transformer layer."""
        x = zero_padding(x, valid(lengths, x.shape[1]))
        x = x + self.positions(x, lengths, train=train)
        if not self.config.pre_norm:
            x = self.norm(x)
        return self._dropped(x, self.config.dropout, keys, 0)

    def _masked(self, x: jax.Array, lengths: jax.Array | None, keys: jax.Array | None) -> jax.Array:
        """Drop and mask projected features in training."""
        config = self.config
        x = self._dropped(x, config.projection_dropout, keys, 1)
        if keys is None:
            return x
        batch, frames, width = x.shape
        if config.mask_time_prob > 0:
            sizes = jnp.full(batch, frames, jnp.int32) if lengths is None else lengths
            spans = config.mask_time_prob, config.mask_time_length, config.mask_time_min
            mask = span_masks(_folded(keys, 2), sizes, frames, *spans)
            x = jnp.where(mask[..., None], self.mask_embedding[...], x)
        if config.mask_feature_prob > 0:
            sizes = jnp.full(batch, width, jnp.int32)
            spans = config.mask_feature_prob, config.mask_feature_length, 0
            mask = span_masks(_folded(keys, 3), sizes, width, *spans)
            x = jnp.where(mask[:, None], 0, x)
        return x

    def _bias(self, frames: int) -> jax.Array | None:
        """Return the relative position bias (heads, frames, frames) of WavLM."""
        if not self.config.has_gated_bias:
            return None
        config = self.config
        buckets = buckets_of(frames, config.buckets, config.farthest)  # type: ignore[attr-defined]
        return jnp.moveaxis(self.position_bias[...][buckets], -1, 0)

    def _keys(self, train: bool, key: jax.Array | None, batch: int) -> jax.Array | None:
        """Return random keys (batch,) where this call draws random numbers, and None elsewhere."""
        config = self.config
        rates = (
            config.layer_drop, config.dropout, config.attention_dropout, config.activation_dropout,
            config.projection_dropout, config.mask_time_prob, config.mask_feature_prob,
        )  # fmt: skip
        if not train or not any(rates):
            return None
        if key is None:
            raise TrainingError("Dropout and masking in training need a key: encoder(..., key=key)")
        return key if key.ndim else slot_keys(key, jnp.arange(batch))

    def _dropped(self, x: jax.Array, rate: float, keys: jax.Array | None, place: int) -> jax.Array:
        if keys is None or not rate:
            return x
        return Dropout(rate)(x, train=True, key=_folded(keys, place))


def _folded(keys: jax.Array, place: int) -> jax.Array:
    return jax.vmap(jax.random.fold_in, (0, None))(keys, 1_000_000 + place)


def normalised(waveforms: jax.Array, lengths: jax.Array | None) -> jax.Array:
    """Shift and scale (batch, samples) to mean 0 and variance 1 of the valid samples.

    1e-7 is added to the variance, as in transformers. Padding, which must be zero, stays zero.
    """
    samples = waveforms.shape[1]
    count = samples if lengths is None else jnp.maximum(lengths, 1)[:, None]
    mask = valid(lengths, samples)
    mean = waveforms.sum(1, keepdims=True) / count
    centred = zero_padding(waveforms - mean, mask)
    variance = jnp.square(centred).sum(1, keepdims=True) / count
    return centred * lax.rsqrt(variance + NORMALISATION_EPSILON)
