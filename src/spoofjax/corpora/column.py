"""One property of every utterance, such as its attack or its speaker, as codes into names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np

from spoofjax.errors import CorpusError

NOTHING = ("-", "")
"""How tables write 'none'; such a value has code -1."""


class Column(NamedTuple):
    """One property of every utterance: int32 codes into a table of names; -1 means none."""

    codes: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Sequence[str] | np.ndarray) -> Column:
        """Code strings or UTF-8 bytes. '-' and '' become none; names are sorted."""
        if isinstance(values, np.ndarray) and values.dtype.kind == "S" and values.itemsize <= 8:
            return cls._of_words(values)
        listed = values.tolist() if isinstance(values, np.ndarray) else list(values)
        text = {v: v.decode() if isinstance(v, bytes) else str(v) for v in set(listed)}
        names = tuple(sorted(set(text.values()).difference(NOTHING)))
        table = {name: code for code, name in enumerate(names)}
        codes = {value: table.get(name, -1) for value, name in text.items()}
        return cls(np.fromiter(map(codes.__getitem__, listed), np.int32, len(listed)), names)

    @classmethod
    def _of_words(cls, values: np.ndarray) -> Column:
        # Up to eight bytes make one integer, and integers sort several times faster than strings.
        # Big-endian integers sort like the names.
        words = values.astype("S8").view(">u8").astype(np.uint64)
        distinct = np.unique(words)
        names = distinct.astype(">u8").view("S8").tolist()
        coded = cls.of([name.decode() for name in names])
        return cls(coded.codes[np.searchsorted(distinct, words)], coded.names)

    @classmethod
    def constant(cls, name: str, rows: int) -> Column:
        """Return a column with one value in every row; '' or '-' is none."""
        if name in NOTHING:
            return cls(np.full(rows, -1, np.int32), ())
        return cls(np.zeros(rows, np.int32), (name,))

    def check(self, name: str) -> None:
        """Raise CorpusError for a code that has no name; `name` is that of the column."""
        if len(self.codes) == 0:
            return
        low, high = int(self.codes.min()), int(self.codes.max())
        if low < -1 or high >= len(self.names):
            raise CorpusError(
                f"Column {name} has the code {low if low < -1 else high}, but only -1 (none) to "
                f"{len(self.names) - 1} have a name."
            )

    def at(self, row: int) -> str:
        """Return the value of one row; '-' where there is none."""
        code = self.codes[row]
        return self.names[code] if code >= 0 else "-"

    def values(self) -> list[str]:
        """Return every row's value; '-' where there is none."""
        table = (*self.names, "-")
        return [table[code] for code in self.codes.tolist()]

    def tally(self) -> dict[str, int]:
        """Return the number of rows of each name that has any, in the order of the names."""
        counts = np.bincount(self.codes[self.codes >= 0], minlength=len(self.names))
        return {name: int(n) for name, n in zip(self.names, counts, strict=True) if n}

    def without(self, names: Collection[str]) -> Column:
        """Return the column with some names taken as none."""
        kept = tuple(name for name in self.names if name not in names)
        new = np.array([*(kept.index(n) if n in kept else -1 for n in self.names), -1], np.int32)
        return Column(new[self.codes], kept)

    def take(self, indices: np.ndarray) -> Column:
        """Return the chosen rows, with all names."""
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
