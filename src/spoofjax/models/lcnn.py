"""LCNN: the light CNN with recurrent layers, a common baseline for spoofing detection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from spoofjax.models.classifier import Classifier, check_bins


@dataclass(frozen=True)
class LCNN(Classifier):
    """LFCC-LCNN-BLSTM with residual sum (Wang and Yamagishi, 2021), 270 thousand parameters.

    Nine convolutions with max-feature-map activations (Wu et al., 2018), two bidirectional LSTM
    layers whose input is added to their output, mean over time, dense. Made for LFCC with 60
    coefficients.
    """

    rounds_input: ClassVar[bool] = True
    pooled: ClassVar[int] = 16
    """Frames, and coefficients, that the four max-pools combine into one."""

    dropout: float = 0.7
    """Rate of the dropout after the convolutions."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the front end gives too few coefficients."""
        check_bins(self, coefficients, self.pooled)

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.lcnn import LCNNNetwork

        return LCNNNetwork
