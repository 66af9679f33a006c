"""What bench/features.py compares with: each peer builds a function of float32 (..., samples).

Peers of the group 'lfcc' compute the same LFCC-60 as `spoofjax.features.LFCC()`; 'fft' computes
only the real transforms of the same frames, windowed and padded beforehand; 'kaldi' computes
Kaldi's fbank of 80 bins; 'other' has another definition, close to log-mel-80 or LFCC.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from spoofjax.features import LFCC

Build = Callable[[np.ndarray], Callable[[np.ndarray], Any]]


@dataclass(frozen=True)
class Peer:
    """`build(clip)` returns the function to time; it raises ImportError if a library is missing."""

    name: str
    group: str
    build: Build
    batches: bool = False
    """Whether the function also takes a whole batch, (batch, samples)."""


FRONT_END = LFCC()
WINDOW = FRONT_END.weights().astype(np.float32)
BANK = np.ascontiguousarray(np.asarray(FRONT_END.filter_bank()).T, np.float32)
DCT = np.ascontiguousarray(np.asarray(FRONT_END.cosine_transform()).T, np.float32)
EPS = np.float32(FRONT_END.eps)


def frames_of(clip: np.ndarray) -> np.ndarray:
    windows = sliding_window_view(clip, FRONT_END.frame_length, axis=-1)
    return windows[..., :: FRONT_END.hop, :]


def slope(c: np.ndarray) -> np.ndarray:
    d = np.empty_like(c)
    np.subtract(c[..., 2:, :], c[..., :-2, :], out=d[..., 1:-1, :])
    d[..., 0, :] = c[..., 1, :] - c[..., 0, :]
    d[..., -1, :] = c[..., -1, :] - c[..., -2, :]
    return d


def with_rfft(rfft: Callable[[np.ndarray], Any]) -> Callable[[np.ndarray], np.ndarray]:
    """Return LFCC-60 in numpy around a library's real transform of float32 frames."""

    def lfcc(clip: np.ndarray) -> np.ndarray:
        spectrum = rfft(frames_of(clip) * WINDOW)
        power = spectrum.real**2 + spectrum.imag**2
        c = np.log(power @ BANK + EPS) @ DCT
        d = slope(c)
        return np.concatenate([c, d, slope(d)], axis=-1)

    return lfcc


def padded_frames(clip: np.ndarray) -> np.ndarray:
    return np.pad(frames_of(clip) * WINDOW, ((0, 0), (0, FRONT_END.fft - FRONT_END.frame_length)))


def scipy_lfcc(_: np.ndarray):
    import scipy.fft

    return with_rfft(lambda frames: scipy.fft.rfft(frames, FRONT_END.fft))


def numpy_lfcc(_: np.ndarray):
    return with_rfft(lambda frames: np.fft.rfft(frames, FRONT_END.fft))


def ducc0_lfcc(clip: np.ndarray):
    import ducc0  # type: ignore[import-not-found]

    def rfft(frames: np.ndarray) -> np.ndarray:
        padded = np.zeros((*frames.shape[:-1], FRONT_END.fft), np.float32)
        padded[..., : FRONT_END.frame_length] = frames
        return ducc0.fft.r2c(padded, axes=(frames.ndim - 1,), nthreads=1)

    return with_rfft(rfft)


def torch_lfcc(_: np.ndarray):
    import torch  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    window, bank, dct = map(torch.from_numpy, (WINDOW, BANK, DCT))

    def slope(c):
        ends = c[..., 1:2, :] - c[..., :1, :], c[..., -1:, :] - c[..., -2:-1, :]
        return torch.cat([ends[0], c[..., 2:, :] - c[..., :-2, :], ends[1]], dim=-2)

    def lfcc(clip: np.ndarray):
        with torch.inference_mode():
            frames = torch.from_numpy(clip).unfold(-1, FRONT_END.frame_length, FRONT_END.hop)
            spectrum = torch.fft.rfft(frames * window, FRONT_END.fft)
            power = spectrum.real**2 + spectrum.imag**2
            c = torch.log(power @ bank + float(EPS)) @ dct
            d = slope(c)
            return torch.cat([c, d, slope(d)], dim=-1).numpy()

    return lfcc


def jax_lfcc(clip: np.ndarray):
    import jax

    transform = jax.jit(FRONT_END.in_graph())
    return lambda clip: np.asarray(transform(np.atleast_2d(clip))).squeeze()


def scipy_fft(clip: np.ndarray):
    import scipy.fft

    frames = padded_frames(clip)
    return lambda _: scipy.fft.rfft(frames)


