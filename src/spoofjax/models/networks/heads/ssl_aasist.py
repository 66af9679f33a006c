"""The layers of `SSLAASIST`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.aasist import AASIST
from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import (
    BatchNorm,
    Dense,
    Dropout,
    max_pool,
    numbered_key,
    require_frames,
)
from spoofjax.models.layers.graph import GraphAttention, GraphPool
from spoofjax.models.layers.initial import normal, parameter
from spoofjax.models.layers.residual_map import ResidualMap
from spoofjax.models.networks.aasist import Stack, read_out

if TYPE_CHECKING:
    from spoofjax.models.heads.ssl_aasist import SSLAASIST


class SSLAASISTNetwork(nnx.Module):
    """See `spoofjax.models.heads.SSLAASIST`."""

    def __init__(self, config: SSLAASIST, width: int, rngs: nnx.Rngs):
        self.pooled = config.pooled
        self.projection = Dense(width, config.projection, rngs)
        self.first_norm = BatchNorm(1)
        self.blocks = nnx.List(
            ResidualMap(a, b, rngs, pool=1) for a, b in itertools.pairwise((1, *config.channels))
        )
        channels, nodes = config.channels[-1], config.graph[0]
        self.last_norm = BatchNorm(channels)
        self.weights = MapAttention(channels, rngs)
        bands = config.projection // config.pooled
        self.position = parameter(rngs, (1, bands, channels), normal(1.0))
        self.bands, self.frames = (
            GraphAttention(channels, nodes, rngs, temperature=temperature)
            for temperature in config.temperatures[:2]
        )
        self.pool_bands, self.pool_frames = (
            GraphPool(nodes, ratio, rngs) for ratio in config.ratios[:2]
        )
        graphs = AASIST(graph=config.graph, ratios=config.ratios, temperatures=config.temperatures)
        self.stacks = nnx.List(Stack(graphs, rngs) for _ in range(2))
        self.branch_dropout = Dropout(config.branch_dropout)
        self.dropout = Dropout(config.dropout)
        self.output = Dense(5 * config.graph[1], 2, rngs)

    def __call__(
        self,
        encoded: Encoded,
        *,
        train: bool = False,
        key: jax.Array | None = None,
        reference: Encoded | None = None,
    ) -> tuple[jax.Array, jax.Array]:
        """Return logits (batch, 2) and what is read out of the graphs (batch, size).

        Every frame counts. Raises ConfigError for clips of fewer frames than the max-pool needs.
        """
        keys = [numbered_key(key, k) for k in range(8)]
        bands, frames = self._nodes(encoded.last, train=train)
        bands = self.bands(bands, train=train, key=keys[0])
        bands = self.pool_bands(bands, train=train, key=keys[1])
        frames = self.frames(frames, train=train, key=keys[2])
        frames = self.pool_frames(frames, train=train, key=keys[3])
        branches = []
        for k, stack in enumerate(self.stacks):
            graphs = stack(frames, bands, train=train, key=keys[4 + k])
            branches.append(
                [
                    self.branch_dropout(nodes, train=train, key=numbered_key(keys[6], 3 * k + n))
                    for n, nodes in enumerate(graphs)
                ]
            )
        embedding = read_out(*(jnp.maximum(*pair) for pair in zip(*branches, strict=True)))
        return self.output(self.dropout(embedding, train=train, key=keys[7])), embedding

    def _nodes(self, x: jax.Array, *, train: bool) -> tuple[jax.Array, jax.Array]:
        """Map (batch, frames, width) to the nodes of bands and frames, (batch, nodes, channels)."""
        require_frames(x.shape[1], self.pooled)
        x = jnp.swapaxes(self.projection(x), 1, 2)
        x = jnp.expand_dims(max_pool(max_pool(x, 1, self.pooled), 2, self.pooled), -1)
        x = jax.nn.selu(self.first_norm(x, None, train=train))
        for block in self.blocks:
            x = block(x, train=train)
        x = jax.nn.selu(self.last_norm(x, None, train=train))
        weights = self.weights(x, train=train)
        bands = (x * jax.nn.softmax(weights, axis=2)).sum(2) + self.position[...]
        return bands, (x * jax.nn.softmax(weights, axis=1)).sum(1)


class MapAttention(nnx.Module):
    """The logits of the weights that sum a map over frames, and over bands, channel by channel."""

    def __init__(self, channels: int, rngs: nnx.Rngs):
        self.first = Dense(channels, 2 * channels, rngs)
        self.norm = BatchNorm(2 * channels)
        self.last = Dense(2 * channels, channels, rngs)

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """Map (batch, bands, frames, channels) to the same shape."""
        return self.last(self.norm(jax.nn.selu(self.first(x)), None, train=train))
