"""Attacks through neural codecs and vocoders, from published weights."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spoofjax.config import Attack
from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import RATE, WaveformAttack

if TYPE_CHECKING:
    from spoofjax.vocoders.codec import Codec
    from spoofjax.vocoders.vocoder import Vocoder


SUFFIXES = frozenset({".safetensors", ".bin", ".pt", ".pth"})
"""Of files of weights."""


@dataclass(frozen=True)
class NeuralCodec(WaveformAttack):
    """Codes of a neural codec and speech again, as systems that predict codes leave it behind.

    EnCodec, DAC or Mimi; see docs/codecs.md.
    """

    weights: str
    """Folder with config.json and weights, or a name of the registry."""
    quantizers: int | None = None
    """Codes of each frame; fewer are more audible. None takes all that the codec has."""

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return float32 (samples,): the copy at any level."""
        codec = _codec(self.weights)
        own = _resampled(samples, RATE, codec.rate)
        copy = codec.round_trip(own[None], self.quantizers)[0]
        return _fitted(_resampled(copy, codec.rate, RATE), len(samples))


@dataclass(frozen=True)
class NeuralVocoder(WaveformAttack):
    """Copy synthesis: the log-mel spectrum of speech, and what a vocoder makes of it.

    HiFi-GAN or UnivNet; see docs/codecs.md. Text-to-speech systems that end in a vocoder share
    what it leaves behind.
    """

    weights: str
    """Folder with config.json and weights, or a name of the registry."""

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return float32 (samples,): the copy at any level."""
        vocoder = _vocoder(self.weights)
        own = _resampled(samples, RATE, vocoder.rate)
        seed = int(generator.integers(2**31))
        copy = vocoder.copy(own[None], seed)[0]
        return _fitted(_resampled(copy, vocoder.rate, RATE), len(samples))


def weight_files(attack: Attack) -> list[Path]:
    """Return the files that decide what a neural attack does; none for an attack without weights.

    Raises RegistryError where the weights are missing.
    """
    if not isinstance(attack, NeuralCodec | NeuralVocoder):
        return []
    from spoofjax.registry.resolving import resolve
    from spoofjax.vocoders.opening import CONFIGURATION

    path = resolve(attack.weights)
    folder = path if path.is_dir() else path.parent
    others = folder.iterdir() if path.is_dir() else [path]
    weights = [each for each in others if each.suffix in SUFFIXES]
    return sorted([folder / CONFIGURATION, *weights])


def neural_attack(word: str) -> tuple[str, Attack] | None:
    """Return tag and attack of a word such as 'weights/encodec_24khz:8', or None for other words.

    The word is a folder with a config.json or a name of the registry; a number of quantisers may
    follow. The tag is the name of the folder, with the number. Raises ConfigError where
    config.json describes something else, or the number is out of range.
    """
    from spoofjax.registry.resolving import path_here

    name, _, count = word.partition(":")
    folder = path_here(name)
    if folder is None or not folder.is_dir():
        return None
    from spoofjax.vocoders import codec, vocoder
    from spoofjax.vocoders.architecture import CodecArchitecture
    from spoofjax.vocoders.opening import read_architecture

    architecture = read_architecture(folder, (*codec.KINDS, *vocoder.KINDS))
    tag = Path(name).resolve().name
    if not count:
        kind = NeuralCodec if isinstance(architecture, CodecArchitecture) else NeuralVocoder
        return tag, kind(name)
    if not isinstance(architecture, CodecArchitecture) or not count.isdecimal():
        raise ConfigError(f"{word}: only a codec takes a number of quantisers, as in {name}:4.")
    codec.check_quantizers(architecture, int(count))
    return f"{tag}_{count}", NeuralCodec(name, int(count))


@functools.cache
def _codec(weights: str) -> Codec:
    from spoofjax.vocoders.codec import open_codec

    return open_codec(weights)


@functools.cache
def _vocoder(weights: str) -> Vocoder:
    from spoofjax.vocoders.vocoder import open_vocoder

    return open_vocoder(weights)


def _resampled(samples: np.ndarray, source: int, target: int) -> np.ndarray:
    if source == target:
        return samples
    import soxr

    return soxr.resample(samples, source, target)


def _fitted(samples: np.ndarray, length: int) -> np.ndarray:
    """Return float32 (length,): resampling there and back may change the length by a sample."""
    return np.pad(samples[:length], (0, max(0, length - len(samples))))
