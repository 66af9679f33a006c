"""Losses on angles: cosines between an embedding and learned class vectors.

Each of them replaces the last layer of the network by class vectors of its own, which train with
the other parameters and are stored with them. The score of a detector is then what the loss
defines, so evaluation, `score` and `export` use it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Loss

if TYPE_CHECKING:
    import jax
    from flax import nnx

    from spoofjax.models.network import Network
    from spoofjax.models.output import Output


@dataclass(frozen=True)
class OCSoftmax(Loss):
    """One-class softmax (Zhang, Jiang and Duan, 2021): bona fide speech lies around one centre.

    The score is the cosine to the centre. Bona fide utterances are pulled above `bonafide_margin`
    and spoofs are pushed below `spoof_margin`; spoofs need not resemble each other.
    """

    bonafide_margin: float = 0.9
    spoof_margin: float = 0.2
    scale: float = 20.0

    def prepare(self, network: Network, rngs: nnx.Rngs) -> None:
        """Give the network one centre, whose cosine is the score."""
        from spoofjax.models.layers.cosine import CosineHead

        network.replace_head(lambda width: CosineHead(width, 1, rngs))

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): softplus(scale * distance beyond the margin)."""
        import jax
        import jax.numpy as jnp

        cosine = output.score
        beyond = jnp.where(labels == 1, self.bonafide_margin - cosine, cosine - self.spoof_margin)
        return jax.nn.softplus(self.scale * beyond)


@dataclass(frozen=True)
class AMSoftmax(Loss):
    """Additive-margin softmax (Wang et al., 2018), as AIR-ASVspoof uses it.

    Cross-entropy of scaled cosines, after the cosine to the utterance's own class is lowered by
    `margin`. The score is the scaled difference of the cosines, bona fide less spoof: the logit of
    the softmax without a margin.
    """

    margin: float = 0.9
    scale: float = 20.0

    def prepare(self, network: Network, rngs: nnx.Rngs) -> None:
        """Give the network a vector for each class."""
        from spoofjax.models.layers.cosine import CosineHead

        network.replace_head(lambda width: CosineHead(width, 2, rngs, scale=self.scale))

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from the score, which is the scaled difference of the cosines."""
        import jax
        import jax.numpy as jnp

        own = jnp.where(labels == 1, output.score, -output.score)
        return jax.nn.softplus(self.scale * self.margin - own)


@dataclass(frozen=True)
class P2SGrad(Loss):
    """Squared error between cosines and 1 or 0 (Wang and Yamagishi, 2021), without margins.

    The gradient is that of P2SGrad (Zhang et al., 2019), which gives the loss its name. The cosine
    to the vector of the utterance's own class should be 1 and that to the other class 0; both
    errors are added. The score is the cosine to bona fide.
    """

    def prepare(self, network: Network, rngs: nnx.Rngs) -> None:
        """Give the network a vector for each class."""
        from spoofjax.models.layers.cosine import CosineHead

        network.replace_head(lambda width: CosineHead(width, 2, rngs))

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from output.logits (batch, 2), the cosines."""
        import jax
        import jax.numpy as jnp

        assert output.logits is not None
        return jnp.square(output.logits - jax.nn.one_hot(labels, 2)).sum(-1)
