"""The base of parts that make partly spoofed clips in training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.part import Part


@dataclass(frozen=True)
class Splicing(Part):
    """Puts pieces of other utterances into clips in training. The base class puts none."""

    @property
    def share(self) -> float:
        """The share of the draws that get pieces."""
        return 0.0

    @property
    def partly_spoofed_share(self) -> float:
        """The share of the bona fide draws that become partly spoofed."""
        return 0.0

    def are_spliced(self, seeds: np.ndarray) -> np.ndarray:
        """Return bool (batch,): which draws get pieces; `seeds` uint64 (batch,) are theirs."""
        return np.zeros(len(seeds), bool)

    def take_other_class(self, seeds: np.ndarray) -> np.ndarray:
        """Return bool (batch,): which draws get pieces of the other class, if they get any."""
        return np.zeros(len(seeds), bool)

    def put(
        self,
        clip: np.ndarray,
        labels: np.ndarray,
        donor: np.ndarray,
        donor_labels: np.ndarray,
        seed: int,
        rate: int,
    ) -> None:
        """Replace parts of a clip by pieces of a donor, and the labels of their samples.

        `clip` float32 (samples,) and `labels` int8 (samples,), 1 bona fide and 0 spoof, are changed
        in place. The donor has the same two arrays, of a length of its own.
        """
