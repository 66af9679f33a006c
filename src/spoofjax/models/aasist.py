"""AASIST: graph attention over the bands and frames of a waveform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
class AASIST(WholeClips):
    """AASIST (Jung et al., ICASSP 2022, arXiv 2110.01200), 297 thousand parameters.

    Fixed sinc filters, six residual blocks, a graph over bands and one over frames, two stacks of
    heterogeneous graph attention with a master node each, of which the maximum is taken. Made for
    clips of 64,600 samples and the front end `Waveform()`. The published network has 512
    parameters more, those of a batch norm whose output it does not use.
    """

    filters: int = 70
    """Sinc filters; three neighbours become one band."""
    taps: int = 129
    """Length of the filters in samples, odd."""
    channels: tuple[int, ...] = (32, 32, 64, 64, 64, 64)
    """Width of each residual block."""
    graph: tuple[int, int] = (64, 32)
    """Width of the nodes: in the two graphs, and in the heterogeneous ones."""
    ratios: tuple[float, float, float] = (0.5, 0.7, 0.5)
    """Share of the nodes that each pool keeps: of bands, of frames, and in the later graphs."""
    temperatures: tuple[float, float, float] = (2.0, 2.0, 100.0)
    """What attention logits are divided by: over bands, over frames, and in the later graphs."""
    dropout: float = 0.5
    branch_dropout: float = 0.2
    """Rate of the dropout of each stack's result before the maximum."""
    silenced: int = 0
    """In training, fewer than this many neighbouring filters are silenced in each utterance."""
    score: Score = "difference"
    """The score that follows from the logits of spoof and bona fide, see models.waveform_checks."""

    @classmethod
    def light(cls, **changes: Any) -> AASIST:
        """AASIST-L, 85 thousand parameters."""
        options: dict[str, Any] = dict(
            channels=(32, 32, 24, 24, 24, 24), graph=(24, 32), ratios=(0.4, 0.5, 0.7)
        )
        return cls(**(options | changes))

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where a field is out of range or the front end is not a waveform."""
        check_waveform(self, coefficients)
        check_positive(self, "channels", "graph", "temperatures")
        check_filters(self, 3)
        check_shares(self, "ratios")
        check_silenced(self)
        if not 0 <= self.branch_dropout < 1:
            raise ConfigError(
                f"model.branch_dropout of AASIST must be at least 0 and below 1, "
                f"not {self.branch_dropout}."
            )

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.aasist import AASISTNetwork

        return AASISTNetwork
