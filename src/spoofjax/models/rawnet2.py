"""RawNet2: residual blocks and a GRU over the outputs of fixed sinc filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from spoofjax.models.classifier import WholeClips, check_positive
from spoofjax.models.waveform_checks import Score, check_filters, check_waveform


@dataclass(frozen=True, kw_only=True)
class RawNet2(WholeClips):
    """RawNet2, the baseline of ASVspoof 2021 (Tak et al., 2021, arXiv 2011.01108), 17.6 million
    parameters.

    Fixed sinc filters, six residual blocks over time whose channels are scaled by their means,
    three GRU layers, two dense layers. Made for the front end `Waveform()`.
    """

    filters: int = 20
    """Sinc filters."""
    taps: int = 1025
    """Length of the filters in samples, odd."""
    channels: tuple[int, ...] = (20, 20, 128, 128, 128, 128)
    """Width of each residual block."""
    units: tuple[int, ...] = (1024, 1024, 1024)
    """Units of each GRU layer."""
    hidden: int = 1024
    """Width of the first dense layer, which has no activation."""
    activates_first: bool = False
    """Whether all blocks but the first begin with batch norm and a leaky ReLU. The baseline of 2021
    computes them and does not use them; that of ASVspoof 5 uses them."""
    dropout: float = 0.0
    score: Score = "difference"
    """The score that follows from the logits of spoof and bona fide, see models.waveform_checks."""

    @classmethod
    def asvspoof5(cls, **changes: Any) -> RawNet2:
        """The baseline of ASVspoof 5, whose blocks begin with an activation."""
        options: dict[str, Any] = {"activates_first": True}
        return cls(**(options | changes))

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where a field is out of range or the front end is not a waveform."""
        check_waveform(self, coefficients)
        check_positive(self, "channels", "units", "hidden")
        check_filters(self, 1)

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.rawnet2 import RawNet2Network

        return RawNet2Network
