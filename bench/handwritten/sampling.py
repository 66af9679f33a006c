"""Balanced sampling, against grain's own shuffle, repeat and mix."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from bench.handwritten.piece import Piece
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.sampling import Balanced, draws

BATCH, BATCHES = 64, 64
ATTACKS = 8
BONAFIDE_EVERY = 10
SEED = 1


def sampling_pieces(utterances: int) -> Iterator[Piece]:
    """Yield the drawing of batches, balanced by class and by attack within the class."""
    manifest = manifest_of(utterances)
    classes = [np.flatnonzero(manifest.label == label) for label in (1, 0)]
    attack = manifest.codes("attack")
    attacks = [np.flatnonzero(attack == code) for code in range(ATTACKS)]

    from grain import MapDataset

    def mixed(groups: Sequence[np.ndarray]) -> Any:
        return MapDataset.mix(
            [MapDataset.source(group.tolist()).shuffle(seed=SEED).repeat() for group in groups]
        )

    by_class = mixed(classes)
    by_attack = MapDataset.mix([mixed(classes[:1]), mixed(attacks)])
    for name, sampler, grain in (
        ("class", Balanced(), by_class),
        ("attack", Balanced(by="attack"), by_attack),
    ):
        yield Piece(
            f"{BATCH * BATCHES:,} draws balanced by {name}",
            drawing(sampler.stream(manifest, SEED)),
            {"grain, shuffle and mix": drawing(grain)},
            repeats=5,
        )


def manifest_of(utterances: int) -> Manifest:
    """Return a manifest of utterances of which a tenth are bona fide."""
    numbers = np.arange(utterances)
    ids = np.array([f"T_{number:07d}" for number in numbers])
    is_bonafide = numbers % BONAFIDE_EVERY == 0
    names = tuple(f"A{number:02d}" for number in range(ATTACKS))
    attack = Column(np.where(is_bonafide, -1, numbers % ATTACKS).astype(np.int32), names)
    files = Files.under("audio", ids, ".flac")
    return Manifest.of("corpus", ids, is_bonafide.astype(np.int8), files, attack=attack)


def drawing(stream: Any) -> Callable[[], None]:
    """Return a call that draws the next batches, never the same ones twice."""
    position = 0

    def call() -> None:
        nonlocal position
        for _ in range(BATCHES):
            draws(stream, position, BATCH)
            position += BATCH

    return call
