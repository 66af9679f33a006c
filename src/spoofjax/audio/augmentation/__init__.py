"""Random changes of waveforms, each a pure function of the samples and one seed per clip."""

from spoofjax.audio.augmentation.band_limit import BandLimit
from spoofjax.audio.augmentation.chain import Chain
from spoofjax.audio.augmentation.channel import ChannelVariation
from spoofjax.audio.augmentation.noise import NoiseAt
from spoofjax.audio.augmentation.one_of import OneOf
from spoofjax.audio.augmentation.packet_loss import PacketLoss
from spoofjax.audio.augmentation.rawboost import RawBoost
from spoofjax.audio.augmentation.recorded_noise import Noise
from spoofjax.audio.augmentation.resampling import Resampling
from spoofjax.audio.augmentation.room import RoomResponse
from spoofjax.audio.augmentation.telephone import G711
from spoofjax.audio.augmentation.transmission import Transmission

__all__ = [
    "G711",
    "BandLimit",
    "Chain",
    "ChannelVariation",
    "Noise",
    "NoiseAt",
    "OneOf",
    "PacketLoss",
    "RawBoost",
    "Resampling",
    "RoomResponse",
    "Transmission",
]
