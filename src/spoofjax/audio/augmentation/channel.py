"""Another microphone, another room, another line: the variation that helped detectors most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import oaconvolve

from spoofjax.audio.seeds import stream, stream_values, uniforms
from spoofjax.config import Augmentation

BINS, HALF = 1024, 255
"""Filters are designed on a grid of BINS and have 2 HALF + 1 taps, symmetric about zero."""
NOISE_FLOOR_HZ = 100.0
"""Below this frequency coloured noise is white, so that infrasound does not take all its power."""
PARAMETERS, NOISE = 16, 17
"""Tags of the streams of a draw."""


@dataclass(frozen=True)
class ChannelVariation(Augmentation):
    """Random smooth equalisation, coloured noise and low-pass, each with its probability.

    All filters are symmetric FIRs, so nothing is delayed. Levels are not restored: samples may
    exceed 1.
    """

    equalise: float = 0.7
    """Probability of equalisation: a smooth curve through random gains."""
    knots: int = 8
    """Random gains, evenly spaced from 0 Hz to half the rate."""
    gain_db: float = 4.0
    """Standard deviation of the gains in dB."""
    noise: float = 0.7
    """Probability of added noise."""
    snr_db: tuple[float, float] = (15.0, 45.0)
    """Range of the signal-to-noise ratio in dB over the clip, uniform."""
    slope: tuple[float, float] = (-1.0, 0.2)
    """Range of s, uniform: the noise's amplitude spectrum falls or rises as f^s."""
    low_pass: float = 0.3
    """Probability of a low-pass filter, after the noise."""
    narrow: float = 0.4
    """Share of the low-passes whose cut-off lies in `narrow_hz`; the others' in `wide_hz`."""
    narrow_hz: tuple[float, float] = (3400.0, 4000.0)
    wide_hz: tuple[float, float] = (4500.0, 8000.0)

    def __call__(self, waveforms: np.ndarray, seeds: np.ndarray, rate: int) -> np.ndarray:
        """Return varied float32 (batch, samples) of float32 (batch, samples).

        `seeds` is uint64 (batch,), one per clip; a clip's result depends on nothing else.
        """
        waveforms = np.asarray(waveforms, np.float32)
        out = np.empty_like(waveforms)
        for row, (clip, seed) in enumerate(zip(waveforms, seeds, strict=True)):
            out[row] = self._varied(clip.astype(np.float64), seed, rate)
        return out

    def _varied(self, clip: np.ndarray, seed: np.uint64, rate: int) -> np.ndarray:
        draw = uniforms(stream(seed, PARAMETERS), 8 + 2 * self.knots)
        if draw[0] < self.equalise:
            u, v = draw[8::2], draw[9::2]
            knots = self.gain_db * np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)
            clip = _filtered(clip, _taps(10 ** (_smooth(knots) / 20)))
        if draw[1] < self.noise:
            noise = _normals(stream(seed, NOISE), len(clip))
            frequency = np.maximum(np.arange(BINS // 2 + 1) * rate / BINS, NOISE_FLOOR_HZ)
            noise = _filtered(noise, _taps((frequency / 1000) ** _between(self.slope, draw[4])))
            ratio = 10 ** (-_between(self.snr_db, draw[3]) / 20)
            clip = clip + noise * (ratio * np.linalg.norm(clip) / np.linalg.norm(noise))
        if draw[2] < self.low_pass:
            band = self.narrow_hz if draw[5] < self.narrow else self.wide_hz
            cutoff = _between(band, draw[6]) / rate
            if cutoff < 0.5:
                n = np.arange(-HALF, HALF + 1)
                clip = _filtered(clip, 2 * cutoff * np.sinc(2 * cutoff * n) * _window())
        return clip


def _between(limits: tuple[float, float], u: float) -> float:
    return limits[0] + (limits[1] - limits[0]) * u


def _smooth(knots: np.ndarray) -> np.ndarray:
    """Return (BINS / 2 + 1,): a curve through the knots with zero slope at each."""
    place = np.arange(BINS // 2 + 1) / (BINS // 2) * (len(knots) - 1)
    left = np.minimum(place.astype(int), len(knots) - 2)
    t = place - left
    weight = t * t * (3 - 2 * t)
    return knots[left] * (1 - weight) + knots[left + 1] * weight


def _window() -> np.ndarray:
    return 0.5 + 0.5 * np.cos(np.pi * np.arange(-HALF, HALF + 1) / (HALF + 1))


def _taps(gains: np.ndarray) -> np.ndarray:
    """Return the 2 HALF + 1 taps, windowed, of a filter with these gains at 0 .. rate / 2."""
    response = np.fft.irfft(gains, BINS)
    return np.concatenate([response[-HALF:], response[: HALF + 1]]) * _window()


def _filtered(clip: np.ndarray, taps: np.ndarray) -> np.ndarray:
    return oaconvolve(clip, taps, mode="full")[HALF : HALF + len(clip)]


def _normals(seed: np.ndarray, count: int) -> np.ndarray:
    """Return float64 (count,) Gaussian values: Box and Muller's pairs, sines after cosines."""
    half = -(-count // 32) * 16
    words = stream_values(seed, np.arange(half))
    radius = np.sqrt(-2 * np.log(((words >> np.uint64(40)).astype(np.float64) + 1) * 2.0**-24))
    angle = ((words >> np.uint64(16)) & np.uint64(0xFFFFFF)).astype(np.float64) * (np.pi * 2.0**-23)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
