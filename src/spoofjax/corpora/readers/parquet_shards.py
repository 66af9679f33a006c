"""The Parquet files of each split of a data set, found by their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

SHARD = re.compile(r"-(\d{5})-of-(\d{5})$")
"""The end of the name of a shard, such as test-00003-of-00040."""


def shards_named(root: Path, names: Collection[str]) -> list[Path]:
    """Return NAME.parquet and NAME-*.parquet in `root` or root/data, and those in folders NAME."""
    shards = []
    for folder in (root, root / "data"):
        shards += [
            path for path in folder.glob("*.parquet") if re.split(r"[-_.]", path.stem)[0] in names
        ]
        for name in names:
            shards += (folder / name).glob("*.parquet")
    return sorted(shards)


def missing_shards(shards: Sequence[Path]) -> list[Path]:
    """Return the shards that are not there, though others say of how many they are one."""
    series = set()
    for path in shards:
        if match := SHARD.search(path.stem):
            series.add((path.parent, path.stem[: match.start()], int(match[2])))
    promised = [
        folder / f"{start}-{number:05d}-of-{total:05d}.parquet"
        for folder, start, total in sorted(series)
        for number in range(total)
    ]
    return [path for path in promised if path not in shards]
