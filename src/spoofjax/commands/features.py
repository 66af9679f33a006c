"""`spoofjax features`: write the features of one audio file as a .npy array."""

from __future__ import annotations

import argparse
from pathlib import Path

from spoofjax.errors import SpoofjaxError, printable
from spoofjax.files import naming

SUMMARY = "Write the features of one audio file as a .npy array."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("file", type=Path, help="an audio file")
    parser.add_argument("--out", type=Path, required=True, help="the .npy file to write")
    parser.add_argument(
        "--config", type=Path, help="use the front end of this configuration (default LogLinear)"
    )
    parser.add_argument("--plot", type=Path, help="also draw a picture (.png)")


def run(options: argparse.Namespace) -> int:
    """Compute the features of one file."""
    import numpy as np

    from spoofjax.audio.reading import read
    from spoofjax.features.front_end import LogLinear

    if options.config is None:
        front_end = LogLinear()
    else:
        from spoofjax.config_files import load_config

        front_end = load_config(options.config).front_end
    matrix = front_end(read(options.file, front_end.rate))
    if options.out.suffix != ".npy":
        raise SpoofjaxError(f"--out must name a .npy file, not {options.out}.")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with naming(options.out):
        np.save(options.out, matrix)
    if options.plot:
        from spoofjax.features.picture import draw

        draw(matrix, front_end, options.plot)
    shape = f"{matrix.shape[0]} frames x {matrix.shape[-1]} coefficients"
    print(f"{printable(str(options.out))}: {shape}, float32")
    return 0
