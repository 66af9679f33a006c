"""The network of `CodecAware`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.layers.masking import valid
from spoofjax.models.layers.pooling import statistics_over_time
from spoofjax.models.layers.standardize import Constant
from spoofjax.models.output import Output

FRAMES = 400
"""The width of a description is found with features of so many frames, enough for any network."""


class CodecAwareNetwork(nnx.Module):
    """See `spoofjax.models.CodecAware`. It is called as any network is."""

    def __init__(self, network: Any, coefficients: int, channels: int):
        """`channels` counts speech without a codec, and each codec at each of its bit rates."""
        self.network = network
        features = jax.ShapeDtypeStruct((1, FRAMES, coefficients), np.float32)
        # Only the shape is needed, so nothing is computed.
        width = jax.eval_shape(lambda x: describe(network(x, None), x, None), features).shape[1]
        self.weights = Constant(jax.device_put(np.zeros((width, channels), np.float32)))
        self.biases = Constant(jax.device_put(np.zeros(channels, np.float32)))
        self.offsets = Constant(jax.device_put(np.zeros(channels, np.float32)))

    def replace_head(self, make: Callable[[int], nnx.Module]) -> None:
        """Replace the last layers of the network, see `Network.replace_head`."""
        self.network.replace_head(make)

    def add_step_head(self, rngs: nnx.Rngs) -> None:
        """Let the network score its steps, see `Network.add_step_head`; this one has none."""
        self.network.add_step_head(rngs)

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Return the output for (batch, frames, coefficients), its score less that of the codec.

        What is subtracted is what bona fide speech through each channel scores more or less than
        without a codec, weighted by how likely each channel is.
        """
        output = self.network(x, lengths, train=train, key=key)
        with jax.named_scope("codec"):
            description = describe(output, x, lengths)
            shares = jax.nn.softmax(description @ self.weights[...] + self.biases[...])
            return output._replace(score=output.score - shares @ self.offsets[...])


def describe(output: Output, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
    """Return float32 (batch, width): by what codecs are told apart.

    It is the mean and the deviation over valid frames of the features `x`, and the embedding that
    the network's `output` has, or its members' have.
    """
    statistics = statistics_over_time(x.astype(jnp.float32), valid(lengths, x.shape[1]))
    return jnp.concatenate([statistics, *_embeddings(output)], axis=-1)


def _embeddings(output: Output) -> list[jax.Array]:
    if output.members:
        return [part for member in output.members for part in _embeddings(member)]
    return [] if output.embedding is None else [output.embedding]
