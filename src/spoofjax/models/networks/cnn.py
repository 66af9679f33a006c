"""The networks of convolutions over time: CNN and CNN-LSTM."""

from __future__ import annotations

from collections.abc import Sequence

import jax
from flax import nnx

from spoofjax.models import blocks as layers
from spoofjax.models.lstm_layer import LSTM
from spoofjax.models.output import Output


class Blocks(nnx.Module):
    """Convolution over time, batch norm, ReLU and max-pooling, several times."""

    def __init__(
        self, inputs: int, channels: Sequence[int], kernel: int, pool: int, rngs: nnx.Rngs
    ):
        sizes = [inputs, *channels]
        pairs = zip(sizes, channels, strict=False)
        self.convolutions = nnx.List([layers.conv(i, o, (kernel,), rngs) for i, o in pairs])
        self.norms = nnx.List([layers.BatchNorm(o) for o in channels])
        self._pool = pool

    def __call__(
        self, x: jax.Array, lengths: jax.Array, *, train: bool
    ) -> tuple[jax.Array, jax.Array]:
        """Return (batch, frames / pool^n, channels) and the lengths that go with it."""
        mask = layers.frame_mask(lengths, x.shape[1])
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = convolution(layers.masked(x, mask))
            x = jax.nn.relu(norm(x, mask, train=train))
            x = layers.max_pool(x, self._pool, axis=1)
            lengths = lengths // self._pool
            mask = layers.frame_mask(lengths, x.shape[1])
        return x, lengths


class CNNNetwork(nnx.Module):
    """Blocks, mean and deviation over time, a hidden layer, one logit."""

    def __init__(self, config, coefficients: int, rngs: nnx.Rngs):
        self.standardize = layers.Standardize(coefficients)
        self.blocks = Blocks(coefficients, config.channels, config.kernel, config.pool, rngs)
        self.hidden = layers.dense(2 * config.channels[-1], config.hidden, rngs)
        self.out = layers.dense(config.hidden, 1, rngs)
        self._dropout = config.dropout

    def __call__(self, x, lengths, *, train: bool = False, key: jax.Array | None = None) -> Output:
        x, lengths = self.blocks(self.standardize(x), lengths, train=train)
        x = layers.mean_deviation_pool(x, layers.frame_mask(lengths, x.shape[1]))
        x = layers.dropout(jax.nn.relu(self.hidden(x)), self._dropout, key)
        return Output(self.out(x)[:, 0], embedding=x)


class RecurrentHead(nnx.Module):
    """LSTM layers, mean over time, dropout, one logit."""

    def __init__(
        self,
        inputs: int,
        units: Sequence[int],
        bidirectional: bool,
        dropout: float,
        rngs: nnx.Rngs,
    ):
        width = 2 if bidirectional else 1
        sizes = [inputs, *(width * n for n in units)]
        self.layers = nnx.List(
            [LSTM(i, n, rngs, bidirectional) for i, n in zip(sizes, units, strict=False)]
        )
        self.out = layers.dense(sizes[-1], 1, rngs)
        self._dropout = dropout

    def __call__(self, x: jax.Array, lengths: jax.Array, key: jax.Array | None) -> Output:
        mask = layers.frame_mask(lengths, x.shape[1])
        for layer in self.layers:
            x = layer(layers.masked(x, mask), lengths)
        x = layers.dropout(layers.mean_pool(x, mask), self._dropout, key)
        return Output(self.out(x)[:, 0], embedding=x)


class CNNLSTMNetwork(nnx.Module):
    """Blocks over time, then the recurrent head over what is left of the frames."""

    def __init__(self, config, coefficients: int, rngs: nnx.Rngs):
        self.standardize = layers.Standardize(coefficients)
        self.blocks = Blocks(coefficients, config.channels, config.kernel, config.pool, rngs)
        self.head = RecurrentHead(
            config.channels[-1], config.units, config.bidirectional, config.dropout, rngs
        )

    def __call__(self, x, lengths, *, train: bool = False, key: jax.Array | None = None) -> Output:
        x, lengths = self.blocks(self.standardize(x), lengths, train=train)
        return self.head(x, lengths, key)


class LSTMNetwork(nnx.Module):
    """The recurrent head on the features themselves."""

    def __init__(self, config, coefficients: int, rngs: nnx.Rngs):
        self.standardize = layers.Standardize(coefficients)
        self.head = RecurrentHead(
            coefficients * config.stack, config.units, config.bidirectional, config.dropout, rngs
        )
        self._stack = config.stack

    def __call__(self, x, lengths, *, train: bool = False, key: jax.Array | None = None) -> Output:
        x = self.standardize(x)
        frames = x.shape[1] // self._stack
        x = x[:, : frames * self._stack].reshape(x.shape[0], frames, -1)
        return self.head(x, lengths // self._stack, key)
