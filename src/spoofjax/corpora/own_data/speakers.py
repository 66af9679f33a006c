"""Speakers and attacks, where the names of folders and files show them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spoofjax.corpora.own_data.recordings import Recording

LEAST_SPEAKERS = 4
"""Fewer speakers cannot be divided among three splits."""
SEPARATORS = re.compile(r"[_\-. ]+")


@dataclass(frozen=True)
class People:
    """Who speaks in each recording, and by which attack; '' where the names do not show it."""

    speakers: tuple[str, ...]
    attacks: tuple[str, ...]
    shown_by: str
    """Where the speakers were read from, in words; '' where there are none."""


def people_of(recordings: Sequence[Recording]) -> People:
    """Return the speakers and attacks that the paths of recordings show.

    The bona fide recordings show speakers if all of them are in folders, or have names that begin
    with a word before the first '_', '-', '.' or space, and if these divide them: into four or more
    speakers with two recordings on average, none of whom has more than half. A spoof has the
    speaker whose name is a folder or a word of its path. Its first other folder is its attack.
    """
    bonafide = [recording for recording in recordings if recording.label == 1]
    for rule, words in ((_of_folder, "the folders"), (_of_name, "the file names")):
        names = [rule(recording) for recording in bonafide]
        if _divide(names):
            return _people(recordings, rule, set(names), words)
    return _people(recordings, lambda recording: "", set(), "")


def _of_folder(recording: Recording) -> str:
    return recording.folders[0] if recording.folders else ""


def _of_name(recording: Recording) -> str:
    first, *others = SEPARATORS.split(recording.stem)
    return first if others else ""


def _divide(names: Sequence[str]) -> bool:
    """Whether the names can be those of the speakers of all bona fide recordings."""
    counts = Counter(names)
    return (
        "" not in counts
        and len(counts) >= LEAST_SPEAKERS
        and 2 * len(counts) <= len(names)
        and 2 * max(counts.values()) <= len(names)
    )


def _people(
    recordings: Sequence[Recording],
    rule: Callable[[Recording], str],
    known: set[str],
    words: str,
) -> People:
    speakers, attacks = [], []
    for recording in recordings:
        if recording.label == 1:
            speaker = rule(recording)
        else:
            parts = (*recording.folders, *SEPARATORS.split(recording.stem))
            speaker = next((part for part in parts if part in known), "")
        others = [name for name in recording.folders if name != speaker]
        speakers.append(speaker)
        attacks.append(others[0] if others and recording.label == 0 else "")
    return People(tuple(speakers), tuple(attacks), words)
