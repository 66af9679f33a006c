"""The encoder of the distillmos package (MIT), which predicts the quality of speech.

Its weights come inside the wheel: convolutions and a transformer of seven layers, distilled from
quality models on XLS-R. It needs torch, and the classes of the package xls-r-sqa.
"""

from __future__ import annotations

import sys
import types

import numpy as np
import torch  # type: ignore[import-not-found]

WIDTH, LAYERS = 200, 7
HOP = 320
"""Samples from one frame to the next."""
LONGEST = 122_880
"""Samples of the longest input, for which the model has positions."""


class DistillMOSEncoder:
    """Gives the outputs of the seven layers for a waveform of 16,000 samples per second."""

    def __init__(self, threads: int = 1):
        torch.set_num_threads(threads)
        # The package imports torchaudio to read files, which this class does not do.
        sys.modules.setdefault("torchaudio", types.ModuleType("torchaudio"))
        from distillmos import ConvTransformerSQAModel  # type: ignore[import-not-found]

        model = ConvTransformerSQAModel().eval()
        self._convolutions, self._trunk = model.cnn, model.transformer_pool_attn

    @torch.inference_mode()
    def __call__(self, waveform: np.ndarray) -> np.ndarray:
        """Return float32 (layers, frames, width) of float32 (samples,), at least 480 of them."""
        samples = torch.from_numpy(waveform[None, :LONGEST])
        samples = samples / (samples.abs().max() + 1e-8)
        trunk, wrapper = self._trunk, self._trunk.transformer
        x = trunk.norm_input(self._convolutions(samples))
        x = wrapper.linear_proj(wrapper.norm(x).transpose(1, 2))
        x = x + wrapper.position_encoding.pe[:, : x.shape[1]]
        outputs = []
        for layer in wrapper.transformer_encoder.layers:
            x = layer(x)
            outputs.append(x[0].numpy())
        return np.stack(outputs)


def statistics(layers: np.ndarray) -> np.ndarray:
    """Return float32 (layers, 2 width): mean and deviation over the frames of each layer."""
    return np.concatenate([layers.mean(1), layers.std(1)], axis=-1)
