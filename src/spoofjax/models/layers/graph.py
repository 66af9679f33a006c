"""Graph attention over the frames or bands of an utterance, as AASIST and its relatives use it.

Sources: RawGAT-ST (Tak et al., 2021, arXiv 2107.12710) for the attention and the pooling, AASIST
(Jung et al., 2022, arXiv 2110.01200) for the heterogeneous layer and its master node.

Nodes are (batch, nodes, width). The attention between two nodes depends on their elementwise
product. A pairwise map has nodes x nodes x width values; in training only the nodes are kept for
the derivative, which computes the map a second time.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.models.layers.dense import Dense
from spoofjax.models.layers.dropout import Dropout
from spoofjax.models.layers.initial import normal, parameter
from spoofjax.models.layers.normalization import BatchNorm

INPUT_DROPOUT = 0.2
"""Rate of the dropout of the nodes before each attention."""
POOL_DROPOUT = 0.3
"""Rate of the dropout of the nodes before they are ranked."""


def attention_vector(width: int, rngs: nnx.Rngs) -> nnx.Param:
    """Return a parameter (width,) that maps a hidden vector to one logit (Glorot and Bengio)."""
    return parameter(rngs, (width,), normal(math.sqrt(2 / (width + 1))))


class GraphAttention(nnx.Module):
    """Replace each node by a function of itself and of a weighted mean of all nodes.

    The weight of node j for node i is the softmax over j of
    w . tanh(W (x_i * x_j) + b) / temperature. Batch norm and SELU follow.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rngs: nnx.Rngs,
        *,
        temperature: float = 1.0,
        dropout: float = INPUT_DROPOUT,
        dtype: str = "float32",
    ):
        self.attention = Dense(inputs, outputs, rngs, dtype)
        self.weight = attention_vector(outputs, rngs)
        self.with_attention = Dense(inputs, outputs, rngs, dtype)
        self.without_attention = Dense(inputs, outputs, rngs, dtype)
        self.norm = BatchNorm(outputs)
        self.dropout = Dropout(dropout)
        self.temperature = temperature

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None) -> jax.Array:
        """Map (batch, nodes, inputs) to (batch, nodes, outputs)."""
        x = self.dropout(x, train=train, key=key)
        logits = pairwise(x, self.attention, self.weight[...][:, None], train)[..., 0]
        weights = softmax(logits / self.temperature, x)
        y = self.with_attention(weights @ x) + self.without_attention(x)
        return jax.nn.selu(self.norm(y, None, train=train))


