"""`spoofjax models`: published weights by name, and their downloads from their owners."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

SUMMARY = "List published weights by name, download them from their owners, add your own."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the actions of this command and their options."""
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION", dest="action")
    listing = actions.add_parser("list", help="all weights, and which of them are on this machine")
    listing.add_argument("--json", action="store_true", help="as one JSON object")
    show = actions.add_parser("show", help="what is known about one of them")
    show.add_argument("name", metavar="NAME")
    show.add_argument("--json", action="store_true", help="as one JSON object")
    get = actions.add_parser("get", help="download one; a broken download is continued")
    get.add_argument("name", metavar="NAME")
    get.add_argument("--out", type=Path, help="download into this folder instead")
    _add_arguments_of_add(actions.add_parser("add", help="add weights of your own to the registry"))


def _add_arguments_of_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--url", action="append", required=True, help="address of a file (repeatable)"
    )
    parser.add_argument(
        "--sha256", action="append", default=[], help="hash of each file, in the same order"
    )
    parser.add_argument("--what", default="", help="what the weights are")
    parser.add_argument("--owner", default="", help="address of the page that describes them")
    parser.add_argument("--licence", default="", help="the licence they are under")
    parser.add_argument("--input", default="", help="what the network expects to hear")
    parser.add_argument("--config", action="append", default=[], help="a configuration for them")


def run(options: argparse.Namespace) -> int:
    """Carry out one action."""
    actions = {"list": _list, "show": _show, "get": _get, "add": _add}
    return actions[options.action](options)


def _list(options: argparse.Namespace) -> int:
    import json

    from spoofjax.registry.entries import entries
    from spoofjax.registry.tables import as_json, table

    known = list(entries().values())
    if options.json:
        print(json.dumps({entry.name: as_json(entry) for entry in known}))
    else:
        print(table(known))
    return 0


def _show(options: argparse.Namespace) -> int:
    import json

    from spoofjax.registry.entries import entry_named
    from spoofjax.registry.tables import as_json, details

    entry = entry_named(options.name)
    print(json.dumps(as_json(entry)) if options.json else details(entry))
    return 0


def _get(options: argparse.Namespace) -> int:
    from spoofjax.registry.downloading import download
    from spoofjax.registry.entries import entry_named, require_files
    from spoofjax.registry.progress import Meter
    from spoofjax.registry.store import Copy
    from spoofjax.registry.tables import outcome

    entry = entry_named(options.name)
    require_files(entry)
    copy = Copy(entry, options.out)
    if entry.licence:
        print(f"licence: {entry.licence}", file=sys.stderr)
    for downloaded in download(copy, lambda file: Meter(file.name, sys.stderr)):
        print(outcome(downloaded))
    weights = entry.name if options.out is None else str(copy.path)
    print(f'{copy.path}: use it as weights="{weights}"')
    return 0


def _add(options: argparse.Namespace) -> int:
    from spoofjax.errors import RegistryError
    from spoofjax.registry.entries import add
    from spoofjax.registry.entry import Entry, File
    from spoofjax.registry.places import registry_file

    hashes: list[Any] = options.sha256 or [None] * len(options.url)
    if len(hashes) != len(options.url):
        raise RegistryError("Give --sha256 once for each --url, in the same order, or not at all.")
    files = tuple(File(url, sha256) for url, sha256 in zip(options.url, hashes, strict=True))
    facts = {key: getattr(options, key) for key in ("what", "owner", "licence", "input")}
    add(Entry(name=options.name, files=files, configs=tuple(options.config), **facts))
    print(f"{options.name} is in {registry_file()}: download it by `spoofjax models get`.")
    return 0
