"""Which recording goes into which split: whole speakers, and equal recordings together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

SHARES = {"train": 0.7, "dev": 0.15, "eval": 0.15}
"""The shares of the recordings of each class that the splits should have."""
LEAST = 0.3
"""The least share of its due that a split must get of each class."""


def split_by_group(
    groups: Sequence[str], labels: Sequence[int], shares: Mapping[str, float] = SHARES
) -> list[str]:
    """Return the split of every recording; recordings of one group get the same.

    Groups are given, from the largest to the smallest, and of equal size in the order of a hash of
    their names, to the split that lacks most of the classes that they have. The result depends on
    nothing else.
    """
    names, of_row = np.unique(np.asarray(groups, np.str_), return_inverse=True)
    counts = np.zeros((len(names), 2))
    np.add.at(counts, (of_row, np.asarray(labels)), 1)
    due = np.outer(list(shares.values()), counts.sum(axis=0) / sum(shares.values()))
    lacks = due.copy()
    chosen = np.zeros(len(names), int)
    order = sorted(range(len(names)), key=lambda n: (-counts[n].sum(), _hash(str(names[n]))))
    for group in order:
        weights = counts[group] / np.maximum(counts.sum(axis=0), 1)
        chosen[group] = int(np.argmax((lacks / np.maximum(due, 1e-9)) @ weights))
        lacks[chosen[group]] -= counts[group]
    splits = list(shares)
    return [splits[number] for number in chosen[of_row].tolist()]


def is_fair(
    splits: Sequence[str], labels: Sequence[int], shares: Mapping[str, float] = SHARES
) -> bool:
    """Whether every split has its share, within a factor, of each class."""
    counts, totals = Counter(zip(splits, labels, strict=True)), Counter(labels)
    return all(
        counts[split, label] >= max(1, LEAST * share * total)
        for split, share in shares.items()
        for label, total in totals.items()
    )


def joined_groups(speakers: Sequence[str], digests: Sequence[str]) -> list[str]:
    """Return the group of every recording: its speaker, joined with all who share a recording.

    A recording without a speaker is a group of its own, with its copies. `digests` are equal for
    equal samples.
    """
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            leader[name] = leader[leader[name]]  # keeps the way to the leader short
            name = leader[name]
        return name

    names = [
        (f"speaker {speaker}" if speaker else f"recording {digest}", f"recording {digest}")
        for speaker, digest in zip(speakers, digests, strict=True)
    ]
    for first, second in names:
        a, b = sorted((find(first), find(second)))
        leader[b] = a
    return [find(first) for first, _ in names]


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=8).digest()
