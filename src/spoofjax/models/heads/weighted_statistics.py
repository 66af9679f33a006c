"""WeightedStatistics: learned weights of the layers, and attentive statistics over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.models.heads.head import Head, check_sizes

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class WeightedStatistics(Head):
    """A learned average of all hidden states, pooled by attentive statistics.

    The states are averaged by a softmax over layers (Yang et al., SUPERB, 2021). Attention over
    time then weights the mean and deviation of each channel (Okabe et al., 2018). Two dense layers
    follow.
    """

    attention: int = 128
    """Units of the attention's hidden layer."""
    embedding: int = 256
    """Size of the embedding."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module. Raises ConfigError for sizes below 1."""
        from spoofjax.models.networks.heads.weighted_statistics import WeightedStatisticsNetwork

        check_sizes(self, "attention", "embedding")
        return WeightedStatisticsNetwork(self, layers, width, rngs)
