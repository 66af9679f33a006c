"""Random changes of waveforms, each a pure function of the samples and one seed per clip."""

from spoofjax.audio.augmentation.channel import ChannelVariation

__all__ = ["ChannelVariation"]
