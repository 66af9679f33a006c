"""The layers that architectures share; importing this imports jax and flax."""

from spoofjax.models.layers.attention_pooling import (
    AttentiveStatistics,
    FactorisedAttention,
    softmax_over_time,
)
from spoofjax.models.layers.blocks import ConvBlock, require_frames
from spoofjax.models.layers.convolution import Conv, convolve
from spoofjax.models.layers.dense import Dense
from spoofjax.models.layers.dropout import Dropout, numbered_key, slot_keys
from spoofjax.models.layers.graph import GraphAttention, GraphPool, HeterogeneousGraphAttention
from spoofjax.models.layers.layer_norm import LayerNorm
from spoofjax.models.layers.maps import convolved
from spoofjax.models.layers.masking import pooled, stacked, valid, zero_padding
from spoofjax.models.layers.normalization import BatchNorm
from spoofjax.models.layers.pooling import (
    STATISTICS_OF_ZEROS,
    MaxPool,
    final_states,
    max_pool,
    mean_over_time,
    statistics_over_time,
)
from spoofjax.models.layers.recurrent import LSTMLayer, lstm
from spoofjax.models.layers.standardize import Constant, Standardize
from spoofjax.models.layers.summary import RecurrentSummary
from spoofjax.models.layers.transformer import (
    FeedForward,
    SelfAttention,
    TransformerLayer,
    positions,
)

__all__ = [
    "STATISTICS_OF_ZEROS",
    "AttentiveStatistics",
    "BatchNorm",
    "Constant",
    "Conv",
    "ConvBlock",
    "Dense",
    "Dropout",
    "FactorisedAttention",
    "FeedForward",
    "GraphAttention",
    "GraphPool",
    "HeterogeneousGraphAttention",
    "LSTMLayer",
    "LayerNorm",
    "MaxPool",
    "RecurrentSummary",
    "SelfAttention",
    "Standardize",
    "TransformerLayer",
    "convolve",
    "convolved",
    "final_states",
    "lstm",
    "max_pool",
    "mean_over_time",
    "numbered_key",
    "pooled",
    "positions",
    "require_frames",
    "slot_keys",
    "softmax_over_time",
    "stacked",
    "statistics_over_time",
    "valid",
    "zero_padding",
]
