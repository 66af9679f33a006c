"""Cosines between embeddings and learned vectors, in the place of a last dense layer."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.layers.initial import parameter
from spoofjax.models.output import Output

SMALLEST_SQUARE = 1e-12
"""Added to the squared length of a vector, so that a vector of zeros has a gradient."""


def normalised(x: jax.Array) -> jax.Array:
    """Return `x` (..., size) with each vector scaled to length 1."""
    return x * jax.lax.rsqrt(jnp.square(x).sum(-1, keepdims=True) + SMALLEST_SQUARE)


class CosineHead(nnx.Module):
    """Scores an embedding by its cosines to one vector, or to a vector for each class.

    With one vector, the score is the cosine to it. With two, those of spoof and bona fide, it is
    the cosine to bona fide or, with a `scale`, the scaled difference of both.
    """

    def __init__(self, width: int, vectors: int, rngs: nnx.Rngs, *, scale: float | None = None):
        self.vectors = parameter(rngs, (vectors, width), _normal)
        self.scale = scale

    def __call__(self, embedding: jax.Array) -> Output:
        """Map (batch, width) to an Output with `score` and, with two vectors, `logits`.

        The logits are the cosines, float32 (batch, 2).
        """
        unit = normalised(embedding.astype(jnp.float32))
        cosines = unit @ normalised(self.vectors[...]).T
        logits = cosines if cosines.shape[-1] == 2 else None
        if self.scale is None:
            return Output(cosines[:, -1], logits=logits)
        return Output(self.scale * (cosines[:, 1] - cosines[:, 0]), logits=logits)


def _normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    # Only directions matter, and those of normal draws are uniform.
    return generator.normal(size=shape)
