"""MHFA: multi-head factorized attentive pooling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.errors import ConfigError
from spoofjax.models.heads.head import Head, check_sizes

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class MHFA(Head):
    """Multi-head factorized attentive pooling (Peng et al., SLT 2022), as WeDefense uses it.

    Two learned averages of all hidden states give keys and values. Each head weights the values
    over time by the keys. With an encoder of 24 layers and width 1024 the pooling has 1,315,410
    parameters, with 12 layers and width 768 it has 1,249,850; the last dense layer adds 514.
    """

    heads: int = 32
    """Attention heads, which share the values."""
    compression: int = 128
    """Channels of the keys and of the values."""
    embedding: int = 256
    """Size of the embedding."""
    gradient_scale: float = 0.1
    """Factor of the gradient that goes on into the encoder."""
    shifted_statistics: float = 0.0
    """Probability that, in training, the mean and deviation of an utterance's values over time are
    replaced by draws around them, whose spread is that of the batch (DSU, Li et al., 2022)."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module. Raises ConfigError for sizes below 1 and for no probability."""
        from spoofjax.models.networks.heads.mhfa import MHFANetwork

        check_sizes(self, "heads", "compression", "embedding")
        if not 0 <= self.shifted_statistics <= 1:
            raise ConfigError(
                "shifted_statistics of MHFA is a probability, from 0 to 1, not "
                f"{self.shifted_statistics}."
            )
        return MHFANetwork(self, layers, width, rngs)
