"""Which utterance each draw takes: infinite, random-access streams of indices made by grain.

A stream is a pure function of (manifest, seed): draw d of a run is `stream[d]`, on every host and
with any number of workers. The samplers are configuration classes; they import grain only when
they make a stream.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from spoofjax.audio.seeds import SHUFFLE, draw_seeds, stream, stream_values
from spoofjax.config import Sampler
from spoofjax.errors import CorpusError

if TYPE_CHECKING:
    from spoofjax.corpora.manifest import Manifest

ENDLESS = 2**62
"""Length of a stream: more draws than any run makes."""


@dataclass(frozen=True)
class Natural(Sampler):
    """Every utterance once an epoch, in a new order each time: the corpus's own prior."""

    @property
    def balances_classes(self) -> bool:
        return False

    def bonafide_share(self, manifest: Manifest) -> float:
        """Return the corpus's share of bona fide; a mixture weights its corpora by their shares."""
        if not manifest.shares:
            return float(np.mean(manifest.label == 1))
        column = manifest.column("corpus")
        shares = {name: manifest.shares.get(name, 0.0) for name in column.names}
        parts = [
            share * float(np.mean(manifest.label[column.codes == code] == 1))
            for code, share in enumerate(shares.values())
        ]
        return sum(parts) / sum(shares.values())

    def stream(self, manifest: Manifest, seed: int) -> Any:
        """Return the grain stream of int64 indices. Raises CorpusError for an empty manifest."""
        return _drawn(manifest, np.arange(len(manifest)), seed)


@dataclass(frozen=True)
class Balanced(Sampler):
    """Both classes equally often, whatever their counts: the rarer one is repeated more often."""

    by: str = "class"
    """'class', or a column of the manifest (attack, codec, language, ...) whose values are drawn
    equally often within each class."""

    @property
    def balances_classes(self) -> bool:
        return True

    def bonafide_share(self, manifest: Manifest) -> float:
        """Return one half: the classes alternate."""
        return 0.5

    def stream(self, manifest: Manifest, seed: int) -> Any:
        """Return the grain stream of int64 indices.

        Draw 2j is bona fide and draw 2j + 1 is spoof, so that every group of two draws has one of
        each. Raises CorpusError where a class has no utterance.
        """
        from grain import MapDataset

        bonafide, spoof = _class_indices(manifest)
        # Different seeds, so that the order of one class does not follow that of the other.
        return MapDataset.mix(
            [self._within(manifest, bonafide, seed), self._within(manifest, spoof, seed + 1)]
        )

    def _within(self, manifest: Manifest, indices: np.ndarray, seed: int) -> Any:
        """Return the stream of one class, in which every value of `by` is drawn equally often."""
        from grain import MapDataset

        if self.by == "class":
            return _drawn(manifest, indices, seed)
        codes = manifest.codes(self.by)[indices]
        groups = [indices[codes == code] for code in np.unique(codes)]
        if len(groups) == 1:
            return _drawn(manifest, indices, seed)
        return MapDataset.mix([_drawn(manifest, g, seed + n) for n, g in enumerate(groups)])


def draws(stream: Any, first: int, count: int) -> np.ndarray:
    """Return draws first .. first + count - 1 of a stream as int64 (count,)."""
    wanted = range(first, first + count)
    # Newer versions of grain return several at once for a third of the cost.
    take = getattr(stream, "_getitems", lambda chosen: [stream[d] for d in chosen])
    return np.array(take(wanted), np.int64)


def _drawn(manifest: Manifest, indices: np.ndarray, seed: int) -> Any:
    """Return the shuffled stream of some utterances; a mixture draws corpora by their shares."""
    if not manifest.shares:
        return _shuffled(indices, seed)
    from grain import MapDataset

    column = manifest.column("corpus")
    codes = column.codes[indices]
    present = [code for code in np.unique(codes) if manifest.shares.get(column.names[code], 0) > 0]
    streams = [_shuffled(indices[codes == code], seed) for code in present]
    weights = [float(manifest.shares[column.names[code]]) for code in present]
    if not streams:
        raise CorpusError("No corpus with a share above 0 in the mixture has such utterances.")
    return MapDataset.mix(streams, weights)


def _shuffled(indices: np.ndarray, seed: int) -> Any:
    from grain import MapDataset

    if len(indices) == 0:
        raise CorpusError("There is no utterance to draw from in this split.")
    shuffles: Any = _Shuffles(indices, seed)
    return MapDataset.source(shuffles)


class _Shuffles:
    """An endless source: every utterance once an epoch, in an order of (seed, epoch) alone.

    Grain's own shuffle walks along a cipher's cycle at each draw, which takes milliseconds for a
    group of twenty utterances. This one takes under a microsecond.
    """

    def __init__(self, indices: np.ndarray, seed: int):
        self._indices, self._seed = indices, seed
        self._orders: dict[int, np.ndarray] = {}

    def __len__(self) -> int:
        return ENDLESS

    def __getitem__(self, draw: int) -> int:
        epoch, place = divmod(int(draw), len(self._indices))
        return int(self._of_epoch(epoch)[place])

    def _of_epoch(self, epoch: int) -> np.ndarray:
        order = self._orders.get(epoch)
        if order is None:
            order = self._order(epoch)
            # Prefetching touches at most two epochs at a time, so older orders can go.
            self._orders = {k: v for k, v in self._orders.items() if k >= epoch - 1}
            self._orders[epoch] = order
        return order

    def _getitems(self, draws: Sequence[int]) -> list[int]:
        """Return several draws at once; grain calls this method by its name."""
        epochs, places = np.divmod(np.asarray(draws, np.int64), len(self._indices))
        indices = np.empty(len(places), np.int64)
        for epoch in np.unique(epochs).tolist():
            in_epoch = epochs == epoch
            indices[in_epoch] = self._of_epoch(epoch)[places[in_epoch]]
        return indices.tolist()

    def _order(self, epoch: int) -> np.ndarray:
        """Return an epoch's order, int64 (utterances,): sorted by a random number for each."""
        epoch_seed = stream(draw_seeds(self._seed, epoch), SHUFFLE)
        numbers = stream_values(epoch_seed, np.arange(len(self._indices)))
        return self._indices[np.argsort(numbers, kind="stable")]


def _class_indices(manifest: Manifest) -> tuple[np.ndarray, np.ndarray]:
    bonafide = np.flatnonzero(manifest.label == 1)
    spoof = np.flatnonzero(manifest.label == 0)
    for name, indices in (("bona fide", bonafide), ("spoof", spoof)):
        if len(indices) == 0:
            raise CorpusError(
                f"The training split has no {name} utterance: balanced sampling needs both classes."
            )
    return bonafide, spoof
