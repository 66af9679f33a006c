"""Where a manifest's samples come from: audio files here, packed shards in packed.py."""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from spoofjax.audio.cropping import tile
from spoofjax.audio.reading import read_clip
from spoofjax.corpora.manifest import Manifest


class Source(Protocol):
    """Gives clips of a manifest's utterances; safe to call from several threads."""

    def random_clip(self, index: int, samples: int, seed: int) -> np.ndarray:
        """Return float32 (samples,): cropped where `seed` picks, or tiled. Raises AudioError."""
        ...

    def first_clip(
        self, index: int, samples: int, short: Literal["tile", "pad"] = "tile"
    ) -> np.ndarray:
        """Return float32 from the start: `samples` of them; shorter ones tiled or as they are."""
        ...


class FileSource:
    """Clips decoded from the manifest's audio files, no more of each than is needed."""

    def __init__(self, manifest: Manifest, rate: int):
        self._manifest, self._rate = manifest, rate

    def random_clip(self, index: int, samples: int, seed: int) -> np.ndarray:
        """Return float32 (samples,): cropped where `seed` picks, or tiled. Raises AudioError."""
        found = read_clip(self._manifest.path(index), self._rate, samples, seed)
        return tile(found.samples, samples)

    def first_clip(
        self, index: int, samples: int, short: Literal["tile", "pad"] = "tile"
    ) -> np.ndarray:
        """Return float32 from the start: `samples` of them; shorter ones tiled or as they are."""
        found = read_clip(self._manifest.path(index), self._rate, samples).samples
        return tile(found, samples) if short == "tile" else found
