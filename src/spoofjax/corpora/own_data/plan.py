"""The plan for a folder of recordings: what is used, in which split, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.own_data.notes import overlaps, unlike_rates, usable
from spoofjax.corpora.own_data.recordings import Recording, find_recordings
from spoofjax.corpora.own_data.speakers import People, people_of
from spoofjax.corpora.splitting import SHARES, is_fair, joined_groups, split_by_group
from spoofjax.corpora.validation.audio_facts import Facts
from spoofjax.corpora.validation.examination import examine_all
from spoofjax.errors import CorpusError

WITHOUT_EVAL = {"train": 0.85, "dev": 0.15}
"""The shares where folders name the recordings of eval."""
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
    is_used, notes = usable(recordings, facts)
    recordings = [one for one, used in zip(recordings, is_used, strict=True) if used]
    facts = [fact for fact, used in zip(facts, is_used, strict=True) if used]
    _check_counts(folder, recordings)
    people = people_of(recordings)
    splits, split_by = _divided(recordings, facts, people)
    notes += overlaps(splits, facts)
    notes += unlike_rates(recordings, facts)
    return Plan(
        folder, tuple(recordings), tuple(facts), tuple(splits), people, split_by, tuple(notes)
    )


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
) -> tuple[list[str], str]:
    """Return the split of every recording, and in words how they were made."""
    given = [one.split for one in recordings]
    if {"train", "dev"} <= set(given) and "" not in given:
        return given, "as the folders say"
    if set(given) != {"train", "eval"}:
        return _grouped(recordings, facts, people.speakers, people.shown_by, SHARES)
    rows = [row for row, split in enumerate(given) if split == "train"]
    speakers = [people.speakers[row] for row in rows]
    chosen = [recordings[row] for row in rows], [facts[row] for row in rows]
    parts, words = _grouped(*chosen, speakers, people.shown_by, WITHOUT_EVAL)
    splits = given.copy()
    for row, split in zip(rows, parts, strict=True):
        splits[row] = split
    return splits, f"{words}, with eval as the folders say"


def _grouped(
    recordings: Sequence[Recording],
    facts: Sequence[Facts],
    speakers: Sequence[str],
    shown_by: str,
    shares: Mapping[str, float],
) -> tuple[list[str], str]:
    """Divide recordings by speaker if that gives every split its share, else by their sound."""
    labels, digests = [one.label for one in recordings], [fact.digest for fact in facts]
    if shown_by:
        splits = split_by_group(joined_groups(speakers, digests), labels, shares)
        if is_fair(splits, labels, shares):
            count = len(set(speakers) - {""})
            return splits, f"by speaker ({count} of them, from {shown_by})"
    splits = split_by_group(joined_groups([""] * len(digests), digests), labels, shares)
    words = "by a hash of the sound"
    return splits, f"{words}, as the speakers cannot be divided evenly" if shown_by else words
