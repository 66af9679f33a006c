"""The job file of the PyTorch peers: paths, labels, shards, and the tables of the features."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features.framed import Framed

SAMPLES = 64_600


def write_job(
    path: Path, corpus: Path, packed: Path, split: str, front_end: Framed, samples: int = SAMPLES
) -> Path:
    """Write what a peer needs to read a split from FLAC files or .npy shards; return `path`."""
    manifest = ASVspoof5(root=str(corpus)).manifest(split)
    shards = Packed(str(packed)).manifest(split)
    audio = PackedAudio(packed / split)
    if shards.ids.tolist() != manifest.ids.tolist():
        raise SystemExit(f"{packed} was not packed from {corpus}.")
    rows = np.arange(len(manifest))
    starts = np.cumsum(audio.lengths) - audio.lengths
    shard = rows // audio.rows
    np.savez(
        path,
        paths=np.array(manifest.files.paths()),
        labels=manifest.label.astype(np.int64),
        shards=np.array([str(shard_path) for shard_path in audio.paths()]),
        shard=shard,
        begin=starts - starts[shard * audio.rows],
        length=audio.lengths,
        samples=samples,
        window=front_end.weights().astype(np.float32),
        bank=np.ascontiguousarray(np.asarray(front_end.filter_bank()).T, np.float32),
        dct=np.ascontiguousarray(np.asarray(front_end.cosine_transform()).T, np.float32),
        hop=front_end.hop,
        fft=front_end.fft,
        eps=front_end.eps,
    )
    return path
