"""RawGAT-ST: graph attention over bands, over frames, and over both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from spoofjax.config import Clip
from spoofjax.errors import ConfigError
from spoofjax.models.classifier import WholeClips, check_positive
from spoofjax.models.waveform_checks import (
    Score,
    check_filters,
    check_shares,
    check_silenced,
    check_waveform,
)


@dataclass(frozen=True, kw_only=True)
class RawGATST(WholeClips):
    """RawGAT-ST (Tak et al., 2021, arXiv 2107.12710), 436 thousand parameters.

    Fixed sinc filters, two encoders of six residual blocks, one graph over bands and one over
    frames, whose pooled nodes are projected to the same number, fused, and form a third graph. Made
    for the front end `Waveform()`. The published network has 5,056 parameters more, whose layers it
    does not use.
    """

    samples: int = 64_600
    """Length of every clip: the projection of the frames has a weight for each of them."""
    filters: int = 70
    """Sinc filters; three neighbours become one band."""
    taps: int = 129
    """Length of the filters in samples, odd."""
    channels: tuple[int, ...] = (32, 32, 64, 64, 64, 64)
    """Width of each residual block."""
    graph: tuple[int, int] = (32, 16)
    """Width of the nodes: of bands and of frames, and of the fused graph."""
    ratios: tuple[float, float, float] = (0.64, 0.81, 0.64)
    """Share of the nodes that each pool keeps: of bands, of frames, and of the fused graph."""
    nodes: int = 12
    """Number of nodes of the fused graph."""
    fusion: Literal["mul", "add", "cat"] = "mul"
    """How the nodes of bands and frames are fused: product, sum, or side by side."""
    has_first_shortcut: bool = False
    """Whether the input of the first block passes a convolution before it is added. In the
    published weights it is added to every channel as it is."""
    dropout: float = 0.0
    silenced: int = 0
    """In training, fewer than this many neighbouring filters are silenced in each utterance."""
    score: Score = "difference"
    """The score that follows from the logits of spoof and bona fide, see models.waveform_checks."""

    @classmethod
    def cat(cls, **changes: Any) -> RawGATST:
        """The variant whose fused nodes lie side by side, 441 thousand parameters."""
        options: dict[str, Any] = {"fusion": "cat", "graph": (32, 32)}
        return cls(**(options | changes))

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where a field is out of range or the front end is not a waveform."""
        check_waveform(self, coefficients)
        check_positive(self, "samples", "channels", "graph", "nodes")
        check_filters(self, 3)
        check_shares(self, "ratios")
        check_silenced(self)

    def check_clip(self, clip: Clip) -> None:
        """Raise ConfigError for padded clips or clips of another length."""
        super().check_clip(clip)
        for name in ("train", "evaluate"):
            if getattr(clip, name) != self.samples:
                raise ConfigError(
                    f"RawGATST is built for clips of {self.samples} samples, but clip.{name} is "
                    f"{getattr(clip, name)}. Set both to the same number."
                )

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.rawgat_st import RawGATSTNetwork

        return RawGATSTNetwork
