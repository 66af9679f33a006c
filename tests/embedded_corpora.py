"""Small corpora of embeddings in which the classes differ, made on the spot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spoofjax.corpora.embedded.plan import VERSION, claim
from spoofjax.corpora.embedded.stored import finish_split, shards_of
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.stored_manifest import digest

SPLITS = {"train": 40, "dev": 24, "eval": 24}
LAYERS, WIDTH = 3, 6
WEIGHTS = "5" * 64
"""The hash of the encoder that shards name."""


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


def write_shards(folder: Path, frames: tuple[int, ...] | None = None, rows: int = 5) -> Path:
    """Write a training split of 12 utterances as `spoofjax embed` does, 5 in a shard.

    With `frames`, the utterances have so many in turn; otherwise they are pooled.
    """
    random, count = np.random.default_rng(4), 12
    ids = np.array([f"T_{row:03d}" for row in range(count)])
    manifest = Manifest.of(folder.name, ids, np.arange(count) % 2, Files.under("/nowhere", ids))
    plan = {
        "version": VERSION,
        "corpus": folder.name,
        "layers": [str(layer) for layer in range(LAYERS)],
        "width": WIDTH,
        "pool": "none" if frames else "mean",
        "shard_rows": rows,
        "splits": {"train": {"rows": count, "sha256": digest(manifest)}},
        "provenance": {"config": {}, "weights": WEIGHTS, "copies": 0},
    }
    claim(folder, plan)
    shards = shards_of(folder / "train", count, rows)
    for shard in shards:
        sizes = [frames[row % len(frames)] if frames else 1 for row in shard.rows]
        shard.write(
            [random.normal(size=(n, LAYERS, WIDTH)) for n in sizes], frames is None, [], WEIGHTS
        )
    finish_split(folder / "train", manifest, shards)
    return folder
