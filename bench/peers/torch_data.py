"""What the PyTorch peers share: LFCC-60 in torch, and datasets of FLAC files or packed audio.

It needs only torch, numpy and soundfile. A job file (.npz, see bench/peers/job.py) lists the audio
files and holds the tables of the features, so that both sides compute the same numbers.
"""

from __future__ import annotations

import numpy as np
import soundfile as sf
import torch  # type: ignore[import-not-found]

BATCH_WORKERS = 2


class LFCC:
    """Float32 (samples,) to (frames, 60), on one thread: unfold, rfft, three matrix products."""

    def __init__(self, job):
        self.window = torch.from_numpy(job["window"])
        self.bank = torch.from_numpy(job["bank"])
        self.dct = torch.from_numpy(job["dct"])
        self.hop, self.fft, self.eps = int(job["hop"]), int(job["fft"]), float(job["eps"])

    def __call__(self, clip: np.ndarray) -> torch.Tensor:
        frames = torch.from_numpy(clip).unfold(-1, len(self.window), self.hop)
        spectrum = torch.fft.rfft(frames * self.window, self.fft)
        power = spectrum.real**2 + spectrum.imag**2
        c = torch.log(power @ self.bank + self.eps) @ self.dct
        d = slope(c)
        return torch.cat([c, d, slope(d)], dim=-1)


def slope(c: torch.Tensor) -> torch.Tensor:
    first, last = c[1:2] - c[:1], c[-1:] - c[-2:-1]
    return torch.cat([first, c[2:] - c[:-2], last])


class Clips(torch.utils.data.Dataset):
    """Whole batches of clips: (features, labels). Subclasses read one clip.

    DataLoader calls __getitems__ once a batch, which saves its collation of single items.
    """

    def __init__(self, job, random: bool = True):
        self.samples, self.labels = int(job["samples"]), job["labels"]
        self.lfcc, self.random = LFCC(job), random

    def __len__(self) -> int:
        return len(self.labels)

    def __getitems__(self, indices):
        with torch.inference_mode():
            features = [self.lfcc(self.clip(int(index))) for index in indices]
            return torch.stack(features), torch.from_numpy(self.labels[indices])

    def start(self, length: int) -> int:
        room = length - self.samples
        return int(torch.randint(room + 1, ())) if self.random and room > 0 else 0

    def tiled(self, clip: np.ndarray) -> np.ndarray:
        return clip if len(clip) == self.samples else np.resize(clip, self.samples)

    def clip(self, index: int) -> np.ndarray:
        raise NotImplementedError


class FlacClips(Clips):
    """Clips from FLAC files, of which only the crop is decoded."""

    def __init__(self, job, random: bool = True):
        super().__init__(job, random)
        self.paths = job["paths"].tolist()

    def clip(self, index: int) -> np.ndarray:
        with sf.SoundFile(self.paths[index]) as file:
            start = self.start(file.frames)
            if start:
                file.seek(start)
            return self.tiled(file.read(self.samples, dtype="float32"))


class PackedClips(Clips):
    """Clips from memory-mapped shards, of which only the crop is copied."""

    def __init__(self, job, random: bool = True):
        super().__init__(job, random)
        self.shards = [np.load(path, mmap_mode="r") for path in job["shards"].tolist()]
        self.shard, self.begin, self.length = job["shard"], job["begin"], job["length"]

    def clip(self, index: int) -> np.ndarray:
        length = int(self.length[index])
        begin = int(self.begin[index]) + self.start(length)
        samples = self.shards[self.shard[index]][begin : begin + min(length, self.samples)]
        return self.tiled(np.multiply(samples, np.float32(1 / 32768), dtype=np.float32))


class Balanced(torch.utils.data.Sampler):
    """Index arrays of batches with half of each class, drawn with replacement."""

    def __init__(self, labels: np.ndarray, batch: int, count: int):
        self.classes = [np.flatnonzero(labels == k) for k in (0, 1)]
        self.batch, self.count = batch, count

    def __len__(self) -> int:
        return self.count

    def __iter__(self):
        rng = np.random.default_rng()
        for _ in range(self.count):
            halves = [rng.choice(indices, self.batch // 2) for indices in self.classes]
            yield np.concatenate(halves)


def loader(clips: Clips, sampler, workers: int = BATCH_WORKERS):
    """Return a DataLoader whose persistent workers use one thread and stay four batches ahead."""
    return torch.utils.data.DataLoader(
        clips,
        batch_sampler=sampler,
        num_workers=workers,
        persistent_workers=workers > 0,
        prefetch_factor=4 if workers else None,
        collate_fn=lambda batch: batch,
        worker_init_fn=lambda _: torch.set_num_threads(1),
    )
