"""Front ends: waveforms to frames of features, by the C kernel on the host.

    features = LFCC()(waveforms)                 # (batch, samples) -> (batch, frames, 60) float32
    features = LogLinear(filters=80)(one_clip)   # (samples,) -> (frames, 80)

features.framed describes what they have in common: lengths, short clips, NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from spoofjax.config import FrontEnd
from spoofjax.errors import AudioError
from spoofjax.features import tables
from spoofjax.features.framed import (
    EPSILON,
    Framed,
    as_batch,
    check,
    check_room,
    longest,
    one_of,
)
from spoofjax.features.windows import Window

if TYPE_CHECKING:
    import jax


@dataclass(frozen=True, kw_only=True)
class LogSpectrogram(Framed):
    """Log of the spectrum's fft/2 + 1 bins."""


@dataclass(frozen=True, kw_only=True)
class Banked(Framed):
    """Base of front ends with a filter bank; use one of the classes below."""

    filters: int = 80
    """Number of filters."""
    low: float = 0.0
    """Lower edge of the first filter in Hz."""
    high: float | None = None
    """Upper edge of the last filter in Hz; None: half the rate."""
    matrix: tuple[tuple[float, ...], ...] | None = None
    """A custom filter bank, (filters, fft/2 + 1), instead of the triangles."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check(1 <= self.filters <= 4096, f"filters={self.filters} must be 1..4096")
        check(
            0 <= self.low < self.high_edge <= self.rate / 2,
            f"low={self.low} and high={self.high_edge} Hz must rise within 0..{self.rate / 2:g}",
        )
        if self.matrix is not None:
            rows = tuple(tuple(float(weight) for weight in row) for row in self.matrix)
            object.__setattr__(self, "matrix", rows)  # lists and arrays are accepted too
            bins = self.fft // 2 + 1
            check(
                len(rows) == self.filters,
                f"matrix has {len(rows)} rows for filters={self.filters}",
            )
            check(
                all(len(row) == bins for row in rows),
                f"each row of matrix needs fft/2 + 1 = {bins} weights",
            )
            check(bool(np.isfinite(np.array(rows)).all()), "matrix must be finite")

    @property
    def high_edge(self) -> float:
        """Upper edge of the last filter in Hz."""
        return self.rate / 2 if self.high is None else self.high

    @property
    def statics(self) -> int:
        """Features per frame before deltas."""
        return self.filters

    def filter_bank(self) -> np.ndarray | None:
        """Return float64 (filters, fft/2 + 1): linear triangles, or `matrix`."""
        if self.matrix is not None:
            return np.array(self.matrix, np.float64)
        return tables.linear_filters(self.filters, self.low, self.high_edge, self.fft, self.rate)


@dataclass(frozen=True, kw_only=True)
class LogLinear(Banked):
    """Log energies of triangular filters evenly spaced in Hz."""


@dataclass(frozen=True, kw_only=True)
class LogMel(Banked):
    """Log energies of triangular filters evenly spaced in mel."""

    window: Window = "hann"
    eps: float = 2e-6
    """About the energy of 16-bit rounding noise in a wide filter; nothing below it is audible."""
    mel: tables.Mel = "htk"
    """Which mel scale and which triangles; see features.tables.mel_filters."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("mel", self.mel, tables.MELS)

    def filter_bank(self) -> np.ndarray | None:
        """Return float64 (filters, fft/2 + 1): mel triangles, or `matrix`."""
        if self.matrix is not None:
            return super().filter_bank()
        return tables.mel_filters(
            self.filters, self.low, self.high_edge, self.fft, self.rate, self.mel
        )

    @classmethod
    def kaldi(cls, filters: int = 80, **changes: Any) -> LogMel:
        """Kaldi's fbank without dither: 25 ms / 10 ms, mean removed, pre-emphasis 0.97 per frame,
        povey window, power, mel triangles from 20 Hz, log of at least 1.19e-7, samples as integers.

        Source: Kaldi feat/feature-fbank.cc and its defaults (snip_edges true, dither 0).
        """
        options: dict[str, Any] = dict(
            filters=filters,
            frame_length=400,
            hop=160,
            fft=512,
            window="povey",
            periodic=False,
            pre_emphasis=0.97,
            pre_emphasis_over="frame",
            remove_dc=True,
            gain=32768.0,
            low=20.0,
            mel="kaldi",
            eps=0.0,
            floor=EPSILON,
        )
        return cls(**(options | changes))


