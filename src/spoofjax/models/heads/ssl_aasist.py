"""SSLAASIST: the graphs of AASIST on the last layer of an encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from spoofjax.config import Clip
from spoofjax.errors import ConfigError
from spoofjax.models.heads.head import Head, check_sizes

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class SSLAASIST(Head):
    """The back end of SSL-AASIST (Tak et al., Odyssey 2022) on the last layer, after its norm.

    The frames become a map of 128 channels, and six residual blocks a map of 42 bands. Attention
    turns it into a graph over bands and one over frames, which then pass the graph layers of
    AASIST. With width 1024 the head has 446,730 parameters, and 512 more where it is published,
    those of batch norms whose output is not used.

    Every frame counts, padded ones too: set clip.short to 'tile'.
    """

    pooled: ClassVar[int] = 3
    """Frames, and channels, that the max-pool combines into one."""
    temperatures: ClassVar[tuple[float, float, float]] = (2.0, 2.0, 100.0)
    """What attention logits are divided by: over bands, over frames, and in the later graphs."""

    projection: int = 128
    """Channels of the map."""
    channels: tuple[int, ...] = (32, 32, 64, 64, 64, 64)
    """Width of each residual block."""
    graph: tuple[int, int] = (64, 32)
    """Width of the nodes: in the two graphs, and in the heterogeneous ones."""
    ratios: tuple[float, float, float] = (0.5, 0.5, 0.5)
    """Share of the nodes that each pool keeps: of bands, of frames, and in the later graphs."""
    branch_dropout: float = 0.2
    """Rate of the dropout of each stack's result before the maximum."""
    dropout: float = 0.5
    """Rate of the dropout before the last dense layer."""

    def build(self, layers: int, width: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the module. Raises ConfigError for sizes and rates out of range."""
        from spoofjax.models.networks.heads.ssl_aasist import SSLAASISTNetwork

        check_sizes(self, "projection")
        if not self.channels or min((*self.channels, *self.graph)) < 1:
            raise ConfigError("channels and graph of SSLAASIST must be at least 1.")
        if self.projection < self.pooled:
            raise ConfigError(f"SSLAASIST needs a projection of at least {self.pooled} channels.")
        if not all(0 < ratio <= 1 for ratio in self.ratios):
            raise ConfigError(f"ratios of SSLAASIST lie between 0 and 1, not {self.ratios}.")
        if not all(0 <= rate < 1 for rate in (self.dropout, self.branch_dropout)):
            raise ConfigError("Rates of dropout of SSLAASIST are at least 0 and below 1.")
        return SSLAASISTNetwork(self, width, rngs)

    def check_clip(self, clip: Clip, frames: Callable[[int], int]) -> None:
        """Raise ConfigError for clips that may be padded with zeros."""
        if clip.short != "tile":
            raise ConfigError(
                "SSLAASIST would hear the zeros that pad a short utterance. Set clip.short='tile', "
                "without buckets."
            )