def ducc0_fft(clip: np.ndarray):
    import ducc0  # type: ignore[import-not-found]

    frames = padded_frames(clip)
    out = np.empty((len(frames), FRONT_END.fft // 2 + 1), np.complex64)
    return lambda _: ducc0.fft.r2c(frames, axes=(1,), nthreads=1, out=out)


def torch_fft(clip: np.ndarray):
    import torch  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    frames = torch.from_numpy(padded_frames(clip))
    out = torch.empty(len(frames), FRONT_END.fft // 2 + 1, dtype=torch.complex64)
    return lambda _: torch.fft.rfft(frames, out=out)


def mkl_fft(clip: np.ndarray):
    import mkl_fft  # type: ignore[import-not-found]

    frames = padded_frames(clip)
    out = np.empty((len(frames), FRONT_END.fft // 2 + 1), np.complex64)
    return lambda _: mkl_fft.rfft(frames, axis=1, out=out)


def kaldi_native(_: np.ndarray):
    import kaldi_native_fbank as knf  # type: ignore[import-not-found]

    options = knf.FbankOptions()
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = 80
    options.mel_opts.low_freq = 20.0

    def fbank(clip: np.ndarray) -> np.ndarray:
        stream = knf.OnlineFbank(options)
        stream.accept_waveform(16_000, clip * np.float32(32_768))
        return np.stack([stream.get_frame(i) for i in range(stream.num_frames_ready)])

    return fbank


def import_torchaudio():
    """Import torchaudio, without its native library if that does not fit the installed torch.

    The library in the wheel needs CUDA. The transforms timed here are plain torch and do not need
    it.
    """
    import torch  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import torchaudio  # type: ignore[import-not-found]
        except OSError:
            for name in [name for name in sys.modules if name.startswith("torchaudio")]:
                del sys.modules[name]
            stub = types.ModuleType("torchaudio._extension")
            vars(stub).update(_IS_TORCHAUDIO_EXT_AVAILABLE=False, fail_if_no_align=lambda f: f)
            sys.modules[stub.__name__] = stub
            import torchaudio  # type: ignore[import-not-found]
        import torchaudio.compliance.kaldi  # type: ignore[import-not-found]
    return torch, torchaudio


def torchaudio_kaldi(_: np.ndarray):
    torch, torchaudio = import_torchaudio()

    def fbank(clip: np.ndarray):
        with torch.inference_mode():
            return torchaudio.compliance.kaldi.fbank(
                torch.from_numpy(clip * np.float32(32_768))[None], num_mel_bins=80, dither=0.0
            ).numpy()

    return fbank


def torchaudio_mel(_: np.ndarray):
    torch, torchaudio = import_torchaudio()
    mel = torchaudio.transforms.MelSpectrogram(n_fft=512, win_length=320, hop_length=160, n_mels=80)

    def log_mel(clip: np.ndarray):
        with torch.inference_mode():
            return torch.log(mel(torch.from_numpy(clip)) + float(EPS))

    return log_mel


def torchaudio_lfcc(_: np.ndarray):
    torch, torchaudio = import_torchaudio()
    transform = torchaudio.transforms.LFCC(
        n_filter=20,
        n_lfcc=20,
        log_lf=True,
        speckwargs={"n_fft": 512, "win_length": 320, "hop_length": 160, "center": False},
    )
    deltas = torchaudio.transforms.ComputeDeltas()

    def lfcc(clip: np.ndarray):
        with torch.inference_mode():
            c = transform(torch.from_numpy(clip))
            d = deltas(c)
            return torch.cat([c, d, deltas(d)])

    return lfcc


def librosa_mel(_: np.ndarray):
    import librosa  # type: ignore[import-not-found]

    def log_mel(clip: np.ndarray):
        mel = librosa.feature.melspectrogram(
            y=clip, sr=16_000, n_fft=512, win_length=320, hop_length=160, n_mels=80
        )
        return np.log(mel + EPS)

    return log_mel


PEERS = (
    Peer("scipy", "lfcc", scipy_lfcc, True),
    Peer("numpy", "lfcc", numpy_lfcc, True),
    Peer("numpy + ducc0", "lfcc", ducc0_lfcc, True),
    Peer("torch rfft (MKL)", "lfcc", torch_lfcc, True),
    Peer("jax, in graph", "lfcc", jax_lfcc, True),
    Peer("bare FFTs: torch (MKL)", "fft", torch_fft),
    Peer("bare FFTs: mkl_fft", "fft", mkl_fft),
    Peer("bare FFTs: ducc0", "fft", ducc0_fft),
    Peer("bare FFTs: scipy", "fft", scipy_fft),
    Peer("kaldi-native-fbank", "kaldi", kaldi_native),
    Peer("torchaudio kaldi.fbank", "kaldi", torchaudio_kaldi),
    Peer("librosa log-mel-80", "other", librosa_mel),
    Peer("torchaudio log-mel-80", "other", torchaudio_mel),
    Peer("torchaudio LFCC + deltas", "other", torchaudio_lfcc),
)
