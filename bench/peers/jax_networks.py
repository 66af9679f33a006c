"""spoofjax's configurations of the networks of step_models.py; importing this imports no jax."""

from __future__ import annotations

from spoofjax.config import Model
from spoofjax.models import CNN, CNNLSTM, LSTM


def configuration(model: str, dropout: float) -> Model:
    """Return the configuration for one of the names in step_models.MODELS."""
    if model == "cnn":
        return CNN(pooling="flatten", frames=400, dropout=dropout)
    if model == "cnn_lstm":
        return CNNLSTM(batch_norm=False, pooling="last", dropout=dropout)
    return LSTM(units=(128,), bidirectional=False, stack=1, pooling="last", dropout=0.0)
