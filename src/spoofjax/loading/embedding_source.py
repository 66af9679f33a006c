"""Embeddings as a source of frames: the loader treats a frame as it treats a sample."""

from __future__ import annotations

import numpy as np

from spoofjax.audio.clips import Short, fill
from spoofjax.audio.cropping import crop_start
from spoofjax.config import Clip, FrontEnd
from spoofjax.corpora.embedded.arrays import KEY, Arrays, Rows
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError, ConfigError
from spoofjax.features.embeddings import Embeddings
from spoofjax.loading.sources import Source


class EmbeddingSource(Source):
    """Frames of a manifest's utterances, float32 (frames, layers x width)."""

    def __init__(self, manifest: Manifest, front_end: Embeddings):
        self._manifest, self._front_end = manifest, front_end
        self._arrays = Arrays()
        self._codes, self._rows = _places(manifest)

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        """Fill the rows of `out` (clips, frames, layers x width), file by file and in their order.

        Utterances of other files than .npy of many, and those that have NaN or infinite values,
        are left to `clip`. `threads` has no effect.
        """
        valid = np.full(len(indices), -1)
        slots = np.flatnonzero((indices >= 0) & (self._rows[indices] >= 0))
        codes, rows = self._codes[indices[slots]], self._rows[indices[slots]]
        for code in np.unique(codes):
            file = self._arrays.rows(self._manifest.files.folder.names[code].removesuffix(KEY))
            own = np.flatnonzero(codes == code)
            own = own[np.argsort(rows[own])]
            if rows[own[-1]] >= len(file):
                continue
            if self._front_end.pooled and self._has_right_shape(file):
                out[slots[own], 0] = file.take(rows[own]).reshape(len(own), -1)
                valid[slots[own]] = 1
            elif file.has_frames_first and self._has_right_shape(file):
                for slot, row in zip(slots[own].tolist(), rows[own].tolist(), strict=True):
                    valid[slot] = _cropped(file.row(row), _seed(seeds, slot), out[slot])
        return self._finished(out, valid, short)

    def _has_right_shape(self, file: Rows) -> bool:
        layers, width = self._front_end.layers, self._front_end.width
        return file.shape == (layers, width) or (layers == 1 and file.shape == (width,))

    def _finished(self, out: np.ndarray, valid: np.ndarray, short: Short) -> np.ndarray:
        """Repeat short clips; return `valid` with -1 for clips that are not finite or empty."""
        for slot in np.flatnonzero(valid >= 0).tolist():
            count = int(valid[slot])
            if count == 0 or not np.isfinite(out[slot, :count]).all():
                valid[slot] = -1
            elif count < out.shape[1]:
                valid[slot] = fill(out[slot], count, short)
        return valid

    def read(self, index: int, seed: int | None, out: np.ndarray) -> int:
        """Write frames to the front of `out` (frames, layers x width); return how many.

        Raises AudioError, also for values that are NaN or infinite.
        """
        count = _cropped(self._frames(index), seed, out)
        if not np.all(np.isfinite(out[:count])):
            raise AudioError(f"{self._manifest.path(index)} holds NaN or infinite values.")
        return count

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


def _places(manifest: Manifest) -> tuple[np.ndarray, np.ndarray]:
    """Return codes of files and int64 rows in them, both (utterances,).

    The row is -1 where the utterance is not a row of an .npy file of many.
    """
    files = manifest.files
    # The last entry is that of code -1: no file.
    is_file = np.array([name.endswith(f".npy{KEY}") for name in files.folder.names] + [False])
    rows = np.full(len(manifest), -1, np.int64)
    own = is_file[files.folder.codes] & (files.suffix.codes < 0)
    own[own] = np.char.isdigit(files.name[own].astype(np.str_))
    rows[own] = files.name[own].astype(np.int64)
    return files.folder.codes, rows


def _seed(seeds: np.ndarray | None, slot: int) -> int | None:
    return None if seeds is None else int(seeds[slot])


def _cropped(frames: np.ndarray, seed: int | None, out: np.ndarray) -> int:
    """Write frames (any, layers, width) to the front of `out` as `Source.read` crops samples."""
    start = 0 if seed is None else crop_start(len(frames), len(out), seed)
    chosen = frames[start : start + len(out)]
    own = out[: len(chosen)]
    own.reshape(chosen.shape)[...] = chosen
    return len(chosen)


def check_embeddings(
    front_end: FrontEnd, clip: Clip, augments: bool, copies: bool = False, splices: bool = False
) -> None:
    """Raise ConfigError for settings that only audio can have."""
    if not isinstance(front_end, Embeddings):
        return
    if augments:
        raise ConfigError(
            "Embeddings cannot be augmented: set augment=Augmentation(), and write augmented "
            "copies with `spoofjax embed --copies N`."
        )
    if copies:
        raise ConfigError(
            "No copies can be made of embeddings: set synthesis=Copying(), and embed what "
            "`spoofjax synthesize` writes."
        )
    if splices:
        raise ConfigError("Embeddings cannot be spliced: set splicing=Splicing().")
    if clip.level_dbfs is not None:
        raise ConfigError("Embeddings have no level: set clip.level_dbfs to None.")
    if front_end.pooled and (clip.train, clip.evaluate) != (1, 1):
        raise ConfigError(
            "Pooled embeddings have one frame: set clip=Clip(train=1, evaluate=1), or "
            "--clip.train 1 --clip.evaluate 1."
        )
