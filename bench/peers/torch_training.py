"""The PyTorch script of bench/end_to_end.py: trains CNN-LSTM from a corpus.

    python bench/peers/torch_training.py JOB.npz DEV.npz {flac,packed} --epochs 10 --out FILE

Ten epochs of Adam at batch 64 on balanced LFCC-60 clips, dropout 0.3, gradients clipped to norm 5;
then it scores dev once and writes scores and weights to FILE. The DataLoader of torch_data.py has
two workers; the network uses all cores.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]
from torch import nn  # type: ignore[import-not-found]

sys.path.insert(0, str(Path(__file__).resolve().parent))
from torch_data import Balanced, FlacClips, PackedClips, loader

BATCH = 64
STATISTICS = 8


class CNNLSTM(nn.Module):
    """[Conv1D 64, ReLU, pool 2], [Conv1D 128, ReLU, pool 2], LSTM 128, LSTM 128, dropout, dense."""

    def __init__(self, coefficients: int = 60):
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv1d(coefficients, 64, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2),
            nn.Conv1d(64, 128, 3, padding=1), nn.ReLU(), nn.MaxPool1d(2),
        )  # fmt: skip
        self.lstm = nn.LSTM(128, 128, num_layers=2, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(128, 1))
        self.register_buffer("mean", torch.zeros(coefficients))
        self.register_buffer("deviation", torch.ones(coefficients))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        x = (features - self.mean) / self.deviation
        x = self.convolutions(x.transpose(1, 2)).transpose(1, 2)
        return self.head(self.lstm(x)[0][:, -1])[:, 0]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("train", type=Path)
    parser.add_argument("dev", type=Path)
    parser.add_argument("kind", choices=("flac", "packed"))
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mark", type=Path, help="a file to create when step 1 is done")
    options = parser.parse_args()
    torch.manual_seed(1)
    kind = {"flac": FlacClips, "packed": PackedClips}[options.kind]
    with np.load(options.train) as file:
        clips = kind(dict(file))
    with np.load(options.dev) as file:
        dev = kind(dict(file), random=False)

    steps = options.epochs * -(-len(clips) // BATCH)
    batches = loader(clips, Balanced(clips.labels, BATCH, steps))
    stream = iter(batches)
    first = [next(stream) for _ in range(min(STATISTICS, steps))]
    model = CNNLSTM()
    frames = torch.cat([features for features, _ in first]).flatten(0, 1)
    model.mean[:], model.deviation[:] = frames.mean(0), frames.std(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    loss_of = nn.BCEWithLogitsLoss()

    began, loss = time.perf_counter(), torch.zeros(())
    for step in range(steps):
        features, labels = first[step] if step < len(first) else next(stream)
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(model(features), labels.float())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        if step == 0 and options.mark:
            options.mark.touch()
    seconds = time.perf_counter() - began
    print(f"{steps} steps, {steps * BATCH / seconds:.0f} utterances/s, loss {float(loss):.4f}")

    model.eval()
    rows = [np.arange(n, min(n + BATCH, len(dev))) for n in range(0, len(dev), BATCH)]
    with torch.inference_mode():
        scores = torch.cat([model(features) for features, _ in loader(dev, rows)])
    torch.save({"model": model.state_dict(), "scores": scores}, options.out)


if __name__ == "__main__":
    main()
