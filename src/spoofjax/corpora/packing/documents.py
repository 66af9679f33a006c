"""What the JSON files of a packed corpus must hold to be read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired, TypedDict

from spoofjax.corpora.manifest import COLUMNS
from spoofjax.names import FileName
from spoofjax.shapes import Count, between


class PackedSplit(TypedDict):
    """What packed.json says of a split."""

    rows: Count
    sha256: str


class Versioned(TypedDict):
    """What packed.json holds in every version."""

    version: int


class Plan(TypedDict):
    """packed.json."""

    version: int
    corpus: FileName
    rate: Annotated[int, between(1)]
    format: Literal["npy", "arrayrecord"]
    shard_rows: Annotated[int, between(1)]
    splits: dict[FileName, PackedSplit]


class ShardEntry(TypedDict):
    """What manifest.json says of a shard."""

    file: FileName
    bytes: Count
    sha256: str
    checksums: NotRequired[str]


def _columns_problem(columns: Mapping[str, Any]) -> str:
    """Return which of the columns that every manifest has is missing; '' if none is."""
    missing = [name for name in COLUMNS if name not in columns]
    return f"must have a column {missing[0]}" if missing else ""


class StoredManifest(TypedDict):
    """manifest.json."""

    rows: Count
    columns: Annotated[dict[FileName, list[str]], _columns_problem]
    packed_rows: Count
    shards: list[ShardEntry]
    unreadable: list[tuple[Count, str]]
    segment_step: NotRequired[Annotated[float, between(1e-6)]]


class Receipt(TypedDict):
    """The receipt of a shard."""

    file: FileName
    bytes: Count
    sha256: str
    checksums: NotRequired[str]
    samples: list[Count]
    unreadable: list[tuple[Count, str]]
