"""A fixed bank of band-pass filters over the samples, and the maxima of its outputs.

The filters follow from three numbers, so they are neither parameters nor part of a checkpoint.
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from spoofjax.errors import TrainingError
from spoofjax.models.layers import native
from spoofjax.models.layers.blocks import require_frames
from spoofjax.models.layers.convolution import magnitudes_in_c
from spoofjax.models.layers.dropout import slot_keys
from spoofjax.models.layers.normalization import BatchNorm

RATE = 16_000
"""Sample rate in Hz for which the published models choose their bands."""
POOL = 3
"""Neighbouring outputs of which the maximum is taken: over time, and over filters if asked."""
PIECES = 8
"""Parts of an utterance that threads can take."""
COLUMNS = 1024
"""Approximate width of the matrix that computes several outputs of every filter at once."""


class SincBank(nnx.Module):
    """Sinc filters, maxima of their magnitudes, batch norm and SELU.

    With `over_filters` the result is a map of one channel whose bands are maxima over three
    filters, normalised as a whole. Otherwise every filter is a channel, normalised by itself.
    `silenced` is the number of neighbouring filters below which a random run of them is set to zero
    in training, for each utterance ("frequency masking" in the published code).
    """

    def __init__(self, filters: int, taps: int, *, over_filters: bool, silenced: int = 0):
        self.norm = BatchNorm(1 if over_filters else filters)
        self.filters = filters
        self.taps = taps
        self.over_filters = over_filters
        self.silenced = silenced
        self.native = native.available("float32")

    def __call__(
        self, x: jax.Array, *, blocks: int, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map samples (batch, samples, 1) to float32 (batch, [bands,] frames, channels).

        Raises ConfigError where the clips are too short for `blocks` max-pools over three frames.
        """
        if outputs_of(x.shape[1], self.taps) < POOL**blocks:
            require_frames(x.shape[1], POOL ** (blocks + 1) + self.taps - 1)
        keep = None
        if train and self.silenced:
            keep = _some_silenced(x.shape[0], self.filters, self.silenced, key)
        filters = sinc_filters(self.filters, self.taps)
        maxima = maxima_in_c if self.native else sinc_maxima
        y = maxima(x[..., 0], filters, over_filters=self.over_filters, keep=keep)
        if self.over_filters:
            y = jnp.swapaxes(y, 1, 2)[..., None]
        return jax.nn.selu(self.norm(y, None, train=train))


def _some_silenced(batch: int, filters: int, most: int, key: jax.Array | None) -> jax.Array:
    """Return float32 (batch, filters): 0 for a random run of filters, 1 for the others."""
    if key is None:
        raise TrainingError("Silencing filters in training needs a random key.")

    def of_one(key: jax.Array) -> jax.Array:
        of_count, of_begin = jax.random.split(key)
        count = jax.random.randint(of_count, (), 0, most)
        begin = jax.random.randint(of_begin, (), 0, filters - count + 1)
        places = jnp.arange(filters)
        return jnp.where((places >= begin) & (places < begin + count), 0.0, 1.0)

    return jax.vmap(of_one)(key if key.ndim else slot_keys(key, jnp.arange(batch)))


@functools.cache
def sinc_filters(filters: int, taps: int) -> np.ndarray:
    """Return float32 (filters, taps): Hamming-windowed band-pass filters, evenly spaced in mel.

    `taps` is odd. Filter i passes edge i to edge i + 1 of filters + 1 edges from 0 Hz to half the
    rate. Source: SincNet (Ravanelli and Bengio, 2018) with fixed bands, as in RawNet2 (Tak et al.,
    2021, arXiv 2011.01108) and AASIST.
    """
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, filters + 1) / 2595) - 1)
    time = np.arange(taps) - (taps - 1) / 2
    low_pass = [2 * edge / RATE * np.sinc(2 * edge * time / RATE) for edge in edges]
    return (np.hamming(taps) * np.diff(low_pass, axis=0)).astype(np.float32)


