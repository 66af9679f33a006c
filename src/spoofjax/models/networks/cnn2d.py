"""The networks of convolutions over time and frequency: 2-D CNN and 2-D CNN-LSTM."""

from __future__ import annotations

from collections.abc import Sequence

import jax
from flax import nnx

from spoofjax.models import blocks as layers
from spoofjax.models.networks.cnn import RecurrentHead
from spoofjax.models.output import Output


class Blocks2D(nnx.Module):
    """3 x 3 convolution, batch norm, ReLU and 2 x 2 max-pooling, several times."""

    def __init__(self, channels: Sequence[int], rngs: nnx.Rngs):
        pairs = zip([1, *channels], channels, strict=False)
        self.convolutions = nnx.List([layers.conv(i, o, (3, 3), rngs) for i, o in pairs])
        self.norms = nnx.List([layers.BatchNorm(o) for o in channels])

    def __call__(
        self, x: jax.Array, lengths: jax.Array, *, train: bool
    ) -> tuple[jax.Array, jax.Array]:
        """Return (batch, frames / 2^n, bands / 2^n x channels) of (batch, frames, bands)."""
        x = x[..., None]
        mask = layers.frame_mask(lengths, x.shape[1])
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = convolution(layers.masked(x, mask))
            x = jax.nn.relu(norm(x, mask, train=train))
            x = layers.max_pool(layers.max_pool(x, 2, axis=2), 2, axis=1)
            lengths = lengths // 2
            mask = layers.frame_mask(lengths, x.shape[1])
        return x.reshape(*x.shape[:2], -1), lengths


def flat_size(coefficients: int, channels: Sequence[int]) -> int:
    """Return bands x channels after the blocks."""
    return (coefficients >> len(channels)) * channels[-1]


class CNN2DNetwork(nnx.Module):
    """Blocks, mean and deviation over time, a hidden layer, one logit."""

    def __init__(self, config, coefficients: int, rngs: nnx.Rngs):
        self.standardize = layers.Standardize(coefficients)
        self.blocks = Blocks2D(config.channels, rngs)
        size = 2 * flat_size(coefficients, config.channels)
        self.hidden = layers.dense(size, config.hidden, rngs)
        self.out = layers.dense(config.hidden, 1, rngs)
        self._dropout = config.dropout

    def __call__(self, x, lengths, *, train: bool = False, key: jax.Array | None = None) -> Output:
        x, lengths = self.blocks(self.standardize(x), lengths, train=train)
        x = layers.mean_deviation_pool(x, layers.frame_mask(lengths, x.shape[1]))
        x = layers.dropout(x, self._dropout, key)
        x = jax.nn.relu(self.hidden(x))
        return Output(self.out(x)[:, 0], embedding=x)


class CNN2DLSTMNetwork(nnx.Module):
    """Blocks over time and frequency, then the recurrent head over what is left of the frames."""

    def __init__(self, config, coefficients: int, rngs: nnx.Rngs):
        self.standardize = layers.Standardize(coefficients)
        self.blocks = Blocks2D(config.channels, rngs)
        self.head = RecurrentHead(
            flat_size(coefficients, config.channels),
            config.units,
            config.bidirectional,
            config.dropout,
            rngs,
        )

    def __call__(self, x, lengths, *, train: bool = False, key: jax.Array | None = None) -> Output:
        x, lengths = self.blocks(self.standardize(x), lengths, train=train)
        return self.head(x, lengths, key)
