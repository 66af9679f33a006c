"""torch's side of bench.encoder: encoder_torch.py LAYERS DTYPE -

transformers' wav2vec 2.0 in the shape of XLS-R 300M, with SDPA attention and fused AdamW; bfloat16
is autocast. It answers as encoder_ours.py does.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]
from torch import nn  # type: ignore[import-not-found]
from transformers import Wav2Vec2Config, Wav2Vec2Model  # type: ignore[import-not-found]

SAMPLES = 64_600
DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


class MeanOfLast(nn.Module):
    """An encoder and a dense layer on the mean of its last frames."""

    def __init__(self, layers: int):
        super().__init__()
        config = Wav2Vec2Config(
            hidden_size=1024, num_hidden_layers=layers, num_attention_heads=16,
            intermediate_size=4096, feat_extract_norm="layer", conv_bias=True,
            do_stable_layer_norm=True, hidden_dropout=0.0, activation_dropout=0.0,
            attention_dropout=0.0, feat_proj_dropout=0.0, layerdrop=0.0,
            apply_spec_augment=False, attn_implementation="sdpa",
        )  # fmt: skip
        self.encoder = Wav2Vec2Model(config)
        self.head = nn.Linear(1024, 1)

    def forward(self, waveforms: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(waveforms).last_hidden_state.mean(1))[:, 0]


class Tasks:
    """The model, its optimiser and one batch."""

    def __init__(self, layers: int, dtype: str):
        torch.manual_seed(0)
        self.model = MeanOfLast(layers).to(DEVICE)
        self.optimizer: Any = None
        self.bfloat16 = dtype == "bfloat16"

    def autocast(self) -> Any:
        if not self.bfloat16:
            return contextlib.nullcontext()
        return torch.autocast(DEVICE, torch.bfloat16)

    def batch(self, size: int) -> torch.Tensor:
        noise = 0.1 * np.random.default_rng(0).normal(size=(size, SAMPLES))
        return torch.tensor(noise, dtype=torch.float32, device=DEVICE)

    def step(self, waveforms: torch.Tensor) -> None:
        if self.optimizer is None:
            self.model.train()
            parameters = self.model.parameters()
            self.optimizer = torch.optim.AdamW(parameters, lr=1e-6, fused=True)
        labels = (torch.arange(len(waveforms), device=DEVICE) % 2).float()
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            x = normalised(waveforms)
            loss = nn.functional.binary_cross_entropy_with_logits(self.model(x).float(), labels)
        loss.backward()
        self.optimizer.step()

    def forward(self, waveforms: torch.Tensor) -> None:
        self.model.eval()
        with torch.inference_mode(), self.autocast():
            self.model.encoder(normalised(waveforms)).last_hidden_state.float()


def normalised(x: torch.Tensor) -> torch.Tensor:
    """Return each clip with mean 0 and variance 1, as the feature extractor makes it."""
    variance = x.var(1, keepdim=True, correction=0)
    return (x - x.mean(1, keepdim=True)) / torch.sqrt(variance + 1e-7)


def main() -> None:
    """Answer requests until the input ends."""
    tasks = Tasks(int(sys.argv[1]), sys.argv[2])
    previous, waveforms = "", None
    for line in sys.stdin:
        request = line.strip()
        name, batch = request.split()
        run = tasks.step if name == "step" else tasks.forward
        answer = {}
        if request != previous:
            waveforms = tasks.batch(int(batch))
            if DEVICE == "cuda":
                torch.cuda.reset_peak_memory_stats()
            run(waveforms)
            if DEVICE == "cuda":
                torch.cuda.synchronize()
                answer["bytes"] = torch.cuda.max_memory_allocated()
            previous = request
        start = time.perf_counter()
        run(waveforms)
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        answer["wall"] = time.perf_counter() - start
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
