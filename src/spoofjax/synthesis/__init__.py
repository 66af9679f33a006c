"""Attacks that make spoofed copies of bona fide speech, and splices of both classes.

They are pure functions of samples and a seed.
"""

from spoofjax.synthesis.copy_synthesis import CopySynthesis
from spoofjax.synthesis.griffin_lim import GriffinLim
from spoofjax.synthesis.harmonic_plus_noise import HarmonicPlusNoise
from spoofjax.synthesis.linear_prediction import LinearPrediction
from spoofjax.synthesis.matched import Matched
from spoofjax.synthesis.mel_cepstral import MelCepstral
from spoofjax.synthesis.neural import NeuralCodec, NeuralVocoder
from spoofjax.synthesis.phase_randomisation import PhaseRandomisation
from spoofjax.synthesis.round_trip import CodecRoundTrip
from spoofjax.synthesis.sinusoidal import Sinusoidal
from spoofjax.synthesis.spectral_warp import SpectralWarp
from spoofjax.synthesis.splices import Splices
from spoofjax.synthesis.world import World

__all__ = [
    "CodecRoundTrip",
    "CopySynthesis",
    "GriffinLim",
    "HarmonicPlusNoise",
    "LinearPrediction",
    "Matched",
    "MelCepstral",
    "NeuralCodec",
    "NeuralVocoder",
    "PhaseRandomisation",
    "Sinusoidal",
    "SpectralWarp",
    "Splices",
    "World",
]
