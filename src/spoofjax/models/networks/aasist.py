"""The network of `AASIST`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import Dropout, numbered_key
from spoofjax.models.layers.graph import GraphAttention, GraphPool, HeterogeneousGraphAttention
from spoofjax.models.layers.initial import normal, parameter
from spoofjax.models.layers.residual_map import MapEncoder, largest_magnitudes
from spoofjax.models.layers.sinc import SincBank
from spoofjax.models.networks.two_logits import TwoLogits

if TYPE_CHECKING:
    from spoofjax.models.aasist import AASIST

Graphs = tuple[jax.Array, jax.Array, jax.Array]
"""Nodes of frames, nodes of bands and the master node."""


class Stack(nnx.Module):
    """Two heterogeneous layers, with pools between them and around the second."""

    def __init__(self, config: AASIST, rngs: nnx.Rngs):
        inputs, outputs = config.graph
        options = {"temperature": config.temperatures[2], "dtype": config.dtype}
        self.master = parameter(rngs, (1, 1, inputs), normal(1.0))
        self.first = HeterogeneousGraphAttention(inputs, outputs, rngs, **options)
        self.second = HeterogeneousGraphAttention(outputs, outputs, rngs, **options)
        self.pool_bands = GraphPool(outputs, config.ratios[2], rngs, dtype=config.dtype)
        self.pool_frames = GraphPool(outputs, config.ratios[2], rngs, dtype=config.dtype)

    def __call__(
        self, frames: jax.Array, bands: jax.Array, *, train: bool, key: jax.Array | None
    ) -> Graphs:
        """Map both graphs, each (batch, nodes, inputs), to smaller ones of width `outputs`."""
        keys = [numbered_key(key, k) for k in range(4)]
        master = self.master[...].astype(frames.dtype)
        frames, bands, master = self.first(frames, bands, master, train=train, key=keys[0])
        bands = self.pool_bands(bands, train=train, key=keys[1])
        frames = self.pool_frames(frames, train=train, key=keys[2])
        added = self.second(frames, bands, master, train=train, key=keys[3])
        return frames + added[0], bands + added[1], master + added[2]


class AASISTNetwork(TwoLogits):
    """See `spoofjax.models.AASIST`."""

    def add_layers(self, config: AASIST, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the encoder, the graphs and both stacks."""
        self.bank = SincBank(
            config.filters, config.taps, over_filters=True, silenced=config.silenced
        )
        self.encoder = MapEncoder(config.channels, rngs, dtype=config.dtype)
        width, nodes = config.channels[-1], config.graph[0]
        bands = config.filters // 3
        self.position = parameter(rngs, (1, bands, width), normal(1.0))
        self.bands, self.frames = (
            GraphAttention(width, nodes, rngs, temperature=temperature, dtype=config.dtype)
            for temperature in config.temperatures[:2]
        )
        self.pool_bands, self.pool_frames = (
            GraphPool(nodes, ratio, rngs, dtype=config.dtype) for ratio in config.ratios[:2]
        )
        self.stacks = nnx.List(Stack(config, rngs) for _ in range(2))
        self.branch_dropout = Dropout(config.branch_dropout)
        self.dtype = config.dtype
        return 5 * config.graph[1]

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map samples (batch, samples, 1) to (batch, width). All samples count as valid."""
        keys = [numbered_key(key, k) for k in range(1, 9)]
        x = self.bank(x, blocks=len(self.encoder.blocks), train=train, key=keys[0])
        dtype = jnp.dtype(self.dtype)
        x = self.encoder(x.astype(dtype), train=train)
        bands = (largest_magnitudes(x, 2) + self.position[...]).astype(dtype)
        frames = largest_magnitudes(x, 1).astype(dtype)
        bands = self.bands(bands, train=train, key=keys[1])
        bands = self.pool_bands(bands, train=train, key=keys[2])
        frames = self.frames(frames, train=train, key=keys[3])
        frames = self.pool_frames(frames, train=train, key=keys[4])
        branches = [
            self._drop(stack(frames, bands, train=train, key=keys[5 + k]), k, train, keys[7])
            for k, stack in enumerate(self.stacks)
        ]
        return read_out(*(jnp.maximum(*pair) for pair in zip(*branches, strict=True)))

    def _drop(self, graphs: Graphs, branch: int, train: bool, key: jax.Array | None) -> Graphs:
        frames, bands, master = (
            self.branch_dropout(nodes, train=train, key=numbered_key(key, 3 * branch + k))
            for k, nodes in enumerate(graphs)
        )
        return frames, bands, master


def read_out(frames: jax.Array, bands: jax.Array, master: jax.Array) -> jax.Array:
    """Return float32 (batch, 5 width): maxima and means of both graphs, and the master node."""
    parts = []
    for nodes in (frames, bands):
        parts += [largest_magnitudes(nodes, 1), nodes.astype(jnp.float32).mean(1)]
    return jnp.concatenate([*parts, master[:, 0].astype(jnp.float32)], axis=-1)
