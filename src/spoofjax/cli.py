"""The `spoofjax` command: parse the options and run one of the commands.

Commands import what they need when they run, so that `--help` is fast.

Exit status: 0 done, 1 bad input, 2 wrong usage, 3 some files failed, 75 stopped by the scheduler
after writing a checkpoint, 76 a process of the run was lost or the run made no progress (--resume
continues after both), 130 interrupted by Ctrl-C.
"""

from __future__ import annotations

import argparse
import atexit
import gc
import logging
import os
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from spoofjax import signals
from spoofjax.errors import printable
from spoofjax.failures import failure_of
from spoofjax.output import name_standard_output, survive_standard_error
from spoofjax.own_code import run_file

COMMANDS = (
    "init",
    "train",
    "sweep",
    "evaluate",
    "score",
    "stream",
    "listen",
    "features",
    "export",
    "import",
    "average",
    "ensemble",
    "equalise",
    "prune",
    "pack",
    "embed",
    "synthesize",
    "validate",
    "drift",
    "generalise",
    "metrics",
    "compare",
    "verify-scores",
    "submission",
    "calibrate",
    "verify",
    "serve",
    "fuse",
    "report",
    "inspect",
    "models",
    "info",
)

EPILOG = """examples:
  spoofjax train recordings/                       (with real/ and fake/ in it)
  spoofjax train configs/cnn_lstm.py
  spoofjax train configs/cnn_lstm.py --data.root /corpora/ASVspoof5 --optimizer.learning-rate 3e-4
  spoofjax evaluate runs/my-run
  spoofjax score runs/my-run recordings/ --json

exit status: 0 done, 1 bad input, 2 wrong usage, 3 some files failed; of training also
75 stopped by SIGTERM after writing a checkpoint, 76 a process was lost or the run made no
progress (--resume continues the run after both); 130 interrupted by Ctrl-C
"""


def command() -> int:
    """Run the command line as the main program; return the exit status."""
    signals.catch()
    name_standard_output()
    survive_standard_error()
    collect_rarely()
    status = main()
    if status:
        # After an error the threads of a library may still be at work, and waiting for them may
        # not end.
        signals.leave(status)
    return status


def collect_rarely() -> None:
    """Make Python's garbage collector run rarely, and not at exit.

    Modules and compiled programs live until the process ends. By default, searching them for cycles
    takes a fifth of the start-up time and most of a second at exit.
    """
    gc.set_threshold(500_000)
    atexit.register(gc.freeze)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    try:
        try:
            return run_command(argv)
        finally:
            _report_decoders()
            # A standard output that is full or closed is an error like any other.
            sys.stdout.flush()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return signals.INTERRUPTED
    except Exception as error:
        failure = failure_of(error)
        if failure is None:
            raise
        print(f"error: {failure}", file=sys.stderr)
        return failure.status


def _report_decoders() -> None:
    """Say in one line what decoders printed; a command that read no audio has not imported them."""
    noise = sys.modules.get("spoofjax.audio.decoder_noise")
    if noise is not None:
        noise.NOISE.report()


def run_command(argv: Sequence[str] | None) -> int:
    """Parse the command line and run the command that it names; return the exit status."""
    logging.getLogger("spoofjax").addFilter(_escape_names)
    parser = build_parser()
    arguments = sys.argv[1:] if argv is None else argv
    options, rest = parser.parse_known_args([with_home(argument) for argument in arguments])
    if rest and not getattr(options, "takes_overrides", False):
        parser.error(printable(f"unrecognized arguments: {' '.join(rest)}"))
    options.overrides = rest
    for path in options.code:
        run_file(path)
    return options.run(options) or 0


def _escape_names(record: logging.LogRecord) -> bool:
    """Make the message of a log record printable, whatever files it names."""
    record.msg, record.args = printable(record.getMessage()), ()
    return True


def with_home(argument: str) -> str:
    """Return an argument with the ~ of a path replaced by the home folder, also in --option=~/x.

    A shell replaces it only at the start of a word, and a scheduler's script not at all.
    """
    option = re.match(r"--[\w.-]+=", argument)
    start = option.end() if option else 0
    return argument[:start] + os.path.expanduser(argument[start:])


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="spoofjax",
        description="Train, evaluate and use detectors of spoofed speech.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=ShowVersion, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in COMMANDS:
        # A module cannot be named import, nor have a hyphen in its name.
        stem = "import_" if name == "import" else name.replace("-", "_")
        module = import_module(f"spoofjax.commands.{stem}")
        # train has its own --help, which also lists the options of the experiment.
        sub = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.SUMMARY,
            allow_abbrev=False,
            add_help=name != "train",
        )
        sub.add_argument(
            "--code",
            type=Path,
            action="append",
            default=[],
            metavar="FILE",
            help="a Python file of yours with parts that a run consists of (docs/your_own.md)",
        )
        sub.set_defaults(run=module.run)
        module.add_arguments(sub)
    return parser


class ShowVersion(argparse.Action):
    """Prints the version, which is looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *values: object) -> None:
        from spoofjax.version import version

        print(f"spoofjax {version()}")
        parser.exit()


if __name__ == "__main__":
    sys.exit(command())
