"""`spoofjax init`: write the configuration for a folder of your own recordings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from spoofjax.commands.progress import progress_on_terminal
from spoofjax.errors import ConfigError, printable

SUMMARY = "Write a configuration for a folder of your own recordings."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="a folder with real/ and fake/ (or bonafide/, genuine/, spoof/, synthetic/ ...) in it",
    )
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="the configuration (default: FOLDER's name.py)"
    )
    for option, word in (("--bonafide", "bona fide speech"), ("--spoof", "spoofs")):
        parser.add_argument(
            option,
            action="append",
            default=[],
            metavar="NAME",
            help=f"a further name of folders with {word} (repeatable)",
        )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.epilog = (
        "The recordings are divided into train, dev and eval by speaker where names show one, else "
        "by a hash of their sound, so that no recording is in two splits. A table beside the "
        "configuration lists them; change it as you like. `spoofjax train FOLDER` does the same "
        "and then trains."
    )


def run(options: argparse.Namespace) -> int:
    """Write the configuration and the table; print what was decided."""
    from spoofjax.corpora.own_data.writing import config_for, write_config

    config = options.out or config_for(options.folder)
    if config.suffix != ".py":
        raise ConfigError(f"--out {config} must end with .py, as configurations do.")
    lines = write_config(
        options.folder,
        config,
        bonafide=options.bonafide,
        spoof=options.spoof,
        replace=options.force,
        progress=progress_on_terminal(),
    )
    print(*map(printable, lines), sep="\n")
    print(f"next: spoofjax train {printable(str(config))}")
    return 0


def config_of_folder(folder: Path) -> Path:
    """Return the configuration of a folder for `spoofjax train`, written now or before.

    Raises ConfigError where another file has its name.
    """
    from spoofjax.corpora.own_data.writing import (
        config_for,
        is_written_here,
        missing_files,
        write_config,
    )

    config = config_for(folder)
    if not config.exists():
        print(f"reading the recordings of {printable(str(folder))}", file=sys.stderr, flush=True)
        lines = write_config(folder, config, progress=progress_on_terminal())
        print(*map(printable, lines), sep="\n", file=sys.stderr)
        return config
    if not is_written_here(config):
        raise ConfigError(
            f"{config} exists and is no configuration that `spoofjax init` wrote. Choose another "
            f"name: spoofjax init {folder} --out FILE.py."
        )
    line = f"using {config}, which was written before"
    count = missing_files(folder, config)
    if count:
        line += f"; it lacks {count} files of {folder}: `spoofjax init {folder} --force` adds them"
    print(printable(line), file=sys.stderr)
    return config
