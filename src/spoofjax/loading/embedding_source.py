"""Embeddings as a source of frames: the loader treats a frame as it treats a sample."""

from __future__ import annotations

import numpy as np

from spoofjax.audio.cropping import crop_start
from spoofjax.config import Clip, FrontEnd
from spoofjax.corpora.embedded.arrays import Arrays
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError, ConfigError
from spoofjax.features.embeddings import Embeddings
from spoofjax.loading.sources import Source


class EmbeddingSource(Source):
    """Frames of a manifest's utterances, float32 (frames, layers x width)."""

    def __init__(self, manifest: Manifest, front_end: Embeddings):
        self._manifest, self._front_end = manifest, front_end
        self._arrays = Arrays()

    def read(self, index: int, seed: int | None, out: np.ndarray) -> int:
        """Write frames to the front of `out` (frames, layers x width); return how many.

        Raises AudioError, also for values that are NaN or infinite.
        """
        frames = self._frames(index)
        start = 0 if seed is None else crop_start(len(frames), len(out), seed)
        chosen = frames[start : start + len(out)]
        own = out[: len(chosen)]
        own.reshape(chosen.shape)[...] = chosen
        if not np.all(np.isfinite(own)):
            raise AudioError(f"{self._manifest.path(index)} holds NaN or infinite values.")
        return len(chosen)

    def length(self, index: int) -> int:
        """Return how many frames an utterance has."""
        return len(self._frames(index))

    def close(self) -> None:
        """Close the files that are open."""
        self._arrays.close()

    def _frames(self, index: int) -> np.ndarray:
        path = self._manifest.path(index)
        array, has_frames_first = self._arrays.read(path)
        frames = self._front_end.as_frames(array, has_frames_first, path)
        if len(frames) == 0:
            raise AudioError(f"{path} has no frames.")
        return frames


def check_embeddings(front_end: FrontEnd, clip: Clip, augments: bool) -> None:
    """Raise ConfigError for settings that only audio can have."""
    if not isinstance(front_end, Embeddings):
        return
    if augments:
        raise ConfigError(
            "Embeddings cannot be augmented: set augment=Augmentation(), and write augmented "
            "copies with `spoofjax embed --copies N`."
        )
    if clip.level_dbfs is not None:
        raise ConfigError("Embeddings have no level: set clip.level_dbfs to None.")
    if front_end.pooled and (clip.train, clip.evaluate) != (1, 1):
        raise ConfigError(
            "Pooled embeddings have one frame: set clip=Clip(train=1, evaluate=1), or "
            "--clip.train 1 --clip.evaluate 1."
        )
