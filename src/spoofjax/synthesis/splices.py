"""Partly spoofed speech, made in training from pieces of other utterances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.seeds import SPLICE, stream, uniforms
from spoofjax.errors import ConfigError
from spoofjax.splicing import Splicing


@dataclass(frozen=True)
class Splices(Splicing):
    """Replaces parts of a share of the clips by pieces of another utterance.

    Some clips get pieces of the other class, so that they are spoofed in parts; their label is
    spoof. The others get pieces of their own class, so that a join by itself says nothing about
    the class. A piece has the level of the clip that it is put into, and both of its ends are
    faded. All choices are functions of the seed of the draw.
    """

    probability: float = 0.5
    """That a clip gets pieces."""
    other_class: float = 0.5
    """Share of these clips whose pieces are of the other class."""
    seconds: tuple[float, float] = (0.3, 2.0)
    """Shortest and longest piece; none is longer than half of the clip."""
    pieces: int = 2
    """Largest number of pieces in a clip, all from one utterance."""
    crossfade_ms: float = 5.0
    """Length of the fade at each end of a piece."""

    def __post_init__(self) -> None:
        for name in ("probability", "other_class"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise ConfigError(f"Splices: {name}={value} must be between 0 and 1.")
        shortest, longest = self.seconds
        if not 0 < shortest <= longest:
            raise ConfigError(f"Splices: seconds={self.seconds} must be positive and rise.")
        if self.pieces < 1:
            raise ConfigError(f"Splices: pieces={self.pieces} must be at least 1.")
        if not 0 <= 2e-3 * self.crossfade_ms <= shortest:
            raise ConfigError(
                f"Splices: two fades of crossfade_ms={self.crossfade_ms} must fit into a piece of "
                f"{shortest} s."
            )

    @property
    def share(self) -> float:
        """The share of the draws that get pieces."""
        return self.probability

    @property
    def partly_spoofed_share(self) -> float:
        """The share of the bona fide draws that become partly spoofed."""
        return self.probability * self.other_class

    def are_spliced(self, seeds: np.ndarray) -> np.ndarray:
        """Return bool (batch,): which draws get pieces."""
        return uniforms(stream(seeds, SPLICE), 2)[:, 0] < self.probability

    def take_other_class(self, seeds: np.ndarray) -> np.ndarray:
        """Return bool (batch,): which draws get pieces of the other class, if they get any."""
        return uniforms(stream(seeds, SPLICE), 2)[:, 1] < self.other_class

    def put(
        self,
        clip: np.ndarray,
        labels: np.ndarray,
        donor: np.ndarray,
        donor_labels: np.ndarray,
        seed: int,
        rate: int,
    ) -> None:
        """Replace parts of a clip by pieces of a donor, and the labels of their samples.

        See Splicing.put. Nothing is changed where either is silent, or too short for two fades. A
        sample in a fade is spoof if one of the two utterances is.
        """
        own, other = _rms(clip), _rms(donor)
        if own == 0 or other == 0:
            return
        generator = np.random.default_rng(int(stream(seed, SPLICE)))
        fade = round(self.crossfade_ms * 1e-3 * rate)
        for _ in range(int(generator.integers(1, self.pieces + 1))):
            wanted = int(generator.uniform(*self.seconds) * rate)
            samples = min(wanted, len(donor), len(clip) // 2)
            begin = int(generator.integers(len(donor) - samples + 1))
            start = int(generator.integers(len(clip) - samples + 1))
            if samples <= 2 * fade:
                continue
            place, taken = slice(start, start + samples), slice(begin, begin + samples)
            angle = _fades(samples, fade) * np.float32(np.pi / 2)
            piece = donor[taken] * np.float32(own / other)
            clip[place] = clip[place] * np.cos(angle) + piece * np.sin(angle)
            inside = slice(fade, samples - fade)
            labels[place] = np.minimum(labels[place], donor_labels[taken])
            labels[place][inside] = donor_labels[taken][inside]


def _fades(samples: int, fade: int) -> np.ndarray:
    """Return float32 (samples,): the share of a piece, rising from 0 to 1 and falling at its end.

    Squares of its sine and cosine add up to 1, so that the power stays in the fades.
    """
    from_end = np.minimum(np.arange(samples), np.arange(samples)[::-1])
    return np.minimum((from_end + 0.5) / max(fade, 0.5), 1).astype(np.float32)


def _rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
