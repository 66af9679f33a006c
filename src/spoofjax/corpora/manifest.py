"""A manifest: which utterances there are, what is known of each, and where its file lies.

It is a table kept by columns, so that the 680,774 rows of ASVspoof 5's evaluation set cost some
tens of megabytes and are picked, counted and joined by numpy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from spoofjax.corpora.segments import Segments
from spoofjax.errors import CorpusError, nearest

BONAFIDE, SPOOF, UNKNOWN = 1, 0, -1
COLUMNS = ("corpus", "attack", "codec", "speaker", "gender", "language", "source")
"""The columns every manifest has; a reader may add others that its corpus knows."""
NOTHING = ("-", "")
"""How tables write 'none'; such a value has code -1."""


class Column(NamedTuple):
    """One property of every utterance: int32 codes into a table of names; -1 means none."""

    codes: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str] | np.ndarray) -> Column:
        """Code strings (or UTF-8 bytes): '-' and '' become none, names are sorted."""
        if isinstance(values, np.ndarray) and values.dtype.kind == "S" and values.itemsize <= 8:
            return cls._of_words(values)
        listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
        spelt = {v: v.decode() if isinstance(v, bytes) else str(v) for v in set(listed)}
        names = tuple(sorted(set(spelt.values()).difference(NOTHING)))
        table = {name: code for code, name in enumerate(names)}
        codes = {value: table.get(name, -1) for value, name in spelt.items()}
        return cls(np.fromiter(map(codes.__getitem__, listed), np.int32, len(listed)), names)

    @classmethod
    def _of_words(cls, values: np.ndarray) -> Column:
        # Up to eight bytes are one integer, and sorting integers is several times faster. Big
        # endian keeps the order of the names.
        words = values.astype("S8").view(">u8").astype(np.uint64)
        distinct = np.unique(words)
        spelt = distinct.astype(">u8").view("S8").tolist()
        few = cls.of([word.decode() for word in spelt])
        return cls(few.codes[np.searchsorted(distinct, words)], few.names)

    @classmethod
    def constant(cls, name: str, rows: int) -> Column:
        """The same value in every row; '' or '-' is none."""
        if name in NOTHING:
            return cls(np.full(rows, -1, np.int32), ())
        return cls(np.zeros(rows, np.int32), (name,))

    def at(self, row: int) -> str:
        """Return the value of one row; '-' where there is none."""
        code = self.codes[row]
        return self.names[code] if code >= 0 else "-"

    def values(self) -> list[str]:
        """Return every row's value; '-' where there is none."""
        table = (*self.names, "-")
        return [table[code] for code in self.codes.tolist()]

    def tally(self) -> dict[str, int]:
        """Return how many rows each name has, in the order of the names; none is left out."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))
        return {name: int(n) for name, n in zip(self.names, counts, strict=True) if n}

    def without(self, names: Collection[str]) -> Column:
        """Return the column with some names read as none."""
        kept = tuple(name for name in self.names if name not in names)
        new = np.array([*(kept.index(n) if n in kept else -1 for n in self.names), -1], np.int32)
        return Column(new[self.codes], kept)

    def take(self, indices: np.ndarray) -> Column:
        """Return the chosen rows; the table of names stays whole."""
        return Column(self.codes[indices], self.names)

    @classmethod
    def join(cls, columns: Sequence[Column]) -> Column:
        """Return the rows of several columns under one merged table of names."""
        if all(column.names == columns[0].names for column in columns):
            names = columns[0].names
            return cls(np.concatenate([column.codes for column in columns]), names)
        names = tuple(sorted(set().union(*(column.names for column in columns))))
        table = {name: code for code, name in enumerate(names)}
        parts = []
        for column in columns:
            new = np.array([*(table[name] for name in column.names), -1], np.int32)
            parts.append(new[column.codes])
        return cls(np.concatenate(parts), names)


class Files(NamedTuple):
    """Where each utterance's file lies: folder, name and suffix, spelt out only when asked."""

    folder: Column
    """Folders with their closing slash; none for names that are paths already."""
    name: np.ndarray
    suffix: Column

    @classmethod
    def under(cls, folder: str, names: np.ndarray, suffix: str = "") -> Files:
        """Every file lies in (or below) one folder."""
        prefix = folder.rstrip("/") + "/" if folder else ""
        return cls(Column.constant(prefix, len(names)), names, Column.constant(suffix, len(names)))

    @classmethod
    def below(cls, folder: str, names: np.ndarray, suffix: str = "") -> Files:
        """As `under`, but names that are absolute paths stay as they are."""
        prefix = folder.rstrip("/") + "/"
        folders = ["" if name.startswith("/") else prefix for name in names.tolist()]
        return cls(Column.of(folders), names, Column.constant(suffix, len(names)))

    def path(self, row: int) -> str:
        """Return the path of one file."""
        folder, suffix = self.folder.codes[row], self.suffix.codes[row]
        head = self.folder.names[folder] if folder >= 0 else ""
        return f"{head}{self.name[row]}{self.suffix.names[suffix] if suffix >= 0 else ''}"

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        heads, tails = (*self.folder.names, ""), (*self.suffix.names, "")
        rows = zip(
            self.folder.codes.tolist(), self.name.tolist(), self.suffix.codes.tolist(), strict=True
        )
        return [f"{heads[h]}{name}{tails[t]}" for h, name, t in rows]

    def take(self, indices: np.ndarray) -> Files:
        """Return the chosen rows."""
        return Files(self.folder.take(indices), self.name[indices], self.suffix.take(indices))

    @classmethod
    def join(cls, parts: Sequence[Files]) -> Files:
        """Return the rows of several tables."""
        return cls(
            Column.join([part.folder for part in parts]),
            np.concatenate([part.name for part in parts]),
            Column.join([part.suffix for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class Manifest:
    """Utterances of one split, by columns; the key of an utterance is (corpus, id).

    `ids` str (utterances,); `label` int8 (utterances,): 1 bona fide, 0 spoof, -1 unknown;
    `samples` int64 (utterances,), lengths where they are known without opening the files;
    `segments` labels within utterances, for partially spoofed speech; `shares` the wanted share of
    each corpus among the draws of a mixture, empty where size decides.
    """

    ids: np.ndarray
    label: np.ndarray
    files: Files
    columns: Mapping[str, Column]
    samples: np.ndarray | None = None
    segments: Segments | None = None
    shares: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        corpus: str,
        ids: np.ndarray,
        label: np.ndarray,
        files: Files,
        *,
        samples: np.ndarray | None = None,
        segments: Segments | None = None,
        **columns: Column | str,
    ) -> Manifest:
        """Make the manifest of one corpus; a column is a Column, one name for all rows, or none."""
        rows = len(ids)
        given = {"corpus": corpus, **columns}
        wanted = (*COLUMNS, *(name for name in columns if name not in COLUMNS))
        table = {}
        for name in wanted:
            value = given.get(name, "-")
            table[name] = Column.constant(value, rows) if isinstance(value, str) else value
        return cls(np.asarray(ids), np.asarray(label, np.int8), files, table, samples, segments)

    def __post_init__(self) -> None:
        rows = {name: len(column.codes) for name, column in self.columns.items()}
        rows |= {"label": len(self.label), "files": len(self.files.name)}
        if self.samples is not None:
            rows["samples"] = len(self.samples)
        if self.segments is not None:
            rows["segments"] = len(self.segments)
        wrong = [f"{name} has {n}" for name, n in rows.items() if n != len(self.ids)]
        if wrong:
            raise CorpusError(f"A manifest of {len(self.ids)} ids where {', '.join(wrong)} rows.")

    def __len__(self) -> int:
        return len(self.ids)

    def path(self, row: int) -> str:
        """Return the path of one utterance's audio file."""
        return self.files.path(row)

    @property
    def corpus(self) -> str:
        """Name of the corpus; those of a mixture are joined by '+'."""
        return "+".join(self.columns["corpus"].names)

    @property
    def labelled(self) -> bool:
        """Whether there are utterances and all have a label."""
        return len(self) > 0 and bool(np.all(self.label != UNKNOWN))

    @property
    def attack(self) -> np.ndarray:
        """int32 (utterances,): codes of attacks; -1 for none."""
        return self.codes("attack")

    def codes(self, column: str) -> np.ndarray:
        """Return a column's codes, int32 (utterances,); raises CorpusError for one not there."""
        return self.column(column).codes

    def names(self, column: str) -> tuple[str, ...]:
        """Return a column's table of names."""
        return self.column(column).names

    def column(self, name: str) -> Column:
        """Return a column; raises CorpusError for one that is not there."""
        if name not in self.columns:
            raise CorpusError(
                f"{self.corpus} has no column {name!r}.{nearest(name, self.columns)} "
                f"There are: {', '.join(self.columns)}."
            )
        return self.columns[name]

    def keys(self) -> np.ndarray:
        """Return str (utterances,): ids, with 'corpus/' before them where there are several."""
        if len(self.names("corpus")) < 2:
            return self.ids
        pairs = zip(self.columns["corpus"].values(), self.ids.tolist(), strict=True)
        return np.array([f"{corpus}/{id_}" for corpus, id_ in pairs])

    def take(self, indices: np.ndarray | Sequence[int]) -> Manifest:
        """Return the chosen utterances, in the order of `indices` (or where a mask is true)."""
        chosen = np.asarray(indices)
        if chosen.dtype == bool:
            chosen = np.flatnonzero(chosen)
        chosen = chosen.astype(np.int64)
        return Manifest(
            self.ids[chosen],
            self.label[chosen],
            self.files.take(chosen),
            {name: column.take(chosen) for name, column in self.columns.items()},
            None if self.samples is None else self.samples[chosen],
            None if self.segments is None else self.segments.take(chosen),
            self.shares,
        )

    @classmethod
    def concatenate(
        cls, manifests: Iterable[Manifest], shares: Mapping[str, float] | None = None
    ) -> Manifest:
        """Join manifests, merging their tables of names; a column that one lacks is none there.

        Raises CorpusError where a key (corpus, id) stands twice, or for nothing at all.
        """
        parts = list(manifests)
        if not parts:
            raise CorpusError("There is no manifest to join.")
        columns = {}
        for name in dict.fromkeys(name for part in parts for name in part.columns):
            there = [p.columns.get(name) or Column.constant("-", len(p)) for p in parts]
            columns[name] = Column.join(there)
        samples = [part.samples for part in parts]
        known = [s for s in samples if s is not None]
        joined = cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.label for part in parts]),
            Files.join([part.files for part in parts]),
            columns,
            np.concatenate(known) if len(known) == len(parts) else None,
            Segments.join([(part.segments, len(part)) for part in parts]),
            shares or {},
        )
        twice = first_twice(joined.keys())
        if twice is not None:
            raise CorpusError(
                f"{joined.keys()[twice]} stands twice in the joined manifest. Give corpora of a "
                "mixture different names, and name each of them once."
            )
        return joined

    def counts(self) -> dict[str, Any]:
        """Return the summary of a split: utterances per class, attack, codec and so on."""
        return {
            "utterances": len(self),
            "bonafide": int(np.sum(self.label == BONAFIDE)),
            "spoof": int(np.sum(self.label == SPOOF)),
            "unknown": int(np.sum(self.label == UNKNOWN)),
            "speakers": len(self.columns["speaker"].tally()),
            "corpora": self.columns["corpus"].tally(),
            "attacks": self.columns["attack"].tally(),
            "codecs": self.columns["codec"].tally(),
            "genders": self.columns["gender"].tally(),
            "languages": self.columns["language"].tally(),
        }


def first_twice(values: np.ndarray) -> int | None:
    """Return the first row whose value stood before, or None; O(rows)."""
    if bool(np.all(values[1:] > values[:-1])):
        return None  # already in order, as protocols often are
    hashes = np.sort(_hashes(values))
    if not bool(np.any(hashes[1:] == hashes[:-1])):
        return None
    seen = set()
    for row, value in enumerate(values.tolist()):
        if value in seen:
            return row
        seen.add(value)
    return None


def _hashes(values: np.ndarray) -> np.ndarray:
    """Return uint64 (rows,): the same for equal strings, and next to never for others."""
    kind = np.uint8 if values.dtype.kind == "S" else np.uint32
    letters = np.ascontiguousarray(values).view(kind).reshape(len(values), -1)
    found = np.zeros(len(values), np.uint64)
    for column in letters.T:
        found *= np.uint64(0x9E3779B97F4A7C15)
        found += column
    return found
