"""The option `--by`, which several commands have in common."""

from __future__ import annotations

import argparse


def add_by(parser: argparse.ArgumentParser, default: str) -> None:
    """Declare --by GROUP; `options.by` is the list of groups, or None where none is given."""
    parser.add_argument(
        "--by",
        action="append",
        metavar="GROUP",
        help="break results down by a column such as gender, speaker, language or codec, or by "
        f"two ('attack x codec'); repeatable, default {default}",
    )
