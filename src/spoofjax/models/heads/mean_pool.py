"""MeanPool: the mean of the last layer over time, and one dense layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.models.heads.head import Head

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class MeanPool(Head):
    """The last layer, after the encoder's final norm: mean over time, then a dense layer to 2.

    This is the head of AntiDeepfake (Ge et al., 2025), the simplest strong baseline. With
    `projection`, each frame first passes a dense layer of that size, layer norm and ReLU, as in
    DeepFense, which uses 128.
    """

    projection: int | None = None
    """Channels to which each frame is projected before the mean; None: no projection."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module. Raises ConfigError for a projection of no channels."""
        from spoofjax.models.heads.head import check_sizes
        from spoofjax.models.networks.heads.mean_pool import MeanPoolNetwork

        if self.projection is not None:
            check_sizes(self, "projection")
        return MeanPoolNetwork(self, width, rngs)
