"""An utterance as levels over time and frequency, from which a detector's features follow.

The levels are what an explanation speaks about: it attributes a score to them, and replaces some of
them to see what that changes. Everything in between is differentiable.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.config import FrontEnd
from spoofjax.features.framed import Framed
from spoofjax.features.in_graph import band_levels, features_of_levels, frames_of, spectrum

QUIETEST = 1e-6
"""The least magnitude whose logarithm is taken; full scale is 1."""
LEAST_BIN = 1e-12
"""The same for bins of a spectrum, power or magnitude."""


class Levels(NamedTuple):
    """A batch of utterances in cells."""

    values: jax.Array
    """float32 (batch, frames, bands)."""
    rest: Any
    """What else the features depend on and no cell stands for: an array (batch, ...), or None."""


class Cells(Protocol):
    """How utterances are divided into cells."""

    name: str
    """What a level is, in words."""
    hop: int
    """Samples from one frame to the next."""
    first: float
    """The middle of the first frame, in samples from the start."""

    def edges(self) -> np.ndarray:
        """Return float64 (bands + 1,): the frequencies in Hz between which the bands lie."""
        ...

    def frames(self, samples: int) -> int:
        """Return the number of frames of an utterance."""
        ...

    def levels(self, clips: jax.Array, lengths: jax.Array) -> Levels:
        """Return the cells of float32 (batch, samples), of which `lengths` (batch,) are valid."""
        ...

    def features(self, levels: Levels, lengths: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return what the network takes, features and lengths in frames, of these cells."""
        ...


def cells_of(front_end: FrontEnd) -> Cells:
    """Return the cells of a front end that hears audio."""
    if isinstance(front_end, Framed):
        # An energy follows from the spectrum, not from what the filters pass.
        return SpectrumCells(front_end) if front_end.has_energy else BandCells(front_end)
    return SampleCells(front_end.rate)


