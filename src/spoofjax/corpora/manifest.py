"""A manifest: which utterances there are, what is known of each, and where its file lies.

It is a table kept by columns, so that the 680,774 rows of ASVspoof 5's evaluation set cost some
tens of megabytes and are picked, counted and joined by numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.repeats import first_repeat
from spoofjax.corpora.segments import Segments
from spoofjax.errors import CorpusError, nearest

BONAFIDE, SPOOF, UNKNOWN = 1, 0, -1
COLUMNS = ("corpus", "attack", "codec", "speaker", "gender", "language", "source")
"""The columns every manifest has; a reader may add others that its corpus knows."""


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
        twice = first_repeat(joined.keys())
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
