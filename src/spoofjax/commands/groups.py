"""The option `--by`, which several commands share."""

from __future__ import annotations

import argparse


def add_by(parser: argparse.ArgumentParser, default: str) -> None:
    """Declare --by GROUP; `options.by` is a list of groups, or None without the option."""
    parser.add_argument(
        "--by",
        action="append",
        metavar="GROUP",
        help="break results down by a column such as gender, speaker, language or codec, or by "
        f"two ('attack x codec'); repeatable (default {default})",
    )
