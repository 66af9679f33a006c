"""Cross-entropy: of the score, of two logits, and with less weight on easy utterances."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Loss
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    import jax

    from spoofjax.models.output import Output


@dataclass(frozen=True)
class Weighted(Loss):
    """The class weights that the losses of this module share.

    The ASVspoof baselines use natural sampling with weights of 0.9 for bona fide and 0.1 for spoof.
    Leave both weights at 1 with balanced sampling, because the two corrections together
    over-correct.
    """

    bonafide_weight: float = 1.0
    spoof_weight: float = 1.0

    @property
    def log_prior_shift(self) -> float:
        """What the weights add to the log prior odds of bona fide in a trained logit."""
        return math.log(self.bonafide_weight / self.spoof_weight)

    def weights(self, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): the weight of each utterance's class."""
        import jax.numpy as jnp

        return jnp.where(labels == 1, self.bonafide_weight, self.spoof_weight)


@dataclass(frozen=True)
class BinaryCrossEntropy(Weighted):
    """Cross-entropy of the score as a logit, with optional class weights.

    Of a model with two logits, it is that of their difference.
    """

    label_smoothing: float = 0.0

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from output.log_odds and labels (batch,) in {0, 1}."""
        import jax.numpy as jnp

        score = output.log_odds.astype(jnp.float32)
        target = labels.astype(jnp.float32)
        target = target * (1 - self.label_smoothing) + 0.5 * self.label_smoothing
        # logaddexp(0, x) is log(1 + e^x) without overflow or loss of small values.
        return self.weights(labels) * (jnp.logaddexp(0.0, score) - target * score)


@dataclass(frozen=True)
class CrossEntropy(BinaryCrossEntropy):
    """Softmax cross-entropy of the two logits of a model, with optional class weights.

    With two classes this is `BinaryCrossEntropy` of the difference of the logits, and it refuses a
    model with a single output. PyTorch divides by the sum of the weights in the batch; here the
    mean of the weighted losses counts, as in all losses.
    """

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from output.logits (batch, 2). Raises ConfigError without it."""
        if output.logits is None:
            raise ConfigError(
                "CrossEntropy needs a model with a logit for each class, and this one has a single "
                "score. Use loss=BinaryCrossEntropy()."
            )
        return super().__call__(output, labels)


@dataclass(frozen=True)
class Focal(Weighted):
    """Focal loss of the score (Lin et al., 2017): cross-entropy times (1 - p)^gamma.

    p is the probability of the utterance's own class, so utterances that are already judged right
    count little. With gamma of 0 it is `BinaryCrossEntropy`. Its scores are less extreme than
    log odds; `spoofjax calibrate` corrects this.
    """

    gamma: float = 2.0

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from output.log_odds and labels (batch,) in {0, 1}."""
        import jax
        import jax.numpy as jnp

        score = output.log_odds.astype(jnp.float32)
        # In favour of the utterance's own class.
        own = jnp.where(labels == 1, score, -score)
        # (1 - p)^gamma through its logarithm, whose gradient is finite for any score and gamma.
        easiness = jnp.exp(self.gamma * jax.nn.log_sigmoid(-own))
        return self.weights(labels) * easiness * jax.nn.softplus(-own)
