"""Random changes of waveforms, each a pure function of the samples and one seed per clip."""

from spoofjax.audio.augmentation.channel import ChannelVariation
from spoofjax.audio.augmentation.rawboost import RawBoost

__all__ = ["ChannelVariation", "RawBoost"]
