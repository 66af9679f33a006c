"""Heads: what stands between the hidden states of an encoder and a score.

Importing this does not import jax. Each head is described by a configuration here, and its layers
are in models/networks/heads/. See `head.Head` for how a head is called.
"""

from spoofjax.models.heads.head import Head
from spoofjax.models.heads.mean_pool import MeanPool
from spoofjax.models.heads.mhfa import MHFA
from spoofjax.models.heads.nes2net import Nes2NetX
from spoofjax.models.heads.rat import RAT
from spoofjax.models.heads.sls import SLS
from spoofjax.models.heads.ssl_aasist import SSLAASIST
from spoofjax.models.heads.weighted_statistics import WeightedStatistics

__all__ = [
    "MHFA",
    "RAT",
    "SLS",
    "SSLAASIST",
    "Head",
    "MeanPool",
    "Nes2NetX",
    "WeightedStatistics",
]
