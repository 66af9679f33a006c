"""The plan for a folder of recordings: what is used, in which split, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.own_data.recordings import Recording, find_recordings
from spoofjax.corpora.own_data.speakers import People, people_of
from spoofjax.corpora.own_data.splitting import SHARES, is_fair, joined_groups, split_by_group
from spoofjax.corpora.validation.audio_facts import Facts
from spoofjax.corpora.validation.examination import examine_all
from spoofjax.errors import CorpusError

LEAST_RECORDINGS = 10
"""A class with fewer recordings cannot be divided into train, dev and eval."""


@dataclass(frozen=True)
class Plan:
    """The recordings of a folder that are used, with the split, speaker and attack of each."""

    folder: Path
    recordings: tuple[Recording, ...]
    facts: tuple[Facts, ...]
    splits: tuple[str, ...]
    people: People
    split_by: str
    """How the splits were made, in words."""
    notes: tuple[str, ...]
    """What a user should know of recordings that are left out or alike."""

    def count(self, label: int, split: str) -> int:
        """Return the number of recordings of a class in a split."""
        rows = zip(self.recordings, self.splits, strict=True)
        return sum(one.label == label and of == split for one, of in rows)

    def seconds(self) -> np.ndarray:
        """Return the durations of the recordings, float64 (recordings,)."""
        return np.array([fact.frames / fact.rate for fact in self.facts])


def plan(
    folder: Path,
    bonafide: Collection[str] = (),
    spoof: Collection[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Listen to the recordings below a folder and divide them into train, dev and eval.

    Recordings that cannot be read are left out, and so are those that are bona fide in one place
    and spoof in another. Equal recordings come into one split. `bonafide` and `spoof` are further
    names of class folders; `progress(done, total)` is called as files are read. Raises CorpusError
    for a folder without both classes, or with too few recordings of one.
    """
    recordings = find_recordings(folder, bonafide, spoof)
    facts = examine_all([str(folder / one.path) for one in recordings], progress=progress)
    is_used, notes = _usable(recordings, facts)
    recordings = [one for one, used in zip(recordings, is_used, strict=True) if used]
    facts = [fact for fact, used in zip(facts, is_used, strict=True) if used]
    _check_counts(folder, recordings)
    people = people_of(recordings)
    splits, people, split_by = _divided(recordings, facts, people)
    notes += _overlaps(splits, facts)
    notes += _rates(recordings, facts)
    return Plan(
        folder, tuple(recordings), tuple(facts), tuple(splits), people, split_by, tuple(notes)
    )


def _usable(
    recordings: Sequence[Recording], facts: Sequence[Facts]
) -> tuple[list[bool], list[str]]:
    """Return which recordings are used, and what is said about the others."""
    labels: dict[str, set[int]] = defaultdict(set)
    for one, fact in zip(recordings, facts, strict=True):
        labels[fact.digest].add(one.label)
    is_readable = [bool(fact.digest) for fact in facts]
    is_clear = [len(labels[fact.digest]) == 1 for fact in facts]
    notes = []
    unreadable = [one.path for one, ok in zip(recordings, is_readable, strict=True) if not ok]
    if unreadable:
        notes.append(
            f"{len(unreadable)} files cannot be read and are left out: {_some(unreadable)}"
        )
    is_both = [ok and not clear for ok, clear in zip(is_readable, is_clear, strict=True)]
    both = [one.path for one, doubtful in zip(recordings, is_both, strict=True) if doubtful]
    if both:
        notes.append(
            f"{len(both)} files have equal sound in both classes and are left out: {_some(both)}"
        )
    return [ok and clear for ok, clear in zip(is_readable, is_clear, strict=True)], notes


def _check_counts(folder: Path, recordings: Sequence[Recording]) -> None:
    counts = Counter(one.label for one in recordings)
    for label, word in ((1, "bona fide"), (0, "spoofed")):
        if counts[label] < LEAST_RECORDINGS:
            raise CorpusError(
                f"{folder.absolute()} has {counts[label]} {word} recordings that can be used; at "
                f"least {LEAST_RECORDINGS} of each class are needed. Add more."
            )


def _divided(
    recordings: Sequence[Recording], facts: Sequence[Facts], people: People
) -> tuple[list[str], People, str]:
    """Return the splits, the speakers that they respect, and how they were made in words."""
    labels = [one.label for one in recordings]
    given = [one.split for one in recordings]
    if {"train", "dev"} <= set(given) and "" not in given:
        return given, people, "as the folders say"
    to_divide, shares, suffix = [True] * len(given), SHARES, ""
    if set(given) == {"train", "eval"}:
        to_divide = [split == "train" for split in given]
        shares = {"train": 0.85, "dev": 0.15}
        suffix = ", with eval as the folders say"
    rows = [row for row, divides in enumerate(to_divide) if divides]
    chosen = [labels[row] for row in rows]
    digests = [facts[row].digest for row in rows]
    count = len({people.speakers[row] for row in rows} - {""})
    split_by = f"by speaker ({count} of them, from {people.shown_by})"
    groups = joined_groups([people.speakers[row] for row in rows], digests)
    parts = split_by_group(groups, chosen, shares)
    if not people.shown_by or not is_fair(parts, chosen, shares):
        split_by = "by a hash of the sound"
        if people.shown_by:
            split_by += ", as the speakers cannot be divided evenly"
            people = people.without_speakers()
        parts = split_by_group(joined_groups([""] * len(rows), digests), chosen, shares)
    splits = given.copy()
    for row, split in zip(rows, parts, strict=True):
        splits[row] = split
    return splits, people, split_by + suffix


def _overlaps(splits: Sequence[str], facts: Sequence[Facts]) -> list[str]:
    """Return a warning of equal recordings in two splits, which only given splits can have."""
    by_digest: dict[str, set[str]] = defaultdict(set)
    for split, fact in zip(splits, facts, strict=True):
        by_digest[fact.digest].add(split)
    shared = sum(len(names) > 1 for names in by_digest.values())
    if not shared:
        return []
    return [
        f"{shared} recordings are in two splits, which makes results look better than they are: "
        "`spoofjax validate` names them"
    ]


def _rates(recordings: Sequence[Recording], facts: Sequence[Facts]) -> list[str]:
    """Return a warning where the sample rate tells the class."""
    rates = {
        label: Counter(
            f.rate for one, f in zip(recordings, facts, strict=True) if one.label == label
        )
        for label in (1, 0)
    }
    usual = {label: counts.most_common(1)[0][0] for label, counts in rates.items()}
    if usual[1] == usual[0]:
        return []
    return [
        f"bona fide speech is mostly at {usual[1]:,} Hz and spoofs at {usual[0]:,} Hz: a detector "
        "learns that difference. Convert all files to the lower rate first"
    ]


def _some(paths: Sequence[str], most: int = 3) -> str:
    return ", ".join(paths[:most]) + (", ..." if len(paths) > most else "")
