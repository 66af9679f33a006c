"""LSTM: recurrent layers directly on the frames, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from spoofjax.models.classifier import Classifier, check_positive


@dataclass(frozen=True)
class LSTM(Classifier):
    """Stacks of frames, LSTM layers in one direction or both, pooling, dropout, dense."""

    units: tuple[int, ...] = (64, 64)
    """Units of each LSTM layer, per direction."""
    bidirectional: bool = True
    stack: int = 2
    """Neighbouring frames joined into one step: shorter recurrences, faster training."""
    pooling: Literal["mean", "statistics", "last"] = "mean"
    """Over time: mean; mean and deviation; or the final state of each direction."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where a size is not positive."""
        check_positive(self, "units", "stack")

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.lstm import LSTMNetwork

        return LSTMNetwork
