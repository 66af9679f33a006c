"""All entries by name: those that ship and those that the user added."""

from __future__ import annotations

from typing import Annotated

from spoofjax.errors import RegistryError, nearest
from spoofjax.files import write_json
from spoofjax.json_files import read_json
from spoofjax.names import name_problem
from spoofjax.registry.entry import Entry, EntryFields, sha256_problem, url_problem
from spoofjax.registry.places import registry_file
from spoofjax.registry.published import PUBLISHED

REMEDY = "Correct it, or delete it and add its entries again."


def entries() -> dict[str, Entry]:
    """Return every entry by name. Raises RegistryError where the user's file is damaged."""
    return {**{entry.name: entry for entry in PUBLISHED}, **_own()}


def entry_named(name: str) -> Entry:
    """Return an entry. Raises RegistryError that suggests the nearest names."""
    known = entries()
    if name not in known:
        raise RegistryError(
            f"The registry has no weights {name!r}.{nearest(name, known)} "
            "`spoofjax models list` shows all."
        )
    return known[name]


def require_files(entry: Entry) -> None:
    """Raise RegistryError where only a browser can download an entry."""
    if not entry.files:
        raise RegistryError(
            f"The owner of {entry.name!r} has no address that a program can download from. Open "
            f"{entry.page or entry.owner} in a browser, save the file, and give its path instead "
            "of the name."
        )


def add(entry: Entry) -> None:
    """Add an entry to the user's file, or replace the user's entry of this name.

    Raises RegistryError for the name of a shipped entry and for impossible fields.
    """
    problem = _problem(entry)
    if problem:
        raise RegistryError(f"{entry.name!r} cannot be added: {problem}.")
    own = {**_own(), entry.name: entry}
    write_json(registry_file(), {name: one.to_json() for name, one in sorted(own.items())})


def _problem(entry: Entry) -> str:
    if problem := name_problem(entry.name):
        return f"its name {problem}"
    if any(entry.name == one.name for one in PUBLISHED):
        return "it ships with spoofjax; choose another name"
    names = [file.name for file in entry.files]
    if len(set(names)) < len(names):
        return "two of its files have the same name"
    for file in entry.files:
        if problem := url_problem(file.url):
            return f"its address {problem}"
        if file.sha256 is not None and (problem := sha256_problem(file.sha256)):
            return f"the hash of {file.name} {problem}"
    return ""


def _own() -> dict[str, Entry]:
    path = registry_file()
    if not path.exists():
        return {}
    shape = dict[Annotated[str, name_problem], EntryFields]
    values = read_json(path, shape, RegistryError, REMEDY)
    return {name: Entry.from_json(name, fields) for name, fields in values.items()}
