"""Utterances that had to be decoded whole, kept in memory so that it happens once."""

from __future__ import annotations

import logging
import threading

import numpy as np

log = logging.getLogger("spoofjax")


class DecodedAudio:
    """Decoded utterances by index, up to a number of bytes; safe to use from several threads.

    What has been kept stays. To replace it by newer utterances would gain nothing: in a corpus that
    does not fit, each utterance is as likely as another to be drawn next, and in turn all of them
    would be replaced before they return.
    """

    def __init__(self, megabytes: int):
        """Keep at most `megabytes` MiB; 0 keeps nothing."""
        self._free = megabytes << 20
        self._megabytes = megabytes
        self._utterances: dict[int, np.ndarray] = {}
        self._is_full = megabytes == 0
        self._lock = threading.Lock()

    def get(self, index: int) -> np.ndarray | None:
        """Return float32 (samples,), all of an utterance, or None where it is not kept."""
        return self._utterances.get(index)

    def keep(self, index: int, samples: np.ndarray) -> None:
        """Keep an utterance, float32 (samples,), if it fits; the first that does not is told."""
        with self._lock:
            if index in self._utterances:
                return
            if samples.nbytes <= self._free:
                self._free -= samples.nbytes
                self._utterances[index] = samples
                return
            should_tell, self._is_full = not self._is_full, True
        if should_tell:
            log.warning(
                "%d decoded utterances of a split fill the %d MiB of --loading.decoded-megabytes. "
                "The others are decoded whole each time they are drawn, because of their format or "
                "sample rate. Allow more, or decode them once with `spoofjax pack`.",
                len(self._utterances), self._megabytes,
            )  # fmt: skip
