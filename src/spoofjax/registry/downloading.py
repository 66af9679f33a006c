"""Downloading all the files of an entry, and keeping a record of their hashes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spoofjax.errors import RegistryError
from spoofjax.files import sha256_of
from spoofjax.registry.entry import File
from spoofjax.registry.fetching import Progress, fetch
from spoofjax.registry.store import Copy, FileRecord


@dataclass(frozen=True)
class Downloaded:
    """What happened to one file."""

    file: File
    sha256: str
    is_new: bool
    """Whether it was downloaded now, rather than being there already."""
    was_checked: bool
    """Whether its hash was known before, from the entry or from an earlier download."""


def download(
    copy: Copy, progress: Callable[[File], Progress] = lambda file: lambda done, total: None
) -> list[Downloaded]:
    """Download the files of an entry that are missing, and check those that are there.

    A file of which the entry knows no hash is compared with the hash of the first download. Raises
    RegistryError where a file cannot be downloaded or is not what it was.
    """
    return [_one(copy, file, progress(file)) for file in copy.entry.files]


def _one(copy: Copy, file: File, progress: Progress) -> Downloaded:
    path = copy.folder / file.name
    record = copy.records().get(file.name)
    if record is not None and record["url"] != file.url:
        record = None
    expected = file.sha256 or (record["sha256"] if record else None)
    if path.is_file() and record is not None:
        digest = sha256_of(path)
        if digest != expected:
            raise RegistryError(
                f"{path} has changed since it was downloaded: its SHA-256 is {digest}, not "
                f"{expected}. Delete it and run `spoofjax models get {copy.entry.name}` again."
            )
        return Downloaded(file, digest, is_new=False, was_checked=True)
    digest = fetch(file.url, path, expected, progress)
    facts: FileRecord = {"url": file.url, "sha256": digest, "bytes": path.stat().st_size}
    copy.add_record(file.name, facts)
    return Downloaded(file, digest, is_new=True, was_checked=expected is not None)
