"""Residual vector quantisation: a frame as a few integers, each of which refines the one before."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from spoofjax.models.layers.standardize import Constant

ITERATIONS = 20
"""Rounds of k-means for each codebook."""
FRAMES_AT_ONCE = 4_096
"""Frames whose distances to all codes are in memory at a time."""


class ResidualQuantizer(nnx.Module):
    """Codebooks that are learned before training and stay as they are (Zeghidour et al., 2021).

    Each quantiser takes the code nearest to what the quantisers before it left over.
    """

    def __init__(self, quantisers: int, codes: int, width: int):
        shape = (quantisers, codes, width)
        self.codebooks = Constant(jax.device_put(np.zeros(shape, np.float32)))

    def encode(self, x: jax.Array) -> jax.Array:
        """Map (..., width) to codes, int32 (..., quantisers)."""
        residual, codes = x.astype(jnp.float32), []
        for codebook in self.codebooks[...]:
            code = nearest(residual, codebook)
            residual = residual - codebook[code]
            codes.append(code)
        return jnp.stack(codes, axis=-1)

    def decode(self, codes: jax.Array) -> jax.Array:
        """Map codes (..., n) of the first n quantisers to float32 (..., width), their sum."""
        parts = [self.codebooks[...][n][codes[..., n]] for n in range(codes.shape[-1])]
        return sum(parts[1:], parts[0])

    def learn(self, frames: np.ndarray, seed: int) -> None:
        """Set the codebooks by k-means on float32 (frames, width), one quantiser after the other.

        The result is a function of frames and seed.
        """
        quantisers, codes, _ = self.codebooks.shape
        self.codebooks[...] = learned_codebooks(frames, quantisers, codes, seed)


def nearest(x: jax.Array, codebook: jax.Array) -> jax.Array:
    """Return int32 (...): which row of (codes, width) is nearest to each vector of (..., width)."""
    # Full precision, because TF32 would choose other codes on a GPU than on a CPU.
    products = jnp.einsum("...d,kd->...k", x, codebook, precision="highest")
    return jnp.argmin(jnp.square(codebook).sum(-1) - 2 * products, axis=-1).astype(jnp.int32)


def learned_codebooks(frames: np.ndarray, quantisers: int, codes: int, seed: int) -> jax.Array:
    """Return float32 (quantisers, codes, width): k-means of frames, then of what is left over.

    Each k-means starts from frames drawn without repetition, if there are enough. A code that is
    nearest to no frame stays where it was.
    """
    generator = np.random.default_rng(seed)
    count = len(frames)
    # Padded to whole blocks; padding weighs nothing.
    blocks = -(-count // FRAMES_AT_ONCE)
    size = -(-count // blocks)
    residual = np.zeros((blocks * size, frames.shape[1]), np.float32)
    residual[:count] = frames
    weight = (np.arange(blocks * size) < count).astype(np.float32).reshape(blocks, size)
    left = jnp.asarray(residual.reshape(blocks, size, -1))
    books = []
    for _ in range(quantisers):
        start = generator.choice(count, codes, replace=count < codes)
        book, left = _k_means(left, weight, left.reshape(blocks * size, -1)[start])
        books.append(book)
    return jnp.stack(books)


@functools.partial(jax.jit, donate_argnums=0)
def _k_means(x: jax.Array, weight: jax.Array, start: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the codebook (codes, width), and what it leaves of `x` (blocks, frames, width).

    `weight` (blocks, frames) is 0 for padding.
    """
    codes = len(start)

    def sums(book: jax.Array, block: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        frames, weight = block
        members = jax.nn.one_hot(nearest(frames, book), codes) * weight[:, None]
        return jnp.matmul(members.T, frames, precision="highest"), members.sum(0)

    def improve(_: int, book: jax.Array) -> jax.Array:
        totals, counts = lax.map(functools.partial(sums, book), (x, weight))
        total, count = totals.sum(0), counts.sum(0)[:, None]
        return jnp.where(count > 0, total / jnp.maximum(count, 1), book)

    book = lax.fori_loop(0, ITERATIONS, improve, start)
    return book, lax.map(lambda frames: frames - book[nearest(frames, book)], x)
