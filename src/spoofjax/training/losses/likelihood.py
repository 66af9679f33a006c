"""The loss of one-class models, which learn from bona fide speech alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Loss

if TYPE_CHECKING:
    import jax

    from spoofjax.models.output import Output


@dataclass(frozen=True)
class BonafideLikelihood(Loss):
    """Minus the score of bona fide utterances; spoofs cost nothing and teach nothing.

    It is for models whose score is a log-likelihood, such as `TokenSurprisal`.
    """

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from output.score (batch,) and labels (batch,) in {0, 1}."""
        import jax.numpy as jnp

        return jnp.where(labels == 1, -output.score, 0.0)
