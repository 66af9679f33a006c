"""Where a manifest's samples come from: files now, packed shards beside them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from spoofjax.corpora.manifest import Manifest


class FileSource:
    """Clips of utterances, decoded from their audio files."""

    def __init__(self, manifest: Manifest, rate: int):
        self._manifest, self._rate = manifest, rate

    def random_clip(self, index: int, samples: int, seed: int) -> np.ndarray:
        """Return float32 (samples,): cropped at a place that `seed` picks, or tiled.

        Raises AudioError where the file is missing or unreadable.
        """
        raise NotImplementedError

    def first_clip(
        self, index: int, samples: int, short: Literal["tile", "pad"] = "tile"
    ) -> np.ndarray:
        """Return float32 from the utterance's start: `samples` of them, or all where fewer.

        Shorter utterances are repeated to `samples` ('tile') or returned as they are ('pad').
        """
        raise NotImplementedError
