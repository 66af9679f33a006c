"""LCNN: the light CNN with recurrent layers that the field measures itself against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Model
from spoofjax.models.checks import Precision, check_bins, check_rate

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.networks.lcnn import LCNNNetwork


@dataclass(frozen=True)
class LCNN(Model):
    """LFCC-LCNN-BLSTM with residual sum (Wang and Yamagishi, 2021), 270 thousand parameters.

    Nine convolutions with max-feature-map activations (Wu et al., 2018), two bidirectional LSTM
    layers whose input is added to their output, mean over time, dense. Made for LFCC with 60
    coefficients.
    """

    dropout: float = 0.7
    """After the convolutions."""
    dtype: Precision = "float32"
    """Of the arithmetic; parameters and statistics are float32."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> LCNNNetwork:
        """Return the network for (batch, frames, coefficients). Raises ConfigError."""
        from spoofjax.models.networks.lcnn import POOLED, LCNNNetwork

        check_rate(self)
        check_bins(self, coefficients, POOLED)
        return LCNNNetwork(self, coefficients, rngs)
