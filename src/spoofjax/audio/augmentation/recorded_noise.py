"""Recorded noise, music and babble, in the layout of MUSAN."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch, check_probabilities, check_ranges
from spoofjax.audio.augmentation.recordings import Recordings, files_below
from spoofjax.audio.seeds import stream, uniforms
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError

PARAMETERS, FIRST_VOICE = 16, 32
"""Tags of the streams that a seed gives; voice n of a babble has FIRST_VOICE + n."""
FEWEST_VOICES, MOST_VOICES = 3, 7
"""Files of a babble, as in Kaldi's recipes with MUSAN."""
BABBLE = "speech"
"""The kind of which several recordings are added up."""


@dataclass(frozen=True)
class Noise(Augmentation):
    """Adds recordings of a folder, such as MUSAN (Snyder, Chen and Povey, 2015, openslr.org/17).

    A clip gets an excerpt of one file, from a random place; a shorter file is repeated. Of the kind
    'speech' it gets 3 to 7 files at equal levels. Files are .wav or .flac, at any depth; those of
    another rate are resampled as they are read.
    """

    folder: Path = Path("musan")
    """Folder with a folder for each of `kinds`."""
    snr_db: tuple[float, float] = (5.0, 20.0)
    """Range of the signal-to-noise ratio in dB over a clip, uniform; silence stays silent."""
    probability: float = 1.0
    """Share of the clips that get noise."""
    kinds: tuple[str, ...] = ("noise", "music", "speech")
    """Folders in `folder`, drawn equally often; () draws from all files below `folder`."""
    megabytes: int = 512
    """Most MiB of samples that are held in memory, for all kinds together."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", Path(self.folder).expanduser())
        check_ranges(self, "snr_db")
        check_probabilities(self, "probability")
        if self.megabytes < 0:
            raise ConfigError(f"Noise: megabytes={self.megabytes} must not be negative.")

    def check(self, rate: int) -> None:
        """Raise AudioError where a folder is missing or has no audio file."""
        self._collections(rate)

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip with the noise that its uint64 seed draws.

        Raises AudioError where a folder has no audio file or one of them is not readable.
        """
        waveforms, seeds = check_batch(waveforms, seeds)
        noisy = waveforms.copy()
        draws = uniforms(stream(seeds, PARAMETERS), 4)
        for clip, seed, draw in zip(noisy, seeds, draws, strict=True):
            if draw[0] < self.probability and len(clip):
                clip += self._noise(clip, seed, draw[1:], rate)
        return noisy

    def _noise(self, clip: np.ndarray, seed: np.uint64, draw: np.ndarray, rate: int) -> np.ndarray:
        """Return the noise of one clip (samples,) at its level; `draw` holds three uniforms."""
        kinds = self._collections(rate)
        number = int(draw[0] * len(kinds))
        is_babble = bool(self.kinds) and self.kinds[number] == BABBLE
        voices = 1
        if is_babble:
            voices = FEWEST_VOICES + int(draw[1] * (MOST_VOICES - FEWEST_VOICES + 1))
        noise = np.zeros(len(clip), np.float32)
        for voice in range(voices):
            noise += _voice(kinds[number], len(clip), stream(seed, FIRST_VOICE + voice))
        low, high = self.snr_db
        ratio = 10 ** (-(low + (high - low) * draw[2]) / 20)
        return noise * np.float32(_rms(clip) * ratio / max(_rms(noise), 1e-12))

    def _collections(self, rate: int) -> tuple[Recordings, ...]:
        return _collections(self.folder, self.kinds, self.megabytes, rate)


@lru_cache(maxsize=8)
def _collections(
    folder: Path, kinds: tuple[str, ...], megabytes: int, rate: int
) -> tuple[Recordings, ...]:
    folders = [folder / kind for kind in kinds] or [folder]
    most_bytes = (megabytes << 20) // len(folders)
    files = [files_below(folder, "recording of noise") for folder in folders]
    return tuple(Recordings(paths, rate, most_bytes) for paths in files)


def _voice(recordings: Recordings, count: int, seed: np.ndarray) -> np.ndarray:
    """Return float32 (count,): an excerpt of a file with an RMS of 1, repeated if it is shorter."""
    index = int(uniforms(seed, 1)[0] * len(recordings))
    excerpt = recordings.excerpt(index, count, int(seed))
    level = _rms(excerpt)
    return np.resize(excerpt / np.float32(level), count) if level else np.zeros(count, np.float32)


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
