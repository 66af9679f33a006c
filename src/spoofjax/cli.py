"""The `spoofjax` command: parse the options and run one of the commands.

Commands import what they need when they run, so that `--help` is fast.

Exit status: 0 done, 1 bad input, 2 wrong usage, 3 some files failed, 75 stopped by the scheduler
after writing a checkpoint, 76 a process of the run was lost or the run made no progress (--resume
continues after both).
"""

from __future__ import annotations

import argparse
import atexit
import gc
import sys
from collections.abc import Sequence
from importlib import import_module

from spoofjax.errors import SpoofjaxError

COMMANDS = (
    "train",
    "evaluate",
    "score",
    "features",
    "export",
    "pack",
    "validate",
    "metrics",
    "calibrate",
    "report",
    "info",
)

EPILOG = """examples:
  spoofjax train configs/cnn_lstm.py
  spoofjax train configs/cnn_lstm.py --data.root /corpora/ASVspoof5 --optimizer.learning-rate 3e-4
  spoofjax evaluate runs/my-run
  spoofjax score runs/my-run recordings/ --json

exit status: 0 done, 1 bad input, 2 wrong usage, 3 some files failed; of training also
75 stopped by SIGTERM after writing a checkpoint, 76 a process was lost or the run made no
progress (--resume continues the run after both)
"""


def command() -> int:
    """Run the command line as the main program; return the exit status."""
    collect_rarely()
    return main()


def collect_rarely() -> None:
    """Make Python's garbage collector run rarely, and not at exit.

    Modules and compiled programs live until the process ends. By default, searching them for cycles
    takes a fifth of the start-up time and most of a second at exit.
    """
    gc.set_threshold(500_000)
    atexit.register(gc.freeze)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = build_parser()
    options, rest = parser.parse_known_args(argv)
    if rest and not getattr(options, "takes_overrides", False):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    options.overrides = rest
    try:
        return options.run(options) or 0
    except SpoofjaxError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="spoofjax",
        description="Train, evaluate and use detectors of spoofed speech.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in COMMANDS:
        module = import_module(f"spoofjax.commands.{name}")
        # train has its own --help, which also lists the options of the experiment.
        sub = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.SUMMARY,
            allow_abbrev=False,
            add_help=name != "train",
        )
        sub.set_defaults(run=module.run)
        module.add_arguments(sub)
    return parser


if __name__ == "__main__":
    sys.exit(command())
