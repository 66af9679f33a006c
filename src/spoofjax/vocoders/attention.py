"""Causal attention over a window of frames, with rotary positions: the transformers of Mimi."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.models.encoders.arithmetic import gelu, layer_norm
from spoofjax.vocoders.layers import Shapes, Weights

PROJECTIONS = "q_proj", "k_proj", "v_proj"
NORMS = "input_layernorm", "post_attention_layernorm"
SCALES = "self_attn_layer_scale", "mlp_layer_scale"


@dataclass(frozen=True)
class CausalTransformer:
    """Layers of attention and feed-forward branches, each scaled for every channel."""

    name: str
    layers: int
    width: int
    inner: int
    heads: int
    head: int
    """Channels of a head."""
    window: int
    """Frames that a frame attends to, itself included."""
    base: float
    """The period of the slowest rotation, over two pi."""
    epsilon: float

    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""
        across, width = self.heads * self.head, self.width
        own: Shapes = {f"self_attn.{name}.weight": (across, width) for name in PROJECTIONS}
        own |= {f"{norm}.{part}": (width,) for norm in NORMS for part in ("weight", "bias")}
        own |= {f"{scale}.scale": (width,) for scale in SCALES}
        own |= {
            "self_attn.o_proj.weight": (width, across),
            "mlp.fc1.weight": (self.inner, width),
            "mlp.fc2.weight": (width, self.inner),
        }
        return {
            f"{self.name}.layers.{layer}.{name}": shape
            for layer in range(self.layers)
            for name, shape in own.items()
        }

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Map (batch, frames, width) to the same shape.

        All layers run in one scan, so that one of them is compiled.
        """
        names = [name.removeprefix(f"{self.name}.layers.0.") for name in self._names_of_first()]
        stacked = {
            name: jnp.stack(
                [weights[f"{self.name}.layers.{layer}.{name}"] for layer in range(self.layers)]
            )
            for name in names
        }
        return jax.lax.scan(lambda x, layer: (self._layer(layer, x), None), x, stacked)[0]

    def _names_of_first(self) -> list[str]:
        return [name for name in self.shapes() if name.startswith(f"{self.name}.layers.0.")]

    def _layer(self, layer: Weights, x: jax.Array) -> jax.Array:
        """Return the output of one layer (Defossez et al., 2024, section 3.3.2)."""

        def norm(x: jax.Array, name: str) -> jax.Array:
            scale, shift = layer[f"{name}.weight"], layer[f"{name}.bias"]
            return layer_norm(x, scale, shift, self.epsilon, "float32")

        attended = self._attention(layer, norm(x, NORMS[0]))
        x = x + layer[f"{SCALES[0]}.scale"] * attended
        inner = gelu(norm(x, NORMS[1]) @ layer["mlp.fc1.weight"].T)
        return x + layer[f"{SCALES[1]}.scale"] * (inner @ layer["mlp.fc2.weight"].T)

    def _attention(self, layer: Weights, x: jax.Array) -> jax.Array:
        batch, frames, _ = x.shape
        query, key, value = (
            (x @ layer[f"self_attn.{name}.weight"].T).reshape(batch, frames, self.heads, self.head)
            for name in PROJECTIONS
        )
        query, key = rotated(query, self.base), rotated(key, self.base)
        attended = windowed(query, key, value, self.window).reshape(batch, frames, -1)
        return attended @ layer["self_attn.o_proj.weight"].T


def rotated(x: jax.Array, base: float) -> jax.Array:
    """Rotate (batch, frames, heads, channels) by the position of each frame (Su et al., 2021).

    Channel i and channel i + half of them are one plane, which turns by base^(-i / half) a frame.
    """
    half = x.shape[-1] // 2
    speeds = 1.0 / base ** (np.arange(half, dtype=np.float32) / np.float32(half))
    angles = np.arange(x.shape[1], dtype=np.float32)[:, None] * speeds.astype(np.float32)
    cos, sin = jnp.cos(angles)[:, None], jnp.sin(angles)[:, None]
    first, second = x[..., :half], x[..., half:]
    return jnp.concatenate([first * cos - second * sin, second * cos + first * sin], axis=-1)


def windowed(query: jax.Array, key: jax.Array, value: jax.Array, window: int) -> jax.Array:
    """Attend to a frame and the `window` - 1 frames before it; (batch, frames, heads, channels).

    Queries are taken in blocks of at most `window` frames, each with the keys of two blocks, so
    that memory grows with the number of frames and not with its square.
    """
    batch, frames, heads, channels = query.shape
    size = min(window, frames)
    ends = (0, 0), (0, -frames % size), (0, 0), (0, 0)
    query, key, value = (
        jnp.pad(x, ends).reshape(batch, -1, size, heads, channels) for x in (query, key, value)
    )
    key, value = _after_their_predecessors(key), _after_their_predecessors(value)
    logits = jnp.einsum("bnqhc,bnkhc->bnhqk", query, key) / math.sqrt(channels)
    distance = np.arange(size, 2 * size)[:, None] - np.arange(2 * size)
    exists = (np.arange(2 * size) >= size) | (np.arange(query.shape[1]) > 0)[:, None]
    is_seen = exists[:, None, None] & (distance >= 0) & (distance < window)
    weights = jax.nn.softmax(jnp.where(is_seen, logits, -jnp.inf), axis=-1)
    attended = jnp.einsum("bnhqk,bnkhc->bnqhc", weights, value)
    return attended.reshape(batch, -1, heads, channels)[:, :frames]


def _after_their_predecessors(x: jax.Array) -> jax.Array:
    """Put each block of (batch, blocks, size, ...) behind the one before it, or behind zeros."""
    before = jnp.pad(x[:, :-1], ((0, 0), (1, 0), (0, 0), (0, 0), (0, 0)))
    return jnp.concatenate([before, x], axis=2)
