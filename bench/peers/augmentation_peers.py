"""The augmentations written plainly in numpy and scipy, double precision, clip by clip.

They draw the same numbers from a seed as the kernels in csrc/audio. So tests can compare every
sample, and the benchmark compares times for the same work.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from spoofjax.audio.augmentation import ChannelVariation, RawBoost
from spoofjax.audio.seeds import normals, stream, stream_values, uniforms

PARAMETERS, NOISE, POSITIONS, AMPLITUDES = 16, 17, 18, 19
"""Tags of the streams of a draw."""
BINS, HALF = 1024, 255
"""ChannelVariation designs filters on a grid of BINS; they have 2 HALF + 1 taps."""
NOISE_FLOOR_HZ = 100.0
"""Coloured noise is white below this frequency."""


def filtered(clip: np.ndarray, taps: np.ndarray) -> np.ndarray:
    """Return the clip filtered by a symmetric FIR filter, without its delay."""
    half = len(taps) // 2
    return np.asarray(signal.oaconvolve(clip, taps))[half : half + len(clip)]


def limited(clip: np.ndarray) -> np.ndarray:
    """Return the clip, scaled down to a peak of 1 where its peak is higher."""
    return clip / max(1.0, np.abs(clip).max())


def between(limits: tuple[float, float], u: float) -> float:
    """Return the value between both limits at the fraction `u` (0 .. 1)."""
    return limits[0] + (limits[1] - limits[0]) * u


def at_snr(clip: np.ndarray, noise: np.ndarray, snr: float) -> np.ndarray:
    """Return the clip with the noise added at `snr` dB."""
    return clip + noise * (
        10 ** (-snr / 20) * np.linalg.norm(clip) / max(np.linalg.norm(noise), 1e-300)
    )


# ---------------------------------------------------------------- RawBoost


class RawBoostByScipy:
    """RawBoost of one clip as published: firwin, freqz, lfilter and random subsets.

    With `by_fft`, overlap-add in the frequency domain replaces lfilter.
    """

    def __init__(
        self, options: RawBoost, seed: int | np.uint64, rate: int, *, by_fft: bool = False
    ):
        self.options, self.rate, self.by_fft = options, rate, by_fft
        self.seed = np.uint64(seed)
        per_filter = 3 * options.bands + 1
        draws = uniforms(stream(self.seed, PARAMETERS), (options.orders + 1) * per_filter + 2)
        self.filters = draws[:-2].reshape(-1, per_filter)
        self.share, self.snr = draws[-2:]

    def notches(self, index: int) -> np.ndarray:
        """Return the taps of a filter: one for each power in order, then the stationary noise's."""
        o, taps = self.options, np.ones(1)
        for u in self.filters[index, :-1].reshape(-1, 3):
            centre = between((o.centre_hz[0], min(o.centre_hz[1], self.rate / 2)), u[0])
            width = between(o.width_hz, u[1])
            count = int(between(o.taps, u[2])) // 2 * 2 + 1
            edges = np.clip([centre - width / 2, centre + width / 2], 1e-3, self.rate / 2 - 1e-3)
            notch = np.asarray(signal.firwin(count, edges, window="hamming", fs=self.rate))
            taps = np.convolve(notch, taps)
        gain = o.gain_db if index in (0, o.orders) else o.higher_gain_db
        peak = np.abs(signal.freqz(taps, 1, fs=self.rate)[1]).max()
        return 10 ** (between(gain, self.filters[index, -1]) / 20) * taps / peak

    def through(self, clip: np.ndarray, taps: np.ndarray) -> np.ndarray:
        """Filter as published, but without its advance of one sample."""
        if self.by_fft:
            return filtered(clip, taps)
        half = len(taps) // 2
        return np.asarray(signal.lfilter(taps, 1, np.pad(clip, (0, half))))[half:]

    def convolutive(self, clip: np.ndarray) -> np.ndarray:
        """Linear and non-linear convolutive noise."""
        y = np.zeros_like(clip)
        for i in range(self.options.orders):
            y += self.through(clip ** (i + 1), self.notches(i))
        return limited(y - y.mean())

    def impulsive(self, clip: np.ndarray) -> np.ndarray:
        """Impulsive signal-dependent noise on an exact number of random samples."""
        n = len(clip)
        count = int(n * (self.options.impulse_percent / 100 * self.share))
        drawn = min(count, n - count) if count > n // 2 else count
        words = stream_values(stream(self.seed, POSITIONS), np.arange(4 * drawn + 64))
        positions = ((words >> np.uint64(32)) * np.uint64(n)) >> np.uint64(32)
        distinct, first = np.unique(positions, return_index=True)
        chosen = distinct[np.argsort(first)][:drawn].astype(np.int64)
        if count > n // 2:
            chosen = np.setdiff1d(np.arange(n), chosen)
        words = stream_values(stream(self.seed, AMPLITUDES), chosen)
        u = (words >> np.uint64(40)).astype(np.float64) * 2.0**-23 - 1
        v = ((words >> np.uint64(16)) & np.uint64(0xFFFFFF)).astype(np.float64) * 2.0**-23 - 1
        clip = clip.copy()
        clip[chosen] += self.options.impulse_gain * clip[chosen] * u * v
        return limited(clip)

    def stationary(self, clip: np.ndarray) -> np.ndarray:
        """Stationary noise through notches, at a signal-to-noise ratio."""
        noise = normals(stream(self.seed, NOISE), len(clip))
        noise = self.through(noise, self.notches(self.options.orders))
        return at_snr(clip, noise, between(self.options.snr_db, self.snr))

    def __call__(self, clip: np.ndarray) -> np.ndarray:
        """Return the changed clip, float64 (samples,)."""
        clip = clip.astype(np.float64)
        algorithm = self.options.algorithm
        if algorithm == 8:
            return limited(self.convolutive(clip) + self.impulsive(clip))
        stages = {1: "c", 2: "i", 3: "s", 4: "cis", 5: "ci", 6: "cs", 7: "is"}[algorithm]
        for stage in stages:
            clip = {"c": self.convolutive, "i": self.impulsive, "s": self.stationary}[stage](clip)
        return clip


