"""Speakers and attacks, where the names of folders and files show them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from spoofjax.corpora.own_data.recordings import Recording

LEAST_SPEAKERS = 4
"""Fewer speakers cannot be divided among three splits."""
LEAST_EACH = 1.5
"""Names with fewer recordings each, on average, are those of recordings rather than of speakers."""
SEPARATORS = re.compile(r"[_\-. ]+")
COUNTS = (1, 2, 3)
"""How many words at the start of a name may be those of a speaker, such as p225 or LA_0079."""


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
    with one to three words before a '_', '-', '.' or space, and if these divide them: into four or
    more speakers with 1.5 recordings or more on average, none of whom has more than half. A spoof
    has the speaker whose name is a folder or in its own name. Its first other folder is its attack.
    """
    bonafide = [recording for recording in recordings if recording.label == 1]
    for rule, words in RULES:
        names = [rule(recording) for recording in bonafide]
        if _divide(names):
            return _people(recordings, rule, set(names), words)
    return _people(recordings, lambda recording: "", set(), "")


def _of_folder(recording: Recording) -> str:
    return recording.folders[0] if recording.folders else ""


def _of_name(recording: Recording, count: int) -> str:
    """Return the first words of a name that has more of them, or ''."""
    words = _words(recording)
    return "_".join(words[:count]) if len(words) > count else ""


def _words(recording: Recording) -> list[str]:
    return SEPARATORS.split(recording.stem)


def _parts(recording: Recording) -> list[str]:
    """Return what may be the name of a speaker on a path: folders, and words in a row."""
    words = _words(recording)
    runs = ["_".join(words[i : i + n]) for n in COUNTS for i in range(len(words) - n + 1)]
    return [*recording.folders, *runs]


def _divide(names: Sequence[str]) -> bool:
    """Whether the names can be those of the speakers of all bona fide recordings."""
    counts = Counter(names)
    return (
        "" not in counts
        and len(counts) >= LEAST_SPEAKERS
        and LEAST_EACH * len(counts) <= len(names)
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
            speaker = next((part for part in _parts(recording) if part in known), "")
        others = [name for name in recording.folders if name != speaker]
        speakers.append(speaker)
        attacks.append(others[0] if others and recording.label == 0 else "")
    return People(tuple(speakers), tuple(attacks), words)


RULES: tuple[tuple[Callable[[Recording], str], str], ...] = (
    (_of_folder, "the folders"),
    *((partial(_of_name, count=count), "the file names") for count in COUNTS),
)
"""Where a speaker may be named, in the order in which they are tried, and that in words."""
