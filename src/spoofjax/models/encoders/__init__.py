"""Self-supervised encoders: waveforms to frames. Importing this does not import jax.

An encoder is built with `encoder.build(rngs)`, and the network is called as

    network(waveforms, lengths, train=False, key=None) -> Encoded

where waveforms is float32 (batch, samples) at 16 kHz, and lengths is int32 (batch,), the number of
valid samples, or None where all samples are valid.
"""

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.encoders.encoder import Encoder
from spoofjax.models.encoders.hubert import HuBERT
from spoofjax.models.encoders.wav2vec2 import Wav2Vec2
from spoofjax.models.encoders.wavlm import WavLM

__all__ = ["Encoded", "Encoder", "HuBERT", "Wav2Vec2", "WavLM"]
