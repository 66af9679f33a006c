"""The PyTorch side of bench/scoring.py: scores all utterances of a job with a CNN-LSTM.

    python bench/peers/torch_scoring.py JOB.npz WEIGHTS.npz {flac,packed} {loop,batches}
                                        [--out FILE]

`loop` is a loop over files as most detectors have it: read, cut or repeat, features, a forward pass
of one utterance; on one thread, because two wait for each other more than they compute. `batches`
lets two workers of a DataLoader read and compute features, and scores 64 utterances at a time. With
--out, the scores are written once, as tab-separated text; without, each line of stdin asks for one
pass over all utterances, and is answered with {"scores": [...]}.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]

sys.path.insert(0, str(Path(__file__).resolve().parent))
from torch_data import Clips, FlacClips, PackedClips, loader
from torch_training import CNNLSTM

BATCH = 64


def take(model: CNNLSTM, weights: dict[str, np.ndarray]) -> None:
    """Load the weights of our CNN-LSTM."""
    tensors = {name: torch.from_numpy(array) for name, array in weights.items()}
    convolutions = [model.convolutions[0], model.convolutions[3]]
    with torch.no_grad():
        for number, layer in enumerate(convolutions):
            name = f"blocks/{number}/convolutions/0"
            layer.weight.copy_(tensors[f"{name}/kernel"].permute(2, 1, 0))
            layer.bias.copy_(tensors[f"{name}/bias"])
        for number in range(2):
            name = f"recurrent/layers/{number}/directions/0"
            getattr(model.lstm, f"weight_ih_l{number}").copy_(tensors[f"{name}/kernel"].T)
            getattr(model.lstm, f"weight_hh_l{number}").copy_(tensors[f"{name}/recurrent"].T)
            getattr(model.lstm, f"bias_ih_l{number}").copy_(tensors[f"{name}/bias"])
            getattr(model.lstm, f"bias_hh_l{number}").zero_()
        model.head[1].weight.copy_(tensors["head/kernel"].T)
        model.head[1].bias.copy_(tensors["head/bias"])
        model.mean.copy_(tensors["mean"])
        model.deviation.copy_(tensors["deviation"])


def one_by_one(model: CNNLSTM, clips: Clips) -> list[float]:
    """Return the score of each utterance by a forward pass of its own."""
    with torch.inference_mode():
        return [float(model(clips.lfcc(clips.clip(index))[None])) for index in range(len(clips))]


def in_batches(batches: torch.utils.data.DataLoader, model: CNNLSTM) -> list[float]:
    """Return the score of each utterance by forward passes of 64."""
    with torch.inference_mode():
        return torch.cat([model(features) for features, _ in batches]).tolist()


def scorer(options: argparse.Namespace) -> tuple[Callable[[], list[float]], list[str]]:
    """Return a function that scores all utterances, and their paths."""
    with np.load(options.job) as file:
        job = dict(file)
    clips = {"flac": FlacClips, "packed": PackedClips}[options.kind](job, random=False)
    model = CNNLSTM().eval()
    with np.load(options.weights) as file:
        take(model, dict(file))
    paths = job["paths"].tolist()
    if options.way == "loop":
        torch.set_num_threads(1)
        return lambda: one_by_one(model, clips), paths
    rows = [np.arange(n, min(n + BATCH, len(clips))) for n in range(0, len(clips), BATCH)]
    batches = loader(clips, rows)
    return lambda: in_batches(batches, model), paths


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("job", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("kind", choices=("flac", "packed"))
    parser.add_argument("way", choices=("loop", "batches"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    score, paths = scorer(options)
    if options.out is not None:
        lines = [f"{path}\t{value}\n" for path, value in zip(paths, score(), strict=True)]
        options.out.write_text("".join(lines))
        return
    for _ in sys.stdin:
        print(json.dumps({"scores": score()}), flush=True)


if __name__ == "__main__":
    main()