class HeterogeneousGraphAttention(nnx.Module):
    """Graph attention over the nodes of two graphs at once, with a master node.

    Each graph has its own projection into a common space. The attention has a weight vector for
    pairs within the first graph, one within the second, and one for pairs across. The master node
    attends to all nodes and is not attended to.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rngs: nnx.Rngs,
        *,
        temperature: float = 1.0,
        dropout: float = INPUT_DROPOUT,
        dtype: str = "float32",
    ):
        self.first = Dense(inputs, inputs, rngs, dtype)
        self.second = Dense(inputs, inputs, rngs, dtype)
        self.attention = Dense(inputs, outputs, rngs, dtype)
        self.within_first = attention_vector(outputs, rngs)
        self.within_second = attention_vector(outputs, rngs)
        self.across = attention_vector(outputs, rngs)
        self.with_attention = Dense(inputs, outputs, rngs, dtype)
        self.without_attention = Dense(inputs, outputs, rngs, dtype)
        self.master_attention = Dense(inputs, outputs, rngs, dtype)
        self.master_weight = attention_vector(outputs, rngs)
        self.master_with_attention = Dense(inputs, outputs, rngs, dtype)
        self.master_without_attention = Dense(inputs, outputs, rngs, dtype)
        self.norm = BatchNorm(outputs)
        self.dropout = Dropout(dropout)
        self.temperature = temperature

    def __call__(
        self,
        first: jax.Array,
        second: jax.Array,
        master: jax.Array,
        *,
        train: bool,
        key: jax.Array | None,
    ) -> tuple[jax.Array, jax.Array, jax.Array]:
        """Map both graphs and their master node to new ones.

        `first` is (batch, n, inputs), `second` (batch, m, inputs) and `master` (batch, 1, inputs),
        or (1, 1, inputs) for one master node that all utterances share. The results have the width
        `outputs`.
        """
        x = jnp.concatenate([self.first(first), self.second(second)], axis=1)
        x = self.dropout(x, train=train, key=key)
        weights = softmax(self._logits(x, first.shape[1], train) / self.temperature, x)
        y = self.with_attention(weights @ x) + self.without_attention(x)
        y = jax.nn.selu(self.norm(y, None, train=train))
        return y[:, : first.shape[1]], y[:, first.shape[1] :], self._new_master(x, master)

    def _logits(self, x: jax.Array, split: int, train: bool) -> jax.Array:
        """Return (batch, nodes, nodes); nodes before `split` belong to the first graph."""
        vectors = [self.within_first[...], self.within_second[...], self.across[...]]
        every = pairwise(x, self.attention, jnp.stack(vectors, axis=1), train)
        is_first = jnp.arange(x.shape[1]) < split
        is_same = is_first[:, None] == is_first
        within = jnp.where(is_first[:, None], every[..., 0], every[..., 1])
        return jnp.where(is_same, within, every[..., 2])

    def _new_master(self, x: jax.Array, master: jax.Array) -> jax.Array:
        hidden = jnp.tanh(self.master_attention(x * master.astype(x.dtype)))
        logits = hidden @ self.master_weight[...].astype(x.dtype)
        weights = softmax(logits / self.temperature, x)[:, None]
        return self.master_with_attention(weights @ x) + self.master_without_attention(master)


class GraphPool(nnx.Module):
    """Keep the nodes with the highest scores, multiplied by their scores, in this order.

    The score is the sigmoid of a dense layer, with dropout before it. `least` nodes are kept at
    any rate.
    """

    def __init__(
        self,
        width: int,
        ratio: float,
        rngs: nnx.Rngs,
        *,
        least: int = 1,
        dropout: float = POOL_DROPOUT,
        dtype: str = "float32",
    ):
        self.score = Dense(width, 1, rngs, dtype)
        self.dropout = Dropout(dropout)
        self.ratio = ratio
        self.least = least

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None) -> jax.Array:
        """Map (batch, nodes, width) to (batch, kept, width)."""
        logits = self.score(self.dropout(x, train=train, key=key))[..., 0].astype(jnp.float32)
        scores = jax.nn.sigmoid(logits)
        _, order = lax.top_k(scores, kept_nodes(x.shape[1], self.ratio, self.least))
        weighted = x * scores[..., None].astype(x.dtype)
        return jnp.take_along_axis(weighted, order[..., None], axis=1)


def kept_nodes(nodes: int, ratio: float, least: int = 1) -> int:
    """Return how many of `nodes` a GraphPool of this ratio keeps."""
    return max(int(nodes * ratio), least)


def pairwise(x: jax.Array, layer: Dense, vectors: jax.Array, train: bool) -> jax.Array:
    """Return tanh(layer(x_i * x_j)) @ vectors for all pairs: (batch, nodes, nodes, k).

    `x` is (batch, nodes, width) and `vectors` (outputs, k).
    """

    def logits(x, kernel, bias, vectors):
        products = x[:, :, None] * x[:, None]
        return jnp.tanh(products @ kernel + bias) @ vectors

    run = jax.checkpoint(logits) if train else logits
    kernel, bias = layer.kernel[...], layer.bias[...]
    return run(x, *(array.astype(x.dtype) for array in (kernel, bias, vectors)))


def softmax(logits: jax.Array, like: jax.Array) -> jax.Array:
    """Return the softmax over the last axis, computed in float32, in the type of `like`."""
    return jax.nn.softmax(logits.astype(jnp.float32), axis=-1).astype(like.dtype)