class BandCells:
    """The bands of a spectral front end: the outputs of its filters, or the bins of its spectrum.

    Cepstra are computed from these bands, so that they too are explained in Hz.
    """

    def __init__(self, front_end: Framed):
        self._front_end = front_end
        self._spectrum, self._levels = spectrum(front_end), band_levels(front_end)
        self._features = features_of_levels(front_end)
        self.name = "spectrum" if front_end.filter_bank() is None else "filter-bank energies"
        self.hop = front_end.hop
        self.first = front_end.frame_length / 2 - front_end.padding

    def edges(self) -> np.ndarray:
        """Return float64 (bands + 1,) in Hz, halfway between the centres of gravity of filters."""
        half, bank = self._front_end.rate / 2, self._front_end.filter_bank()
        frequencies = np.linspace(0, half, self._front_end.fft // 2 + 1)
        if bank is None:
            return _edges(frequencies, half)
        weights = np.abs(bank)
        sums = weights.sum(axis=1)
        is_empty = sums == 0  # a mel filter may be narrower than a bin
        centres = weights @ frequencies / np.where(is_empty, 1, sums)
        if is_empty.any() and not is_empty.all():
            bands = np.arange(len(centres))
            centres = np.interp(bands, bands[~is_empty], centres[~is_empty])
        return _edges(centres, half)

    def frames(self, samples: int) -> int:
        """Return the number of frames of an utterance."""
        return self._front_end.frames(samples)

    def levels(self, clips: jax.Array, lengths: jax.Array) -> Levels:
        """Return the cells of float32 (batch, samples), of which `lengths` (batch,) are valid."""
        return Levels(*self._levels(self._spectrum(clips, lengths)))

    def features(self, levels: Levels, lengths: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the features of these cells, and their valid frames."""
        features = self._features(levels.values, levels.rest, lengths)
        return features, frames_of(self._front_end, lengths)


class SpectrumCells(BandCells):
    """The bins of the spectrum of a front end whose energy is no function of its bands.

    A level is the natural logarithm of a bin.
    """

    def __init__(self, front_end: Framed):
        super().__init__(front_end)
        self.name = "spectrum"

    def edges(self) -> np.ndarray:
        """Return float64 (bands + 1,) in Hz."""
        half = self._front_end.rate / 2
        return _edges(np.linspace(0, half, self._front_end.fft // 2 + 1), half)

    def levels(self, clips: jax.Array, lengths: jax.Array) -> Levels:
        """Return the cells of float32 (batch, samples), of which `lengths` (batch,) are valid."""
        bins = self._spectrum(clips, lengths)
        return Levels(jnp.log(jnp.maximum(bins, LEAST_BIN)), None)

    def features(self, levels: Levels, lengths: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the features of these cells, and their valid frames."""
        return super().features(Levels(*self._levels(jnp.exp(levels.values))), lengths)


class SampleCells:
    """A short-time spectrum of the samples, for models that read samples.

    A level is the natural logarithm of a magnitude. Samples are made of levels by the inverse
    transform with the phase of the utterance. Sine windows of 512 samples, half of which overlap,
    make this exact.
    """

    WINDOW = 512

    def __init__(self, rate: int):
        self.name = "magnitudes of the short-time spectrum"
        self.hop = self.WINDOW // 2
        self.first = 0.0
        self._rate = rate
        self._window = np.sin(np.pi * (np.arange(self.WINDOW) + 0.5) / self.WINDOW).astype("f4")

    def edges(self) -> np.ndarray:
        """Return float64 (bands + 1,) in Hz."""
        half = self._rate / 2
        return _edges(np.linspace(0, half, self.WINDOW // 2 + 1), half)

    def frames(self, samples: int) -> int:
        """Return the number of frames of an utterance, whose first is centred on its start."""
        return 1 + -(-samples // self.hop)

    def levels(self, clips: jax.Array, lengths: jax.Array) -> Levels:
        """Return the cells of float32 (batch, samples), of which `lengths` (batch,) are valid.

        Beside the levels, `rest` holds complex64 (batch, frames, bands) of magnitude 1, and float32
        zeros (batch, samples), whose shape is that of the clips.
        """
        frames = self.frames(clips.shape[1])
        clips = jnp.where(jnp.arange(clips.shape[1]) < lengths[:, None], clips, 0)
        after = frames * self.hop - clips.shape[1]
        blocks = jnp.pad(clips, ((0, 0), (self.hop, after))).reshape(len(clips), -1, self.hop)
        overlapping = jnp.concatenate([blocks[:, :-1], blocks[:, 1:]], axis=-1)
        spectrum = jnp.fft.rfft(overlapping * self._window)
        magnitudes = jnp.maximum(jnp.abs(spectrum), QUIETEST)
        return Levels(jnp.log(magnitudes), (spectrum / magnitudes, jnp.zeros_like(clips)))

    def features(self, levels: Levels, lengths: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return samples (batch, samples, 1) of these cells, and their lengths."""
        phases, zeros = levels.rest
        overlapping = jnp.fft.irfft(jnp.exp(levels.values) * phases, self.WINDOW) * self._window
        blocks = overlapping[:, :-1, self.hop :] + overlapping[:, 1:, : self.hop]
        samples = blocks.reshape(len(blocks), -1)[:, : zeros.shape[1]]
        is_valid = jnp.arange(zeros.shape[1]) < lengths[:, None]
        return jnp.where(is_valid, samples, 0)[..., None], lengths


def _edges(centres: np.ndarray, highest: float) -> np.ndarray:
    """Return the frequencies halfway between centres, and beyond both ends as far as possible."""
    if len(centres) == 1:
        return np.array([0.0, highest])
    between = (centres[:-1] + centres[1:]) / 2
    first, last = 2 * centres[0] - between[0], 2 * centres[-1] - between[-1]
    return np.concatenate([[max(first, 0.0)], between, [min(last, highest)]])
