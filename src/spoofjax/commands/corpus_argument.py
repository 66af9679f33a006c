"""The CORPUS argument of `pack` and `validate`: a configuration file or a folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spoofjax.config import Corpus

RATE = 16_000
"""Samples per second where no configuration names a rate."""


def add_corpus_argument(parser: argparse.ArgumentParser) -> None:
    """Declare CORPUS, which overrides may follow."""
    parser.add_argument(
        "corpus",
        type=Path,
        metavar="CORPUS",
        help="a configuration (a file, or the name of a shipped one), or the folder of a packed or "
        "published corpus",
    )
    parser.set_defaults(takes_overrides=True)


def load_corpus(source: Path, overrides: list[str]) -> tuple[Corpus, int]:
    """Return the corpus of a configuration or of a folder, and its rate."""
    from spoofjax.errors import ConfigError

    if source.is_dir():
        from spoofjax.corpora.opening import open_corpus
        from spoofjax.corpora.packing.plan import is_packed, read_plan

        if overrides:
            raise ConfigError(f"A folder takes no overrides: {' '.join(overrides)}.")
        corpus, _ = open_corpus(source)
        return corpus, read_plan(source)["rate"] if is_packed(source) else RATE
    from spoofjax.config_files import load_config

    experiment = load_config(source, overrides)
    return experiment.data, experiment.front_end.rate
