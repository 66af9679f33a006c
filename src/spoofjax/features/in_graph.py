"""The front ends in jax, for features inside a compiled or exported graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.features.tables import LOG_SCALES

if TYPE_CHECKING:
    from spoofjax.features.framed import Framed

HIGHEST = jax.lax.Precision.HIGHEST
"""Features need float32 products; by default accelerators round the factors to bfloat16."""


def framed(front_end: Framed, dft: Literal["fft", "matrix"] = "fft") -> Callable:
    """Return float32 (batch, samples) -> float32 (batch, frames, coefficients) for a front end.

    The function takes int32 (batch,) valid samples as a second argument, with the meaning that they
    have for the kernel; without them every clip is valid to its end. The number of samples must be
    static, the batch may be symbolic. 'matrix' replaces the FFT by two products with matrices that
    contain the window. Frames are cut by slices and concatenation only, which every exporter
    supports. Raises ConfigError for another `dft`.
    """
    spectrum_of, levels_of = spectrum(front_end, dft), band_levels(front_end)
    features_of = features_of_levels(front_end)

    def transform(waveforms: jax.Array, lengths: jax.Array | None = None) -> jax.Array:
        if front_end.frames(waveforms.shape[1]) == 0:
            return jnp.zeros((waveforms.shape[0], 0, front_end.coefficients), jnp.float32)
        return features_of(*levels_of(spectrum_of(waveforms, lengths)), lengths)

    return transform


def spectrum(front_end: Framed, dft: Literal["fft", "matrix"] = "fft") -> Callable:
    """Return the first third of `framed`: (waveforms, lengths or None) -> spectrum.

    The spectrum is float32 (batch, frames, fft/2 + 1), power or magnitude as the front end says, of
    at least one frame. `dft` and errors are those of `framed`.
    """
    if dft not in ("fft", "matrix"):
        raise ConfigError(f"dft={dft!r}: choose from fft, matrix")
    window = front_end.weights()
    angle = (
        -2
        * np.pi
        / front_end.fft
        * np.outer(np.arange(front_end.frame_length), np.arange(front_end.fft // 2 + 1))
    )
    cosines = (window[:, None] * np.cos(angle)).astype(np.float32)
    sines = (window[:, None] * np.sin(angle)).astype(np.float32)

    def transform(waveforms: jax.Array, lengths: jax.Array | None) -> jax.Array:
        frames = _cut(front_end, waveforms, front_end.frames(waveforms.shape[1]), lengths)
        if dft == "matrix":
            re, im = _times(frames, cosines), _times(frames, sines)
        else:
            bins = jnp.fft.rfft(frames * window.astype(np.float32), front_end.fft)
            re, im = bins.real, bins.imag
        power = re * re + im * im
        return power if front_end.spectrum == "power" else jnp.sqrt(power)

    return transform


def band_levels(front_end: Framed) -> Callable:
    """Return the second third of `framed`: spectrum -> (levels, energy).

    `levels` is float32 (batch, frames, bands): the logarithm of what each filter passes, or of each
    bin for a front end without filters. `energy` is that of each frame, (batch, frames, 1), where
    the front end has it, else None.
    """
    bank = front_end.filter_bank()

    def log(x: jax.Array) -> jax.Array:
        scale = LOG_SCALES[front_end.log]
        return scale * jnp.log(jnp.maximum(x + front_end.eps, front_end.floor)) if scale else x

    def levels(spectrum: jax.Array) -> tuple[jax.Array, jax.Array | None]:
        bands = log(spectrum if bank is None else _times(spectrum, bank.T))
        if not front_end.has_energy:
            return bands, None
        return bands, log(jnp.sum(spectrum, axis=-1, keepdims=True) / front_end.fft)

    return levels


def features_of_levels(front_end: Framed) -> Callable:
    """Return the last third of `framed`: (levels, energy, lengths or None) -> features."""
    dct = front_end.cosine_transform()

    def transform(
        levels: jax.Array, energy: jax.Array | None, lengths: jax.Array | None
    ) -> jax.Array:
        ends = None if lengths is None else frames_of(front_end, lengths)[:, None, None]
        features = levels if dct is None else _times(levels, dct.T)
        if energy is not None:
            features = jnp.concatenate([energy, features[..., 1:]], axis=-1)
        parts = [features]
        for _ in range(front_end.deltas):
            parts.append(_slope(_last_repeated(parts[-1], ends), front_end.delta_width))
        features = _normalise(front_end, jnp.concatenate(parts, axis=-1), ends)
        return features if ends is None else jnp.where(_before(ends, levels.shape[1]), features, 0)

    return transform


def frames_of(front_end: Framed, lengths: jax.Array) -> jax.Array:
    """Return int32 (batch,): the frames that each number of valid samples, int32, gives."""
    least = 1 if front_end.center else front_end.frame_length
    hops = jax.lax.div(lengths - (0 if front_end.center else least), jnp.int32(front_end.hop))
    return jnp.where(lengths >= least, 1 + hops, 0)


def _before(ends: jax.Array, count: int) -> jax.Array:
    """Return bool (batch, frames, 1): whether a frame lies before its clip's end."""
    return jnp.arange(count)[None, :, None] < ends


