"""Residual vector quantisation: frames to codes, and codes to frames.

Each quantiser replaces what its predecessors left over by the nearest vector of its codebook
(Zeghidour et al., 2021, algorithm 1).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import lax


def nearest(x: jax.Array, codebook: jax.Array) -> jax.Array:
    """Return int32 (batch, frames): the row of `codebook` (codes, width) nearest to each frame.

    `x` is (batch, frames, width). Of several nearest rows the first counts.
    """
    # The squared length of the frame is the same for all rows.
    distances = jnp.square(codebook).sum(-1) - 2 * x @ codebook.T
    return jnp.argmin(distances, axis=-1).astype(jnp.int32)


def residual_codes(x: jax.Array, codebooks: jax.Array) -> jax.Array:
    """Return int32 (batch, quantisers, frames): the codes of (batch, frames, width).

    `codebooks` is (quantisers, codes, width).
    """

    def quantise(residual: jax.Array, codebook: jax.Array) -> tuple[jax.Array, jax.Array]:
        codes = nearest(residual, codebook)
        return residual - codebook[codes], codes

    return lax.scan(quantise, x, codebooks)[1].swapaxes(0, 1)


def vectors_of(codes: jax.Array, codebooks: jax.Array) -> jax.Array:
    """Return the vectors of codes (batch, quantisers, frames), (quantisers, batch, frames, width).

    `codebooks` has at least as many quantisers as `codes`.
    """
    return jax.vmap(lambda codebook, own: codebook[own])(
        codebooks[: codes.shape[1]], codes.swapaxes(0, 1)
    )
