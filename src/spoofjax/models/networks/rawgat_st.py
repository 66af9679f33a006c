"""The network of `RawGATST`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import Dense, numbered_key, require_frames
from spoofjax.models.layers.graph import GraphAttention, GraphPool, kept_nodes
from spoofjax.models.layers.residual_map import POOL, MapEncoder, largest_magnitudes
from spoofjax.models.layers.sinc import SincBank, outputs_of
from spoofjax.models.networks.two_logits import TwoLogits

if TYPE_CHECKING:
    from spoofjax.models.rawgat_st import RawGATST

LEAST = 2
"""Nodes that a pool keeps at any rate."""


class Branch(nnx.Module):
    """An encoder, the graph over one of its axes, and a projection to a number of nodes."""

    def __init__(self, config: RawGATST, axis: int, places: int, ratio: float, rngs: nnx.Rngs):
        """`axis` is the axis of which the maximum is taken; `places` remain on the other."""
        width = config.graph[0]
        self.encoder = MapEncoder(
            config.channels,
            rngs,
            has_first_shortcut=config.has_first_shortcut,
            dtype=config.dtype,
        )
        self.attention = GraphAttention(config.channels[-1], width, rngs, dtype=config.dtype)
        self.pool = GraphPool(width, ratio, rngs, least=LEAST, dtype=config.dtype)
        kept = kept_nodes(places, ratio, LEAST)
        self.projection = Dense(kept, config.nodes, rngs, config.dtype)
        self.axis = axis

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None) -> jax.Array:
        """Map (batch, bands, frames, 1) to (batch, nodes, width)."""
        y = largest_magnitudes(self.encoder(x, train=train), self.axis).astype(x.dtype)
        y = self.attention(y, train=train, key=numbered_key(key, 0))
        y = self.pool(y, train=train, key=numbered_key(key, 1))
        return jnp.swapaxes(self.projection(jnp.swapaxes(y, 1, 2)), 1, 2)


class RawGATSTNetwork(TwoLogits):
    """See `spoofjax.models.RawGATST`."""

    def add_layers(self, config: RawGATST, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the filters, both branches and the fused graph."""
        blocks = len(config.channels)
        bands = config.filters // 3
        frames = outputs_of(config.samples, config.taps) // POOL**blocks
        if not frames:
            require_frames(config.samples, POOL ** (blocks + 1) + config.taps - 1)
        self.bank = SincBank(
            config.filters, config.taps, over_filters=True, silenced=config.silenced
        )
        self.bands = Branch(config, 2, bands, config.ratios[0], rngs)
        self.frames = Branch(config, 1, frames, config.ratios[1], rngs)
        inputs = config.graph[0] * (2 if config.fusion == "cat" else 1)
        self.attention = GraphAttention(inputs, config.graph[1], rngs, dtype=config.dtype)
        self.pool = GraphPool(
            config.graph[1], config.ratios[2], rngs, least=LEAST, dtype=config.dtype
        )
        self.projection = Dense(config.graph[1], 1, rngs, config.dtype)
        self.fusion, self.samples, self.dtype = config.fusion, config.samples, config.dtype
        return kept_nodes(config.nodes, config.ratios[2], LEAST)

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map samples (batch, samples, 1) to (batch, nodes). All samples count as valid."""
        keys = [numbered_key(key, k) for k in range(1, 6)]
        blocks = len(self.bands.encoder.blocks)
        x = self.bank(x, blocks=blocks, train=train, key=keys[0]).astype(jnp.dtype(self.dtype))
        bands = self.bands(x, train=train, key=keys[1])
        frames = self.frames(x, train=train, key=keys[2])
        x = self.attention(self._fused(bands, frames), train=train, key=keys[3])
        x = self.pool(x, train=train, key=keys[4])
        return self.projection(x)[..., 0]

    def _fused(self, bands: jax.Array, frames: jax.Array) -> jax.Array:
        if self.fusion == "cat":
            return jnp.concatenate([bands, frames], axis=-1)
        return bands * frames if self.fusion == "mul" else bands + frames
