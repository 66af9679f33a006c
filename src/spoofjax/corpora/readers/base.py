"""The base of all readers: a corpus in a folder, with a protocol for each split."""

from __future__ import annotations

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
from spoofjax.corpora.readers.row_checks import check_files, check_ids, check_paths
from spoofjax.corpora.rows import Rows
from spoofjax.corpora.segments import Segments
from spoofjax.corpora.splitting import is_fair, split_by_group
from spoofjax.errors import CorpusError, MissingCorpus

SPLITS = ("train", "dev", "eval")


@dataclass(frozen=True)
class Reader(Corpus):
    """A corpus in a folder.

    A subclass says where the protocol of a split is (`protocol`, and `expected` in words) and turns
    it into a manifest (`read_protocol`, which ends with `checked_manifest`).
    """

    root: str
    """The folder that holds the corpus; a relative one starts at the working directory."""
    missing: Literal["stop", "skip"] = "stop"
    """What to do about files that a protocol names and the folder lacks: an error, or leave their
    rows out and count them."""
    release: str = ""
    """The published release this copy claims to be (such as asvspoof5), for `validate` to check."""

    def __post_init__(self) -> None:
        # The ~ of a configuration file: no shell has replaced it by the home folder.
        object.__setattr__(self, "root", os.path.expanduser(self.root))

    def splits(self) -> tuple[str, ...]:
        """Return the splits that exist, protocol and audio."""
        if is_packed(self.root):
            return Packed(self.root).splits()
        return tuple(split for split in SPLITS if self.has_split(split))

    def has_split(self, split: str) -> bool:
        """Whether a split exists. Some corpora need more for that than the protocol."""
        return self.protocol(split) is not None

    def manifest(self, split: str) -> Manifest:
        """Read and check one split; `root` may be what `spoofjax pack` made of the corpus.

        Raises CorpusError naming file, line and remedy.
        """
        if is_packed(self.root):
            return Packed(self.root).manifest(split)
        return self.read(split)

    def read(self, split: str, problems: Problems = STRICT) -> Manifest:
        """Read one split and report to `problems` all that is wrong with it."""
        if split not in SPLITS:
            raise CorpusError(f"No split {split!r}: choose from {', '.join(SPLITS)}.")
        if not Path(self.root).is_dir():
            folder = str(Path(self.root).absolute())
            raise MissingCorpus(
                f"{self.name}: there is no folder {folder}. Expected under it: "
                f"{self.expected(split)}. Name the corpus's folder (--data.root DIR).",
                folder,
            )
        source = self.protocol(split)
        if source is None:
            raise CorpusError(
                f"{self.name}: no {split} split: expected {self.expected(split)} "
                f"under {Path(self.root).absolute()}, which holds {_listing(self.root)}. "
                "Name the folder that holds them (--data.root DIR)."
            )
        return self.read_protocol(split, source, problems)

    def protocol(self, split: str) -> Path | None:
        """Return the file (or folder) that defines a split, or None where it does not exist."""
        raise NotImplementedError

    def expected(self, split: str) -> str:
        """Return, in words, what `protocol` looks for."""
        raise NotImplementedError

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        """Read the file (or folder) that `protocol` returned."""
        raise NotImplementedError

    def may_be_unlisted(self, name: str) -> bool:
        """Whether a file may lie beside those of a protocol and be named by none of its rows."""
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
        folder = self.find(names)
        if folder is None or not folder.is_dir():
            raise CorpusError(
                f"{self.name}: no folder of audio files: expected {' or '.join(names)} under "
                f"{Path(self.root).absolute()}, which holds {_listing(self.root)}. "
                f"{remedy or 'Unpack the audio archives there, or correct --data.root.'}"
            )
        inner = folder / folder.name  # an archive unpacked into a folder of its own name
        return str(inner if inner.is_dir() else folder)

    def checked_manifest(
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
        """Make the manifest of a protocol's rows. Repeated ids and unfit files are reported."""
        keep = np.ones(len(ids), bool)
        check_ids(rows, ids, keep, problems)
        check_paths(rows, files, keep, problems)
        check_files(rows, files, keep, self.missing, problems)
        manifest = Manifest.of(
            self.name, ids, label, files, samples=samples, segments=segments, **columns
        )
        return manifest if keep.all() else manifest.take(keep)


@dataclass(frozen=True)
class OneSplit(Reader):
    """A corpus without splits of its own, which serves as the one named."""

    split: Literal["train", "dev", "eval", "divided"] = "eval"
    """What the corpus serves as. Divided, it has all three splits, 70, 15 and 15 % of each class,
    which share no speaker, and no attack where the spoofs have no speakers."""

    def read(self, split: str, problems: Problems = STRICT) -> Manifest:
        manifest = super().read(split, problems)
        return _part_of(manifest, split) if self.split == "divided" else manifest

    def protocol(self, split: str) -> Path | None:
        return self.find_protocol() if self.split in (split, "divided") else None

    def expected(self, split: str) -> str:
        if self.split not in (split, "divided"):
            return f"nothing, as the corpus serves as {self.split} (see --data.split),"
        return self.expected_files()

    def may_be_unlisted(self, name: str) -> bool:
        # The folders of a divided corpus hold the files of its other splits too.
        return self.split == "divided" or super().may_be_unlisted(name)

    def find_protocol(self) -> Path | None:
        """Return the file or folder that defines the corpus, or None where it does not exist."""
        raise NotImplementedError

    def expected_files(self) -> str:
        """Return, in words, what `find_protocol` looks for."""
        raise NotImplementedError


def _part_of(manifest: Manifest, split: str) -> Manifest:
    """Return one split of a divided corpus. Raises CorpusError where its groups are too few."""
    columns = [manifest.column(name).values() for name in ("speaker", "attack")]
    groups = [
        f"speaker {speaker}" if speaker != "-" else f"attack {attack}" if attack != "-" else id_
        for speaker, attack, id_ in zip(*columns, manifest.ids.tolist(), strict=True)
    ]
    labels = manifest.label.tolist()
    splits = split_by_group(groups, labels)
    if not is_fair(splits, labels):
        raise CorpusError(
            f"{manifest.corpus} cannot be divided: its {len(set(groups))} speakers and attacks are "
            "too few for three splits that share none. Use it as one split (--data.split eval)."
        )
    return manifest.take(np.array(splits) == split)


def _listing(folder: str, limit: int = 8) -> str:
    """Return the first names in a folder as words."""
    names = sorted(os.listdir(folder))
    if not names:
        return "nothing"
    rest = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + rest
