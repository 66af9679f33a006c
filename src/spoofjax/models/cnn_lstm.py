"""CNN-LSTM: convolutions over time that shorten the sequence, recurrent layers, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from spoofjax.models.classifier import Classifier, Recurrence, check_positive


@dataclass(frozen=True)
class CNNLSTM(Classifier):
    """Blocks of [Conv1D, batch norm, ReLU, max-pool], LSTM layers, pooling, dropout, dense."""

    rounds_input: ClassVar[bool] = True

    channels: tuple[int, ...] = (64, 128)
    """Channels of each convolutional block."""
    kernel: int = 3
    """Frames that each convolution covers."""
    pool: int = 2
    """Frames that each block pools into one."""
    batch_norm: bool = True
    units: tuple[int, ...] = (128, 128)
    """Units of each LSTM layer, per direction."""
    bidirectional: bool = False
    pooling: Literal["mean", "statistics", "last"] = "mean"
    """Over time: mean; mean and deviation; or the final state of each direction."""
    recurrence: Recurrence = "auto"
    """'auto' uses the kernel for NVIDIA GPUs where it runs, 'scan' never does."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where a size is not positive."""
        check_positive(self, "channels", "kernel", "pool", "units")

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.cnn_lstm import CNNLSTMNetwork

        return CNNLSTMNetwork
