"""`spoofjax info`: show versions, devices and the SIMD level in use."""

from __future__ import annotations

import argparse

SUMMARY = "Show versions, devices and the SIMD level in use."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print the facts of this installation."""
    import json

    from spoofjax.information import as_text, collect

    facts = collect()
    print(json.dumps(facts) if options.json else as_text(facts))
    return 0
