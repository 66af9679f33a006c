"""The recordings below a folder, and what the names of their folders say about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.readers.folder import SPLIT_NAMES
from spoofjax.corpora.readers.table import BONAFIDE_WORDS, SPOOF_WORDS
from spoofjax.errors import CorpusError

BONAFIDE_NAMES = frozenset({*BONAFIDE_WORDS, "bona_fide", "original", "authentic", "natural"})
SPOOF_NAMES = frozenset({*SPOOF_WORDS, "deep_fake", "generated", "cloned", "artificial"})
"""The names of class folders, in lower case; the plural counts too."""


@dataclass(frozen=True)
class Recording:
    """One audio file: its path below the folder, and what the folders on it say."""

    path: str
    label: int
    """1 bona fide, 0 spoof."""
    split: str
    """'train', 'dev', 'eval', or '' where no folder names a split."""
    folders: tuple[str, ...]
    """The other folders on the path, from the top."""

    @property
    def stem(self) -> str:
        """The name of the file without its suffix."""
        return Path(self.path).stem


def find_recordings(
    folder: Path, bonafide: Collection[str] = (), spoof: Collection[str] = ()
) -> list[Recording]:
    """Return the audio files below a folder whose path names a class, sorted by path.

    `bonafide` and `spoof` are further names of class folders. Raises CorpusError where the folder
    is missing or a class has no file.
    """
    if not folder.is_dir():
        raise CorpusError(f"There is no folder {folder.absolute()}.")
    paths = walk_audio(folder)
    recordings = describe(paths, bonafide, spoof)
    counts = Counter(recording.label for recording in recordings)
    if not (counts[0] and counts[1]):
        raise CorpusError(_no_class(folder, paths, counts))
    return recordings


def describe(
    paths: Sequence[str], bonafide: Collection[str] = (), spoof: Collection[str] = ()
) -> list[Recording]:
    """Return the recordings of those paths that name a class, in their order.

    `bonafide` and `spoof` are further names of class folders.
    """
    classes = {
        **dict.fromkeys(BONAFIDE_NAMES, 1),
        **dict.fromkeys(SPOOF_NAMES, 0),
        **dict.fromkeys((name.lower() for name in bonafide), 1),
        **dict.fromkeys((name.lower() for name in spoof), 0),
    }
    return [one for path in paths if (one := _described(path, classes)) is not None]


def _described(path: str, classes: dict[str, int]) -> Recording | None:
    """Return the recording of a path, or None where no folder on it is that of a class."""
    splits = {name: split for split, names in SPLIT_NAMES.items() for name in names}
    label, split, others = None, "", []
    for name in path.split("/")[:-1]:
        lower = name.lower()
        of_class = classes.get(lower, classes.get(lower.removesuffix("s")))
        if label is None and of_class is not None:
            label = of_class
        elif not split and lower in splits:
            split = splits[lower]
        else:
            others.append(name)
    return None if label is None else Recording(path, label, split, tuple(others))


def _no_class(folder: Path, paths: Sequence[str], counts: Counter[int]) -> str:
    """Return what is missing in a folder, and what is in it."""
    missing = [
        f"{word} (such as {examples}/)"
        for label, word, examples in (
            (1, "bona fide speech", "real/ or bonafide"),
            (0, "spoofs", "fake/ or spoof"),
        )
        if not counts[label]
    ]
    tops = sorted({path.split("/")[0] + "/" for path in paths if "/" in path})
    listed = ", ".join(tops[:8]) or ("audio files without folders" if paths else "no audio file")
    return (
        f"{folder.absolute()} has no audio file in a folder of {' or of '.join(missing)}; it holds "
        f"{listed}. Sort the files into such folders, or name yours: spoofjax init FOLDER "
        "--bonafide NAME --spoof NAME."
    )