def _last_repeated(features: jax.Array, ends: jax.Array | None) -> jax.Array:
    """Put the last valid frame in the place of those after it, as deltas see it."""
    if ends is None:
        return features
    frames = jnp.arange(features.shape[1])[None, :, None]
    last = jnp.sum(jnp.where(frames == ends - 1, features, 0), axis=1, keepdims=True)
    return jnp.where(frames < ends, features, last)


def _times(x: jax.Array, matrix: np.ndarray) -> jax.Array:
    return jnp.matmul(x, jnp.asarray(matrix, jnp.float32), precision=HIGHEST)


def _cut(front_end: Framed, x: jax.Array, count: int, lengths: jax.Array | None) -> jax.Array:
    """Cut (batch, samples) into `count` frames: (batch, frames, frame_length)."""
    length, hop, a = front_end.frame_length, front_end.hop, front_end.pre_emphasis
    if a and front_end.pre_emphasis_over == "waveform":
        x = jnp.concatenate([x[:, :1], x[:, 1:] - a * x[:, :-1]], axis=1)
    if lengths is not None:
        x = jnp.where(jnp.arange(x.shape[1]) < lengths[:, None], x, 0)
    pieces = -(-length // hop)  # a frame is this many pieces of hop samples
    needed = (count - 1 + pieces) * hop
    before = front_end.padding
    x = jnp.pad(x, ((0, 0), (before, max(0, needed - before - x.shape[1]))))[:, :needed]
    blocks = x.reshape(x.shape[0], count - 1 + pieces, hop)
    frames = jnp.concatenate([blocks[:, i : i + count] for i in range(pieces)], axis=-1)
    frames = frames[..., :length]
    if front_end.remove_dc:
        frames = frames - jnp.mean(frames, axis=-1, keepdims=True)
    if a and front_end.pre_emphasis_over == "frame":
        frames = frames - a * jnp.concatenate([frames[..., :1], frames[..., :-1]], axis=-1)
    return frames


def _slope(c: jax.Array, width: int) -> jax.Array:
    reach, count = max(width, 1), c.shape[1]
    padded = jnp.concatenate(
        [jnp.repeat(c[:, :1], reach, axis=1), c, jnp.repeat(c[:, -1:], reach, axis=1)], axis=1
    )

    def moved(by: int) -> jax.Array:
        return padded[:, reach + by : reach + by + count]

    if width == 0:
        return moved(1) - moved(-1)
    total = moved(1) - moved(-1)
    for n in range(2, width + 1):
        total = total + n * (moved(n) - moved(-n))
    return total / (2.0 * sum(n * n for n in range(1, width + 1)))


def _normalise(front_end: Framed, features: jax.Array, ends: jax.Array | None) -> jax.Array:
    if front_end.normalize == "none":
        return features
    features = features - _mean(features, ends)
    if front_end.normalize == "mean":
        return features
    variance = _mean(features * features, ends)
    return features * jax.lax.rsqrt(jnp.maximum(variance, 1e-10))


def _mean(x: jax.Array, ends: jax.Array | None) -> jax.Array:
    """Return (batch, 1, coefficients): the mean over the valid frames."""
    if ends is None:
        return jnp.mean(x, axis=1, keepdims=True)
    total = jnp.sum(jnp.where(_before(ends, x.shape[1]), x, 0), axis=1, keepdims=True)
    return total / jnp.maximum(ends, 1)
