"""A manifest: the utterances of a split, what is known about each, and where its file is.

It is kept by columns, so that the 680,774 rows of the evaluation set of ASVspoof 5 take some tens
of megabytes, and numpy selects, counts and joins them.
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
from spoofjax.names import check_name

BONAFIDE, SPOOF, UNKNOWN = 1, 0, -1
COLUMNS = ("corpus", "attack", "codec", "speaker", "gender", "language", "source")
"""The columns every manifest has; a reader may add others that its corpus knows."""


@dataclass(frozen=True, eq=False)
class Manifest:
    """Utterances of one split, by columns; the key of an utterance is (corpus, id).

    `ids` str (utterances,); `label` int8 (utterances,): 1 bona fide, 0 spoof, -1 unknown;
    `samples` int64 (utterances,), lengths, or None where only the files tell them;
    `segments` labels within utterances, for partially spoofed speech; `shares` the share of each
    corpus in the draws from a mixture, empty where it follows from the sizes.
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
        """Make the manifest of one corpus. A column is a Column, or one name for all rows."""
        rows = len(ids)
        values = {"corpus": corpus, **columns}
        table = {}
        for name in dict.fromkeys((*COLUMNS, *columns)):
            value = values.get(name, "-")
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
        for name, column in self.columns.items():
            column.check(name)
        for corpus in self.names("corpus") if "corpus" in self.columns else ():
            check_name(corpus, "The name of the corpus", CorpusError)

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
        """Whether all utterances have a label, and there is at least one."""
        return len(self) > 0 and bool(np.all(self.label != UNKNOWN))

    @property
    def missing_classes(self) -> list[str]:
        """The classes that no utterance has, in words."""
        words = {BONAFIDE: "bona fide", SPOOF: "spoof"}
        return [word for label, word in words.items() if not np.any(self.label == label)]

    @property
    def attack(self) -> np.ndarray:
        """The codes of the attacks, int32 (utterances,); -1 is none."""
        return self.codes("attack")

    def codes(self, column: str) -> np.ndarray:
        """Return the codes of a column, int32 (utterances,). Raises CorpusError for others."""
        return self.column(column).codes

    def names(self, column: str) -> tuple[str, ...]:
        """Return a column's table of names."""
        return self.column(column).names

    def column(self, name: str) -> Column:
        """Return a column. Raises CorpusError for an unknown one."""
        if name not in self.columns:
            raise CorpusError(
                f"{self.corpus} has no column {name!r}.{nearest(name, self.columns)} "
                f"It has: {', '.join(self.columns)}."
            )
        return self.columns[name]

    def keys(self) -> np.ndarray:
        """Return the ids, str (utterances,), as 'corpus/id' if there are several corpora."""
        if len(self.names("corpus")) < 2:
            return self.ids
        pairs = zip(self.columns["corpus"].values(), self.ids.tolist(), strict=True)
        return np.array([f"{corpus}/{id_}" for corpus, id_ in pairs])

    def take(self, indices: np.ndarray | Sequence[int]) -> Manifest:
        """Return the utterances at `indices`, in their order, or those where a mask is true."""
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
        """Join manifests and merge their names. Rows of one that lacks a column have none there.

        Raises CorpusError where a key (corpus, id) occurs twice, and where there is no manifest.
        """
        parts = list(manifests)
        if not parts:
            raise CorpusError("There is no manifest to join.")
        columns = {}
        for name in dict.fromkeys(name for part in parts for name in part.columns):
            joined = [p.columns.get(name) or Column.constant("-", len(p)) for p in parts]
            columns[name] = Column.join(joined)
        samples = [part.samples for part in parts if part.samples is not None]
        manifest = cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.label for part in parts]),
            Files.join([part.files for part in parts]),
            columns,
            np.concatenate(samples) if len(samples) == len(parts) else None,
            Segments.join([(part.segments, len(part)) for part in parts]),
            shares or {},
        )
        repeat = first_repeat(manifest.keys())
        if repeat is not None:
            raise CorpusError(
                f"{manifest.keys()[repeat]} occurs twice in the joined manifest. Give the corpora "
                "of a mixture different names, and list each of them once."
            )
        return manifest

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
