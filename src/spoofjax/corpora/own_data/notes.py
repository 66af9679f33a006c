"""What a user should know of the recordings in a folder: damage, copies, unlike rates."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from spoofjax.corpora.own_data.recordings import Recording
from spoofjax.corpora.validation.audio_facts import Facts


def usable(recordings: Sequence[Recording], facts: Sequence[Facts]) -> tuple[list[bool], list[str]]:
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


def overlaps(splits: Sequence[str], facts: Sequence[Facts]) -> list[str]:
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


def unlike_rates(recordings: Sequence[Recording], facts: Sequence[Facts]) -> list[str]:
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
