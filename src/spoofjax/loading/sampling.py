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
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.loading.pairing import BesideCopies, items, parent_rows

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
    equally often within each class; of several columns, such as 'attack+codec+speaker', all
    combinations that occur."""

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
            [
                _balanced(manifest, bonafide, self.by, seed),
                _balanced(manifest, spoof, self.by, seed + 1),
            ]
        )


@dataclass(frozen=True)
class Paired(Sampler):
    """Both classes equally often, and copies side by side with the utterances they are copies of.

    Draw 2j is bona fide and draw 2j + 1 is spoof. A share of the spoofs are copies, those rows that
    name their parent in the column `parent` (see corpora.WithCopies). Such a copy follows its
    parent, so that both stand in one batch and in one part of it. All copies are drawn equally
    often, or by `by`.
    """

    copies: float = 0.3
    """Share of the spoofs that are copies, from 0 to 1."""
    paired: bool = True
    """Whether a copy follows its parent; if not, it follows any bona fide utterance."""
    by: str = "class"
    """What is drawn equally often among the bona fide utterances, among the copies and among the
    other spoofs, as `Balanced.by`."""

    def __post_init__(self) -> None:
        if not 0 <= self.copies <= 1:
            raise ConfigError(f"Paired: copies={self.copies!r} must lie from 0 to 1.")

    @property
    def balances_classes(self) -> bool:
        return True

    def bonafide_share(self, manifest: Manifest) -> float:
        """Return one half: the classes alternate."""
        return 0.5

    def stream(self, manifest: Manifest, seed: int) -> Any:
        """Return the grain stream of int64 indices.

        Raises CorpusError where a class has no utterance, and where there are no copies or no other
        spoofs although they have a share.
        """
        from grain import MapDataset

        bonafide, spoof = _class_indices(manifest)
        parents = parent_rows(manifest)
        is_copy = parents[spoof] >= 0
        kinds = {"copy": (spoof[is_copy], self.copies), "other": (spoof[~is_copy], 1 - self.copies)}
        streams, shares = [], []
        for number, (kind, (rows, share)) in enumerate(kinds.items()):
            if share > 0:
                _check_kind(kind, rows, self.copies)
                streams.append(_balanced(manifest, rows, self.by, seed + 1 + number))
                shares.append(share)
        spoofs = streams[0] if len(streams) == 1 else MapDataset.mix(streams, shares)
        genuine = _balanced(manifest, bonafide, self.by, seed)
        if self.paired:
            beside: Any = BesideCopies(parents, spoofs, genuine)
            genuine = MapDataset.source(beside)
        return MapDataset.mix([genuine, spoofs])


def draws(stream: Any, first: int, count: int) -> np.ndarray:
    """Return draws first .. first + count - 1 of a stream as int64 (count,)."""
    return items(stream, range(first, first + count))


def _balanced(manifest: Manifest, indices: np.ndarray, by: str, seed: int) -> Any:
    """Return the stream of some utterances in which every value of `by` is drawn equally often."""
    from grain import MapDataset

    if by == "class":
        return _drawn(manifest, indices, seed)
    codes = _codes(manifest, by)[indices]
    groups = [indices[codes == code] for code in np.unique(codes)]
    if len(groups) == 1:
        return _drawn(manifest, indices, seed)
    if "+" in by:
        # The groups take turns. In their own order, many draws in a row would be of one attack.
        # The values of one column keep theirs, so that earlier runs resume with the same draws.
        order = np.random.default_rng(seed).permutation(len(groups))
        groups = [groups[place] for place in order.tolist()]
    return MapDataset.mix([_drawn(manifest, g, seed + n) for n, g in enumerate(groups)])


def _codes(manifest: Manifest, by: str) -> np.ndarray:
    """Return a number for each utterance's value of a column, or combination of values."""
    columns = [manifest.codes(name) for name in by.split("+")]
    if len(columns) == 1:
        return columns[0]
    return np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)[1].reshape(-1)


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


def _check_kind(kind: str, rows: np.ndarray, share: float) -> None:
    """Raise CorpusError where Paired cannot draw a kind of spoofs."""
    if len(rows):
        return
    if kind == "copy":
        raise CorpusError(
            "Paired draws copies, and no spoof of the training split has a parent there. Join "
            "copies to the corpus (data=WithCopies(...)), or set the share of copies to 0."
        )
    raise CorpusError(
        f"All spoofs of the training split are copies, and Paired draws a share of {share:g} of "
        "them. Set the share of copies to 1."
    )


def _class_indices(manifest: Manifest) -> tuple[np.ndarray, np.ndarray]:
    bonafide = np.flatnonzero(manifest.label == 1)
    spoof = np.flatnonzero(manifest.label == 0)
    for name, indices in (("bona fide", bonafide), ("spoof", spoof)):
        if len(indices) == 0:
            raise CorpusError(
                f"The training split has no {name} utterance: balanced sampling needs both classes."
            )
    return bonafide, spoof
