"""A PyTorch DataLoader for bench/loader.py: makes batches on request and answers with seconds.

    python bench/peers/torch_loader.py JOB.npz {flac,packed} BATCH

It runs in its own process, so that it can use another interpreter, and is idle between rounds. Each
line of stdin is a number of batches; each answer is one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import torch  # type: ignore[import-not-found]

sys.path.insert(0, str(Path(__file__).resolve().parent))
from torch_data import Balanced, FlacClips, PackedClips, loader


def main() -> None:
    path, kind, batch = sys.argv[1:]
    torch.set_num_threads(1)
    with np.load(path) as file:
        job = dict(file)
    clips = {"flac": FlacClips, "packed": PackedClips}[kind](job)
    sampler = Balanced(clips.labels, int(batch), 1)
    batches = loader(clips, sampler)
    for line in sys.stdin:
        sampler.count = int(line)
        shape = ()
        began = time.perf_counter()
        for features, _ in batches:
            shape = tuple(features.shape)
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "shape": shape}), flush=True)


if __name__ == "__main__":
    main()
