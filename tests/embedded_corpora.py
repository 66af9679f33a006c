"""Small corpora of embeddings in which the classes differ, made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

SPLITS = {"train": 40, "dev": 24, "eval": 24}
LAYERS, WIDTH = 3, 6


def vectors(label: np.ndarray, frames: int | None, random: np.random.Generator) -> np.ndarray:
    """Return float32 (utterances, layers, [frames,] width) of which the middle layer tells all."""
    middle = () if frames is None else (frames,)
    values = random.normal(size=(len(label), LAYERS, *middle, WIDTH)).astype(np.float32)
    values[:, 1, ..., 0] += 4.0 * (label.reshape(-1, *(1,) * len(middle)) - 0.5)
    return values


def write_tables(folder: Path, frames: int | None = None) -> dict[str, np.ndarray]:
    """Write train.tsv, train.npy and so on, as another encoder would; return the arrays."""
    random = np.random.default_rng(3)
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for split, count in SPLITS.items():
        label = np.arange(count) % 2
        written[split] = vectors(label, frames, random)
        np.save(folder / f"{split}.npy", written[split])
        lines = ["id\tlabel\tattack\tspeaker"]
        for row, value in enumerate(label.tolist()):
            attack = "-" if value else f"A0{row // 2 % 2 + 1}"
            word = "bonafide" if value else "spoof"
            lines.append(f"{split}_{row:03d}\t{word}\t{attack}\t{split}{row % 4}")
        (folder / f"{split}.tsv").write_text("\n".join(lines) + "\n")
    return written
