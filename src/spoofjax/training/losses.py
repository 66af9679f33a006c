"""Losses: one float32 per utterance from the output of a model. 1 is bona fide, 0 is spoof."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Loss

if TYPE_CHECKING:
    import jax

    from spoofjax.models.output import Output


@dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """Cross-entropy of the score logit, with optional class weights.

    The ASVspoof baselines use natural sampling with weights of 0.9 for bona fide and 0.1 for spoof.
    Leave both weights at 1 with balanced sampling, because the two corrections together
    over-correct.
    """

    bonafide_weight: float = 1.0
    spoof_weight: float = 1.0
    label_smoothing: float = 0.0

    @property
    def log_prior_shift(self) -> float:
        """What the weights add to the log prior odds of bona fide in a trained logit."""
        import math

        return math.log(self.bonafide_weight / self.spoof_weight)

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from output.score (batch,) and labels (batch,) in {0, 1}."""
        import jax.numpy as jnp

        score = output.log_odds.astype(jnp.float32)
        target = labels.astype(jnp.float32)
        weight = jnp.where(labels == 1, self.bonafide_weight, self.spoof_weight)
        target = target * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
        # logaddexp(0, x) is log(1 + e^x) without overflow or loss of small values.
        return weight * (jnp.logaddexp(0.0, score) - target * score)
