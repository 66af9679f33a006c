"""The utterances of a split that cannot be read: whether they stop a run, and how many may not."""

from __future__ import annotations

import logging
import threading

from spoofjax.config import Loading
from spoofjax.errors import AudioError

log = logging.getLogger("spoofjax")


class Unreadable:
    """Collects the indices of unreadable utterances; safe to use from several threads."""

    def __init__(self, utterances: int, loading: Loading):
        """`utterances` is the number of utterances of the split."""
        self._utterances, self._loading = utterances, loading
        self._indices: set[int] = set()
        self._lock = threading.Lock()

    def __contains__(self, index: int) -> bool:
        return index in self._indices

    def add(self, index: int, error: AudioError) -> None:
        """Warn of an utterance once.

        Raises the error where the configuration says 'stop', and AudioError where more utterances
        are unreadable than loading.unreadable_share allows: then the folder is the wrong one, or a
        disk is missing.
        """
        if self._loading.on_error == "stop":
            raise error
        with self._lock:
            if index in self._indices:
                return
            self._indices.add(index)
            count, limit = len(self._indices), self._loading.unreadable_share
        log.warning("left out: %s", error)
        if count > limit * self._utterances:
            raise AudioError(
                f"{count:,} of the split's {self._utterances:,} utterances cannot be read, more "
                f"than the share of {limit:g} that --loading.unreadable-share allows. The last "
                f"one: {error}"
            )