def outputs_of(samples: int, taps: int) -> int:
    """Return how many pooled outputs over time `samples` samples give."""
    return max(samples - taps + 1, 0) // POOL


def sinc_maxima(
    x: jax.Array, filters: np.ndarray, *, over_filters: bool, keep: jax.Array | None = None
) -> jax.Array:
    """Return maxima of |filtered samples|: float32 (batch, outputs, filters or filters // 3).

    `x` is float32 (batch, samples). Every output is the maximum over three neighbouring samples
    and, with `over_filters`, over three neighbouring filters. Incomplete windows are dropped.
    `keep` is float32 (batch, filters): a factor of each filter's output, 0 silences it.
    """
    count, taps = filters.shape
    count -= count % POOL if over_filters else 0
    outputs = outputs_of(x.shape[1], taps)
    shifts = POOL * max(COLUMNS // (POOL * count), 1)
    rows = -(-outputs * POOL // shifts)
    windows = _windows(x, rows, shifts, shifts + taps - 1)
    y = jnp.abs(windows @ _shifted(filters[:count], shifts))
    # (batch, rows, shifts / 3, 3, filters): the maximum over the third to last axes is a maximum of
    # slices, which XLA computes in one pass.
    y = y.reshape(*y.shape[:2], shifts // POOL, POOL, count)
    y = functools.reduce(jnp.maximum, (y[:, :, :, k] for k in range(POOL)))
    y = y.reshape(y.shape[0], -1, count)[:, :outputs]
    return _over_filters(y, over_filters, keep)


def _over_filters(y: jax.Array, over_filters: bool, keep: jax.Array | None) -> jax.Array:
    """Silence filters of (batch, outputs, filters), and take the maxima over them if asked."""
    if keep is not None:
        y = y * keep[:, None, : y.shape[2]]
    if over_filters:
        y = functools.reduce(jnp.maximum, (y[:, :, k::POOL] for k in range(POOL)))
    return y


def maxima_in_c(
    x: jax.Array, filters: np.ndarray, *, over_filters: bool, keep: jax.Array | None = None
) -> jax.Array:
    """`sinc_maxima` in C, for one CPU device."""
    count, taps = filters.shape
    count -= count % POOL if over_filters else 0
    outputs = outputs_of(x.shape[1], taps)
    # The threads share the rows of a batch, so each utterance is cut into several.
    span = POOL * -(-outputs // PIECES)
    pieces = _windows(x, PIECES, span, span + taps - 1)
    y: Any = magnitudes_in_c(
        pieces.reshape(-1, pieces.shape[2], 1), jnp.asarray(filters[:count]), POOL
    )
    y = y[:, : span // POOL].reshape(x.shape[0], -1, count)[:, :outputs]
    return _over_filters(y, over_filters, keep)


def _windows(x: jax.Array, rows: int, hop: int, width: int) -> jax.Array:
    """Return (batch, rows, width): windows of (batch, samples), followed by zeros."""
    blocks = -(-width // hop)
    samples = (rows + blocks - 1) * hop
    x = lax.slice_in_dim(x, 0, min(samples, x.shape[1]), axis=1)
    x = jnp.pad(x, ((0, 0), (0, samples - x.shape[1]))).reshape(x.shape[0], -1, hop)
    return jnp.concatenate([x[:, k : k + rows] for k in range(blocks)], axis=-1)[:, :, :width]


def _shifted(filters: np.ndarray, shifts: int) -> jax.Array:
    """Return (taps + shifts - 1, shifts * filters): each filter at `shifts` places.

    A product of a window with this matrix has the outputs at `shifts` neighbouring samples.
    """
    count, taps = filters.shape
    width = taps + shifts - 1
    # Rows that are one longer than the matrix is wide move by one place from row to row.
    repeated = jnp.tile(jnp.pad(jnp.asarray(filters), ((0, 0), (0, shifts))), (1, shifts))
    matrix = repeated[:, : shifts * width].reshape(count, shifts, width)
    return matrix.transpose(2, 1, 0).reshape(width, shifts * count)
