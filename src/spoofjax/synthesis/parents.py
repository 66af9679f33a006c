"""What is made of each utterance: the copies, their ids and their seeds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Attack
from spoofjax.corpora.manifest import BONAFIDE, UNKNOWN, Manifest
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.names import check_name

ITSELF = "-"
"""The tag of a parent that is written unchanged."""


@dataclass(frozen=True)
class Synthesis:
    """Which copies are made of a corpus."""

    attacks: Mapping[str, Attack]
    """By the tags that they have in the protocol, as attacks or as codecs."""
    seed: int = 1
    each: int | None = None
    """Attacks or codecs for each utterance, drawn by the seed; None: all of them."""
    with_bonafide: bool = False
    """Write the parents, too."""
    is_transmission: bool = False
    """Whether `attacks` are codecs that transmit both classes: copies then keep the label of their
    parents. Otherwise copies of bona fide speech are spoofs."""

    def __post_init__(self) -> None:
        count = len(self.attacks)
        if self.each is not None and not 1 <= self.each <= count:
            raise ConfigError(f"Each utterance can have 1 to {count} of these attacks or codecs.")
        if self.is_transmission and self.with_bonafide:
            raise ConfigError(
                "Coded copies are of both classes already: leave --with-bonafide out, and join "
                "them to their corpus by WithCopies."
            )


class Copy(NamedTuple):
    """One file to write."""

    id: str
    tag: str
    seed: int | None
    """uint64; None for a parent that is written unchanged."""


class Parent(NamedTuple):
    """An utterance and what is made of it."""

    split: str
    row: int
    """Its row among the originals of the split."""
    key: str
    copies: tuple[Copy, ...]


def originals_of(manifest: Manifest, split: str, synthesis: Synthesis) -> Manifest:
    """Return the utterances of a split that are copied: the bona fide ones, or all with a label
    where both classes are transmitted. Raises CorpusError where there are none."""
    if synthesis.is_transmission:
        rows, kind = np.flatnonzero(manifest.label != UNKNOWN), "labelled"
    else:
        rows, kind = np.flatnonzero(manifest.label == BONAFIDE), "bona fide"
    if not len(rows):
        raise CorpusError(f"The {split} split of {manifest.corpus} has no {kind} utterance.")
    return manifest.take(rows)


def parents_of(originals: Manifest, split: str, synthesis: Synthesis) -> list[Parent]:
    """Return all originals of a split with the copies that are made of each.

    The seed of a copy is a function of the seed, the key of the parent and the tag of the attack.
    Raises CorpusError for an id that cannot be the name of a file.
    """
    return [
        Parent(split, row, key, _copies_of(key, synthesis))
        for row, key in enumerate(originals.keys().tolist())
    ]


def _copies_of(key: str, synthesis: Synthesis) -> tuple[Copy, ...]:
    stem = file_stem(key)
    copies = [
        Copy(f"{stem}~{tag}", tag, _seed(synthesis.seed, key, tag)) for tag in synthesis.attacks
    ]
    if synthesis.each is not None:
        # The seeds are random numbers already: those with the smallest are a fair draw.
        chosen = sorted(copies, key=lambda copy: copy.seed or 0)[: synthesis.each]
        copies = [copy for copy in copies if copy in chosen]
    if synthesis.with_bonafide:
        copies.insert(0, Copy(stem, ITSELF, None))
    for copy in copies:
        check_name(copy.id, f"The name of a copy of {key}", CorpusError)
    return tuple(copies)


def _seed(seed: int, key: str, tag: str) -> int:
    name = hashlib.sha256(f"{tag}\n{key}".encode(errors="surrogateescape")).digest()
    return int(draw_seeds(seed, int.from_bytes(name[:7], "little")))


def file_stem(key: str) -> str:
    """Return a key as the name of a file without suffix, and as one field of a protocol.

    Blanks, slashes and the like become %20, %2F and so on, so that different keys stay different.
    """
    return re.sub(r"[\s/\\%~]|^[.-]", lambda m: f"%{ord(m[0]):02X}", key)
