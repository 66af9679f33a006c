"""Entries as text and as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spoofjax.errors import printable
from spoofjax.registry.downloading import Downloaded
from spoofjax.registry.entry import Entry
from spoofjax.registry.progress import size
from spoofjax.registry.store import Copy


def table(entries: Sequence[Entry]) -> str:
    """Return one line for each entry: name, size, whether it is here, licence, what it is."""
    rows = [("name", "size", "here", "licence", "what")]
    rows += [
        (
            entry.name,
            size(entry.bytes) if entry.bytes else "unknown",
            _here(entry),
            entry.licence.partition(" (")[0] or "unknown",
            entry.what,
        )
        for entry in entries
    ]
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in shown)
    return "\n".join(line.rstrip() for line in lines)


def _here(entry: Entry) -> str:
    if not entry.files:
        return "by hand"
    return "yes" if Copy(entry).is_complete else "no"


def details(entry: Entry) -> str:
    """Return what is known about an entry, one fact a line."""
    copy = Copy(entry)
    facts = [
        ("what", entry.what),
        ("owner", entry.owner),
        ("licence", entry.licence),
        ("size", size(entry.bytes) if entry.bytes else ""),
        ("input", entry.input),
        ("configurations", ", ".join(entry.configs)),
        ("page", entry.page),
    ]
    for file in entry.files:
        facts.append(("file", file.url))
        facts.append(("SHA-256", file.sha256 or "not published; recorded at the first download"))
    here = str(copy.path) if copy.is_complete else f"no: spoofjax models get {entry.name}"
    if not entry.files:
        here = "no: download it from the page by a browser, and name the path of the file"
    facts.append(("here", here))
    if entry.imports_as:
        # What is not downloaded, or comes in an archive, lies wherever the user puts it.
        weights = copy.path if entry.files and copy.path.suffix != ".zip" else "FILE"
        command = f"spoofjax import {weights} --as {entry.imports_as} --out runs/{entry.name}"
        facts.append(("as a detector", command))
    lines = [f"{key + ':':16}{value}" for key, value in facts if value]
    return "\n".join(printable(line) for line in (entry.name, *lines))


def as_json(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON values, with the path of its download or null."""
    copy = Copy(entry)
    return {**entry.to_json(), "path": str(copy.path) if copy.is_complete else None}


def outcome(downloaded: Downloaded) -> str:
    """Return one line about a file of a download."""
    action = "downloaded" if downloaded.is_new else "already here"
    if downloaded.was_checked:
        check = "its hash is the expected one"
    else:
        check = "no hash is published; this one is recorded, and later downloads must have it"
    return printable(f"{downloaded.file.name}: {action}, SHA-256 {downloaded.sha256} ({check})")
