"""`spoofjax inspect`: list the tensors of a file of weights, without running its code."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "List the tensors of a file of weights: safetensors, PyTorch, a run or an export."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a .safetensors, .pt, .pth or .bin file, a folder of the transformers library, a "
        "run, an export, or a name of `spoofjax models`; nothing in it is executed",
    )
    parser.add_argument("--json", action="store_true", help="as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Print name, type, shape and bytes of every tensor, and the totals."""
    import json

    from spoofjax.registry.resolving import read_weights
    from spoofjax.runs.folder import RunFolder
    from spoofjax.tensors.listing import as_text, listing

    weights = RunFolder(options.file).weights
    facts = listing(read_weights(weights if weights.is_file() else options.file))
    print(json.dumps(facts) if options.json else as_text(facts))
    return 0