@dataclass(frozen=True, kw_only=True)
class LFCC(Banked):
    """Linear-frequency cepstral coefficients: the DCT-II of LogLinear, with deltas by default.

    Source: Sahidullah, Kinnunen and Hanilçi, "A comparison of features for synthetic speech
    detection", Interspeech 2015.
    """

    filters: int = 20
    cepstra: int = 20
    """Coefficients kept of the orthonormal DCT-II, the 0th included."""
    energy: bool = False
    """Replace coefficient 0 by the log of the spectrum's sum / fft."""
    deltas: int = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        check(
            1 <= self.cepstra <= self.filters,
            f"cepstra={self.cepstra} must be 1..filters ({self.filters})",
        )

    @property
    def statics(self) -> int:
        """Features per frame before deltas."""
        return self.cepstra

    @property
    def has_energy(self) -> bool:
        """Whether coefficient 0 is the log of the spectrum's sum / fft."""
        return self.energy

    def cosine_transform(self) -> np.ndarray | None:
        """Return float64 (cepstra, filters)."""
        return tables.dct(self.cepstra, self.filters)

    @classmethod
    def nii2019(cls, **changes: Any) -> LFCC:
        """The front end of the LFCC-LCNN-BLSTM models of ASVspoof 2019 LA: FFT 512, 0-8 kHz.

        Source: Wang and Yamagishi, "A comparative study on recent neural spoofing countermeasures
        for synthetic speech detection", Interspeech 2021, and their project-NN-Pytorch-scripts.
        """
        options: dict[str, Any] = dict(
            frame_length=320,
            hop=160,
            fft=512,
            window="hamming",
            periodic=True,
            center=True,
            pre_emphasis=0.97,
            filters=20,
            cepstra=20,
            low=0.0,
            high=8000.0,
            log="log10",
            eps=EPSILON,
            energy=True,
            deltas=2,
            delta_width=0,
        )
        return cls(**(options | changes))

    @classmethod
    def asvspoof2021(cls, **changes: Any) -> LFCC:
        """The front end of the ASVspoof 2021 LFCC-LCNN baseline: FFT 1024, 0-4 kHz.

        Source: the organisers' baseline LA/Baseline-LFCC-LCNN (github.com/asvspoof-challenge/2021).
        """
        return cls.nii2019(**(dict(fft=1024, high=4000.0) | changes))

    @classmethod
    def gmm2021(cls, **changes: Any) -> LFCC:
        """High-resolution LFCC of the ASVspoof 2021 GMM baseline for LA: 30 ms / 15 ms, 70 filters,
        19 coefficients and the 0th, 0-4 kHz, simple deltas.

        Source: LA/Baseline-LFCC-GMM (github.com/asvspoof-challenge/2021); the log is natural here.
        """
        options: dict[str, Any] = dict(
            frame_length=480, hop=240, fft=1024, filters=70, cepstra=20, high=4000.0
        )
        return cls(**(options | changes))


@dataclass(frozen=True, kw_only=True)
class Waveform(FrontEnd):
    """The samples themselves, for models that begin with their own filters: (batch, samples, 1)."""

    rate: int = 16_000

    @property
    def coefficients(self) -> int:
        """Always 1."""
        return 1

    def frames(self, samples: int) -> int:
        """Return `samples`: each sample is a frame."""
        return max(samples, 0)

    def __call__(
        self,
        waveforms: np.ndarray,
        lengths: np.ndarray | None = None,
        *,
        out: np.ndarray | None = None,
        threads: int | None = None,
    ) -> np.ndarray:
        """Return float32 (batch, samples, 1), int16 divided by 32768, zeros beyond `lengths`.

        Arguments and errors are those of Framed.__call__; `threads` has no effect.
        """
        batch, lengths, single = as_batch(waveforms, lengths)
        shape = (len(batch), batch.shape[1], 1)
        result = np.empty(shape, np.float32) if out is None else out
        if single and result.ndim == 2:
            result = result[None]
        if result.shape[0] != shape[0] or result.shape[2:] != (1,) or result.dtype != np.float32:
            raise AudioError(f"out is {result.dtype} {result.shape}; give float32 {shape}")
        check_room(result, longest(batch, lengths))
        count = min(result.shape[1], batch.shape[1])
        result[:, count:] = 0
        scale = np.float32(1 / 32768 if batch.dtype == np.int16 else 1)
        np.multiply(batch[:, :count], scale, out=result[:, :count, 0])
        if lengths is not None:
            for i, length in enumerate(lengths):
                result[i, length:] = 0
        return result[0] if single and (out is None or out.ndim == 2) else result

    def in_graph(self, dft: Literal["fft", "matrix"] = "fft") -> Callable[..., jax.Array]:
        """Return (waveforms, lengths) -> waveforms[..., None]; `dft` and lengths have no effect.

        Samples beyond a length must be zero.
        """
        return lambda waveforms, lengths=None: waveforms[..., None]
