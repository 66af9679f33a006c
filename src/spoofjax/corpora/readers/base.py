"""What the readers of all corpora share: finding files, checking rows, checking for audio."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.plan import is_packed
from spoofjax.corpora.problems import STRICT, Problems
from spoofjax.corpora.repeats import first_repeat
from spoofjax.corpora.rows import Rows
from spoofjax.corpora.segments import Segments
from spoofjax.errors import CorpusError

log = logging.getLogger("spoofjax")
SPLITS = ("train", "dev", "eval")


@dataclass(frozen=True)
class Reader(Corpus):
    """A corpus in a folder. Subclasses say where protocols lie and how to read one split."""

    root: str
    """The folder that holds the corpus; a relative one starts at the working directory."""
    missing: Literal["stop", "skip"] = "stop"
    """Files that a protocol names and the folder lacks: an error, or left out and counted."""
    release: str = ""
    """The published release this copy claims to be (such as asvspoof5), for `validate` to check."""

    def splits(self) -> tuple[str, ...]:
        """Return the splits that are there, protocol and audio."""
        if is_packed(self.root):
            return Packed(self.root).splits()
        return tuple(split for split in SPLITS if self.there(split))

    def there(self, split: str) -> bool:
        """Whether a split is there; for some corpora the protocol alone does not say so."""
        return self.protocol(split) is not None

    def manifest(self, split: str) -> Manifest:
        """Read and check one split; `root` may be what `spoofjax pack` made of the corpus.

        Raises CorpusError naming file, line and remedy.
        """
        if is_packed(self.root):
            return Packed(self.root).manifest(split)
        return self.read(split)

    def read(self, split: str, problems: Problems = STRICT) -> Manifest:
        """Read one split, telling `problems` of all that is wrong with it."""
        if split not in SPLITS:
            raise CorpusError(f"No split {split!r}: there are {', '.join(SPLITS)}.")
        if not Path(self.root).is_dir():
            raise CorpusError(
                f"{self.name}: there is no folder {Path(self.root).absolute()}. "
                f"Expected under it: {self.expected(split)}. Name the corpus's folder "
                "(--data.root DIR)."
            )
        source = self.protocol(split)
        if source is None:
            raise CorpusError(
                f"{self.name}: the {split} split is not there: expected {self.expected(split)} "
                f"under {Path(self.root).absolute()}, which holds {_listed(self.root)}. "
                "Name the folder that holds them (--data.root DIR)."
            )
        return self.rows(split, source, problems)

    def protocol(self, split: str) -> Path | None:
        """Return the file (or folder) that defines a split, or None where it is not there."""
        raise NotImplementedError

    def expected(self, split: str) -> str:
        """Return, in words, what `protocol` looks for."""
        raise NotImplementedError

    def rows(self, split: str, source: Path, problems: Problems) -> Manifest:
        """Read what `protocol` found."""
        raise NotImplementedError

    def may_be_unlisted(self, name: str) -> bool:
        """Whether a file that no protocol of this kind names may lie among those that are named."""
        return False

    def find(self, names: Sequence[str], folders: Sequence[str] = ("",)) -> Path | None:
        """Return the first of root/folder/name that exists."""
        for folder in folders:
            for name in names:
                path = Path(self.root, folder, name)
                if path.exists():
                    return path
        return None

    def audio_folder(self, names: Sequence[str], remedy: str = "") -> str:
        """Return the first of these folders under root; raises CorpusError where none exists."""
        found = self.find(names)
        if found is None or not found.is_dir():
            raise CorpusError(
                f"{self.name}: no folder of audio files: expected {' or '.join(names)} under "
                f"{Path(self.root).absolute()}, which holds {_listed(self.root)}. "
                f"{remedy or 'Unpack the audio archives there, or correct --data.root.'}"
            )
        inner = found / found.name  # an archive unpacked into a folder of its own name
        return str(inner if inner.is_dir() else found)

    def build(
        self,
        rows: Rows,
        ids: np.ndarray,
        label: np.ndarray,
        files: Files,
        problems: Problems = STRICT,
        *,
        samples: np.ndarray | None = None,
        segments: Segments | None = None,
        **columns: Column | str,
    ) -> Manifest:
        """Make the manifest of checked rows: no id twice, no file missing."""
        keep = np.ones(len(ids), bool)
        _check_ids(rows, ids, keep, problems)
        _check_audio(self.missing, rows, files, keep, problems)
        manifest = Manifest.of(
            self.name, ids, label, files, samples=samples, segments=segments, **columns
        )
        return manifest if keep.all() else manifest.take(keep)


@dataclass(frozen=True)
class OneSplit(Reader):
    """A corpus without splits of its own, which serves as the one named."""

    split: Literal["train", "dev", "eval"] = "eval"
    """What the corpus serves as."""

    def protocol(self, split: str) -> Path | None:
        return self.place() if split == self.split else None

    def expected(self, split: str) -> str:
        if split != self.split:
            return f"nothing, as the corpus serves as {self.split} (see --data.split),"
        return self.form()

    def place(self) -> Path | None:
        """Return the file or folder that defines the corpus, or None where it is not there."""
        raise NotImplementedError

    def form(self) -> str:
        """Return, in words, what `place` looks for."""
        raise NotImplementedError


def _check_ids(rows: Rows, ids: np.ndarray, keep: np.ndarray, problems: Problems) -> None:
    row = first_repeat(ids)
    if row is None:
        return
    before = int(np.flatnonzero(ids == ids[row])[0])
    _, first = np.unique(ids, return_index=True)
    again = np.ones(len(ids), bool)
    again[first] = False
    problems.add(
        "duplicate-id",
        rows.path,
        f"{ids[row]} stands a second time (first on line {rows.lines[before]})"
        f"{_more(int(again.sum()))}.",
        "Every utterance has one row: delete the other.",
        line=int(rows.lines[row]),
        count=int(again.sum()),
    )
    keep[again] = False


def _check_audio(
    missing: str, rows: Rows, files: Files, keep: np.ndarray, problems: Problems
) -> None:
    gone = absent(files)
    if not gone:
        return
    first, total = files.path(gone[0]), len(files.name)
    if missing == "skip" and len(gone) < total:
        log.warning(
            "%s names %d files that are not there (of %d, the first is %s); they are left out.",
            rows.path, len(gone), total, first,
        )  # fmt: skip
    else:
        problems.add(
            "missing",
            rows.path,
            f"no file {first}{_more(len(gone), 'files')} of {total}.",
            "Unpack all archives of the corpus, correct --data.root, or leave such rows out "
            "with --data.missing skip.",
            line=int(rows.lines[gone[0]]),
            count=len(gone),
        )
    keep[gone] = False


def absent(files: Files) -> list[int]:
    """Return the rows whose file does not exist; folders are listed, files are not touched."""
    if len(files.folder.names) == 1 and len(files.suffix.names) <= 1:
        # The common case, all in one folder, is one set comparison.
        tail = "".join(files.suffix.names)
        if names_in(files.folder.names[0]).issuperset(
            [name + tail for name in files.name.tolist()]
        ):
            return []
    folders: dict[str, set[str]] = {}
    gone = []
    for row, path in enumerate(files.paths()):
        folder, slash, name = path.rpartition("/")
        there = folders.get(folder)
        if there is None:
            there = folders[folder] = names_in(folder + slash)
        if name not in there:
            gone.append(row)
    return gone


def names_in(folder: str) -> set[str]:
    """Return what a folder holds; nothing where it is not there."""
    try:
        return set(os.listdir(folder or "."))
    except OSError:
        return set()


def _more(count: int, what: str = "rows") -> str:
    return f", and {count - 1} more {what}" if count > 1 else ""


def _listed(folder: str, limit: int = 8) -> str:
    names = sorted(os.listdir(folder))
    if not names:
        return "nothing"
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
