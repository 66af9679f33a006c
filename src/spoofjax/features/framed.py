"""What all spectral front ends share: their options, checks and the call of the C kernel.

For every front end:

* Input is int16 (read as x / 32768) or float32 in [-1, 1); other dtypes are refused.
* `lengths` is the number of valid samples of each clip. The padding after them is never read: a
  padded clip gives exactly the frames of the unpadded one, and then rows of 0. Centring, deltas and
  normalisation use only the clip's own samples and frames.
* Too few samples give no frames, not an error. Digital silence gives finite features.
* A NaN or an infinity is never hidden. It makes features non-finite in the frames that hold the
  sample (or, with pre-emphasis along the waveform, the next one), in their neighbours as far as the
  deltas reach and, with normalisation, in the whole clip. No other frame changes.
* Arithmetic is float32 throughout, as in other libraries. Compared with float64, cepstra of speech
  differ by less than 5e-4 and log energies by less than 1e-3, except in bands above `eps` that lie
  some 100 dB below the loudest part of their frame.
* Denormal numbers count as 0. Results are bit-identical for any number of threads and any split
  of a batch; between processors with and without AVX they agree to about 1e-4.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spoofjax.config import FrontEnd
from spoofjax.errors import AudioError, ConfigError, nearest
from spoofjax.features import tables
from spoofjax.features.windows import WINDOWS, Window, window
from spoofjax.processor import available_cores, simd_level

if TYPE_CHECKING:
    import jax

FFT_SIZES = (256, 512, 1024, 2048)
EPSILON = 1.1920929e-07
"""The smallest float32 that changes 1 when added to it."""


def check(is_valid: bool, text: str) -> None:
    """Raise ConfigError with this text unless the option is valid."""
    if not is_valid:
        raise ConfigError(text)


def one_of(field: str, value: Any, choices: Any) -> None:
    """Raise ConfigError unless `value` is one of the choices."""
    check(
        value in choices,
        f"{field}={value!r}: choose from {', '.join(map(str, choices))}."
        + nearest(str(value), map(str, choices)),
    )


@dataclass(frozen=True, kw_only=True)
class Framed(FrontEnd):
    """Options of a spectral front end; use one of the classes in features.front_end."""

    rate: int = 16_000
    """Samples per second."""
    frame_length: int = 320
    """Samples per frame."""
    hop: int = 160
    """Samples from the start of one frame to the start of the next."""
    fft: int = 512
    """Points of the transform: 256, 512, 1024 or 2048, at least `frame_length`."""
    window: Window = "hamming"
    periodic: bool = True
    """Period `frame_length` (scipy's fftbins=True); otherwise symmetric."""
    center: bool = False
    """Centre frames on multiples of `hop`, zeros beyond both ends: 1 + samples // hop frames."""
    pre_emphasis: float = 0.0
    """a in y[n] = x[n] - a x[n-1]."""
    pre_emphasis_over: Literal["waveform", "frame"] = "waveform"
    """Along the waveform, first sample kept; or inside each frame, first sample times 1 - a."""
    remove_dc: bool = False
    """Subtract each frame's mean before anything else."""
    gain: float = 1.0
    """Factor on the samples (Kaldi works on the integers, hence 32768 there)."""
    spectrum: Literal["power", "magnitude"] = "power"
    log: tables.Log = "natural"
    """Logarithm of max(x + eps, floor); 'db' is 10 log10."""
    eps: float = EPSILON
    floor: float = 0.0
    deltas: int = 0
    """0: none; 1: append slopes; 2: append slopes and the slopes of these."""
    delta_width: int = 0
    """0: d[t] = c[t+1] - c[t-1]; n: regression over t-n .. t+n; the ends are repeated."""
    normalize: Literal["none", "mean", "mean_variance"] = "none"
    """Normalisation of each coefficient over an utterance's own frames."""

    def __post_init__(self) -> None:
        check(self.rate > 0, f"rate={self.rate}: samples per second must be positive")
        one_of("fft", self.fft, FFT_SIZES)
        check(
            1 <= self.frame_length <= self.fft,
            f"frame_length={self.frame_length} must be 1..fft ({self.fft})",
        )
        check(1 <= self.hop <= self.fft, f"hop={self.hop} must be 1..fft ({self.fft})")
        one_of("window", self.window, WINDOWS)
        one_of("pre_emphasis_over", self.pre_emphasis_over, ("waveform", "frame"))
        one_of("spectrum", self.spectrum, ("power", "magnitude"))
        one_of("log", self.log, tuple(tables.LOG_SCALES))
        one_of("normalize", self.normalize, ("none", "mean", "mean_variance"))
        one_of("deltas", self.deltas, (0, 1, 2))
        check(0 <= self.delta_width <= 50, f"delta_width={self.delta_width} must be 0..50")
        check(abs(self.pre_emphasis) <= 1, f"pre_emphasis={self.pre_emphasis} must be -1..1")
        check(np.isfinite(self.gain) and self.gain > 0, f"gain={self.gain} must be positive")
        check(
            0 <= self.eps <= 1e30 and 0 <= self.floor <= 1e30,
            f"eps={self.eps} and floor={self.floor} must be 0 or positive",
        )
        check(
            self.log == "none" or max(self.eps, self.floor) >= 1e-30,
            "the log of silence needs eps or floor of at least 1e-30",
        )

    # What subclasses override.

    def filter_bank(self) -> np.ndarray | None:
        """Return float64 (filters, fft/2 + 1), or None where the spectrum itself is the feature."""
        return None

    def cosine_transform(self) -> np.ndarray | None:
        """Return float64 (cepstra, filters), or None."""
        return None

    @property
    def has_energy(self) -> bool:
        """Whether coefficient 0 is the log of the spectrum's sum / fft."""
        return False

    @property
    def statics(self) -> int:
        """Features per frame before deltas."""
        return self.fft // 2 + 1

    # What follows from these.

    @property
    def coefficients(self) -> int:
        """Number of features per frame, deltas included."""
        return self.statics * (1 + self.deltas)

    @property
    def padding(self) -> int:
        """Zeros before the first sample where frames are centred."""
        return self.fft // 2 - (self.fft - self.frame_length) // 2 if self.center else 0

    def frames(self, samples: int) -> int:
        """Number of frames that `samples` samples give; 0 where they are too few."""
        if samples <= 0 or (not self.center and samples < self.frame_length):
            return 0
        return 1 + (samples if self.center else samples - self.frame_length) // self.hop

    def weights(self) -> np.ndarray:
        """Return the window's weights, gain included, float64 (frame_length,)."""
        return self.gain * window(self.window, self.frame_length, self.periodic)

    def __call__(
        self,
        waveforms: np.ndarray,
        lengths: np.ndarray | None = None,
        *,
        out: np.ndarray | None = None,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return the features of clips: float32 (batch, frames, coefficients).

        `waveforms`: int16 or float32, (batch, samples), or (samples,) for one clip, which gives
        (frames, coefficients); any strides. `lengths`: integers (batch,), the valid samples of each
        clip; the rest is padding. `out`: float32 of the result's shape, last axis contiguous, which
        is filled and returned; it may have more frames, which become rows of 0, but not fewer than
        the longest clip gives. `threads`: None for one per core; 1 runs on the caller's thread.
        Raises AudioError when the arrays do not fit.
        """
        batch, lengths, single = as_batch(waveforms, lengths)
        if out is None:
            shape = len(batch), self.frames(batch.shape[1]), self.coefficients
            result = np.empty(shape, np.float32)
        else:
            result = out[None] if single and out.ndim == 2 else out
            check_room(result, self.frames(longest(batch, lengths)))
        _plan(self, simd_level()).run(batch, lengths, result, threads or available_cores())
        return result[0] if single and (out is None or out.ndim == 2) else result

    def in_graph(self, dft: Literal["fft", "matrix"] = "fft") -> Callable[..., jax.Array]:
        """Return the same transform as a jax function: float32 (batch, samples) to features.

        It takes int32 (batch,) valid samples as a second argument, or none.

        dft='matrix' computes the spectrum by matrix products, for exporters without an FFT and for
        devices on which products are faster. Agrees with the kernel to about 1e-3.
        """
        from spoofjax.features.in_graph import framed

        return framed(self, dft)


def as_batch(waveforms: np.ndarray, lengths: Any) -> tuple[np.ndarray, np.ndarray | None, bool]:
    """Return checked waveforms (batch, samples), int64 lengths or None, and whether it is one clip.

    Raises AudioError for arrays of another kind.
    """
    waveforms = np.asarray(waveforms)
    if waveforms.dtype not in (np.int16, np.float32):
        raise AudioError(
            f"waveforms are {waveforms.dtype}: give int16, or float32 in [-1, 1) "
            "(x.astype(numpy.float32); integers of another width divided by their full scale)"
        )
    if waveforms.ndim not in (1, 2):
        raise AudioError(
            f"waveforms have the shape {waveforms.shape}: give (batch, samples) or (samples,)"
        )
    single = waveforms.ndim == 1
    batch = waveforms[None] if single else waveforms
    if lengths is not None:
        lengths = np.atleast_1d(np.asarray(lengths))
        if lengths.shape != (len(batch),) or (lengths.dtype.kind not in "iu" and lengths.size):
            raise AudioError(
                f"lengths: {lengths.dtype} {lengths.shape}; give integers ({len(batch)},), "
                "the samples of each clip"
            )
        lengths = lengths.astype(np.int64)
        invalid = np.flatnonzero((lengths < 0) | (lengths > batch.shape[1]))
        if len(invalid):
            raise AudioError(
                f"lengths[{invalid[0]}] = {lengths[invalid[0]]} is not in 0..{batch.shape[1]}, "
                "the samples of a clip"
            )
    return batch, lengths, single


def longest(batch: np.ndarray, lengths: np.ndarray | None) -> int:
    """Return the samples of the longest clip of (batch, samples), padding aside."""
    return batch.shape[1] if lengths is None else int(lengths.max(initial=0))


def check_room(out: np.ndarray, frames: int) -> None:
    """Raise AudioError where `out` (batch, rows, ...) has fewer rows than frames.

    Deltas and means over the first rows alone would differ from those of the whole clip.
    """
    if out.ndim == 3 and out.shape[1] < frames:
        raise AudioError(
            f"out has {out.shape[1]} rows for each clip, but the longest clip gives {frames} "
            "frames: give at least as many rows, or shorter clips"
        )


@functools.lru_cache(maxsize=64)
def _plan(front_end: Framed, level: str):
    """Return the kernel's tables for a front end; made once for each."""
    from spoofjax.features._framed import Plan

    def narrow(table: np.ndarray | None) -> np.ndarray | None:
        return None if table is None else np.ascontiguousarray(table, np.float32)

    return Plan(
        level,
        frame_length=front_end.frame_length,
        hop=front_end.hop,
        fft=front_end.fft,
        center=front_end.center,
        window=narrow(front_end.weights()),
        pre_emphasis=front_end.pre_emphasis,
        pre_emphasis_frames=front_end.pre_emphasis_over == "frame",
        remove_dc=front_end.remove_dc,
        magnitude=front_end.spectrum == "magnitude",
        filter_bank=narrow(front_end.filter_bank()),
        log_scale=tables.LOG_SCALES[front_end.log],
        eps=front_end.eps,
        floor=front_end.floor,
        dct=narrow(front_end.cosine_transform()),
        energy=front_end.has_energy,
        deltas=front_end.deltas,
        delta_width=front_end.delta_width,
        normalize=("none", "mean", "mean_variance").index(front_end.normalize),
    )