def rawboost(
    options: RawBoost, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, by_fft: bool = False
) -> np.ndarray:
    """Return float64 (batch, samples), the expected result of `options(waveforms, seeds, rate)`."""
    return np.stack(
        [
            RawBoostByScipy(options, seed, rate, by_fft=by_fft)(clip)
            for clip, seed in zip(waveforms, seeds, strict=True)
        ]
    )


# ------------------------------------------------------- ChannelVariation


def smooth(knots: np.ndarray) -> np.ndarray:
    """Return (BINS / 2 + 1,): a curve through the knots with zero slope at each."""
    position = np.arange(BINS // 2 + 1) / (BINS // 2) * (len(knots) - 1)
    left = np.minimum(position.astype(int), len(knots) - 2)
    t = position - left
    weight = t * t * (3 - 2 * t)
    return knots[left] * (1 - weight) + knots[left + 1] * weight


def hann() -> np.ndarray:
    """Return the window of the filters' taps."""
    return 0.5 + 0.5 * np.cos(np.pi * np.arange(-HALF, HALF + 1) / (HALF + 1))


def taps_of(gains: np.ndarray) -> np.ndarray:
    """Return the windowed taps of a filter with these gains at 0 .. rate / 2."""
    response = np.fft.irfft(gains, BINS)
    return np.concatenate([response[-HALF:], response[: HALF + 1]]) * hann()


def varied(options: ChannelVariation, clip: np.ndarray, seed: np.uint64, rate: int) -> np.ndarray:
    """Return the variation of one clip, float64 (samples,)."""
    o, clip = options, clip.astype(np.float64)
    draw = uniforms(stream(seed, PARAMETERS), 8 + 2 * o.knots)
    if draw[0] < o.equalise:
        u, v = draw[8::2], draw[9::2]
        knots = o.gain_db * np.sqrt(-2 * np.log1p(-u)) * np.cos(2 * np.pi * v)
        clip = filtered(clip, taps_of(10 ** (smooth(knots) / 20)))
    if draw[1] < o.noise:
        noise = normals(stream(seed, NOISE), len(clip))
        frequency = np.maximum(np.arange(BINS // 2 + 1) * rate / BINS, NOISE_FLOOR_HZ)
        noise = filtered(noise, taps_of((frequency / 1000) ** between(o.slope, draw[4])))
        clip = at_snr(clip, noise, between(o.snr_db, draw[3]))
    if draw[2] < o.low_pass:
        cutoff = between(o.narrow_hz if draw[5] < o.narrow else o.wide_hz, draw[6]) / rate
        if cutoff < 0.5:
            n = np.arange(-HALF, HALF + 1)
            clip = filtered(clip, 2 * cutoff * np.sinc(2 * cutoff * n) * hann())
    return clip


def channel(
    options: ChannelVariation, waveforms: np.ndarray, seeds: np.ndarray, rate: int
) -> np.ndarray:
    """Return float64 (batch, samples), the expected result of `options(waveforms, seeds, rate)`."""
    return np.stack(
        [varied(options, clip, seed, rate) for clip, seed in zip(waveforms, seeds, strict=True)]
    )
