"""`spoofjax train`: train, evaluate and report the experiment of a configuration file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.init import config_of_folder
from spoofjax.commands.progress import announce
from spoofjax.errors import ConfigError, printable

if TYPE_CHECKING:
    from spoofjax.config import Experiment

SUMMARY = "Train, evaluate and report the experiment of a configuration file."
OF_FOLDER = Path("cnn2d")
"""The shipped configuration that has the options of one that is made for a folder."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.epilog = (
        "Every field of the experiment is an option too, e.g. --data.root DIR, "
        "--optimizer.learning-rate 3e-4, --steps 500; `spoofjax train CONFIG --help` lists them. "
        "Parts are chosen by the name of their class: --model LCNN, --loss Focal, --augment none, "
        "and in the same way --front-end, --sampling, --optimizer, --synthesis and --splicing."
    )
    parser.add_argument(
        "-h", "--help", action="store_true", help="show this help and the experiment's options"
    )
    parser.add_argument(
        "config",
        nargs="?",
        type=Path,
        help="a configuration file, the name of a shipped one, a run, whose configuration is "
        "trained again, or a folder of recordings with real/ and fake/ in it",
    )
    parser.add_argument("--out", type=Path, help="run folder (default runs/CONFIG-DATE-TIME)")
    parser.add_argument(
        "--init-from",
        metavar="RUN|FILE",
        help="start from the weights of a finished run, an export or a file of arrays (short for "
        "--transfer.source)",
    )
    parser.add_argument(
        "--teacher",
        metavar="RUN",
        help="learn from the scores of a finished run, an ensemble or an export too (short for "
        "--distillation.teacher)",
    )
    parser.add_argument("--resume", action="store_true", help="continue the run in --out, if any")
    parser.add_argument(
        "--dry-run", action="store_true", help="time a few steps, show the expected cost, and stop"
    )
    parser.add_argument("--quiet", action="store_true", help="print no progress, only the result")
    parser.add_argument(
        "--tensorboard",
        action="store_true",
        help="write the history for TensorBoard too, into OUT/tensorboard",
    )
    parser.add_argument(
        "--profile",
        type=int,
        metavar="STEPS",
        help="time the parts of so many steps; table and trace are written into OUT/profile",
    )
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="train N seeds in OUT/seed-1 ... and summarise them"
    )
    hosts = parser.add_argument_group(
        "several processes (not needed under Slurm and Open MPI; see docs/cluster.md)"
    )
    hosts.add_argument("--coordinator", metavar="HOST:PORT", help="address of process 0")
    hosts.add_argument("--processes", type=int, metavar="N", help="number of processes")
    hosts.add_argument("--process", type=int, metavar="I", help="number of this process, from 0")
    parser.set_defaults(takes_overrides=True, parser=parser)


def run(options: argparse.Namespace) -> int:
    """Train one experiment, or one per seed, and print the results."""
    if options.config is not None and not (options.help or options.quiet):
        announce(f"reading the configuration and the corpus of {options.config}")
    from spoofjax import signals

    # Every file of a run survives a kill, and the threads that write checkpoints are best left.
    signals.interrupt_at_once()
    if options.help or options.config is None:
        return _show_help(options)
    from spoofjax.cluster import hosts, places
    from spoofjax.runs.default_folder import default_run_folder
    from spoofjax.runs.folder import RunFolder

    place = places.find(os.environ, options.coordinator, options.processes, options.process)
    if place is not None and options.out is None:
        raise ConfigError("A run of several processes needs --out, a folder that they all see.")
    if options.config.is_dir() and not RunFolder(options.config).exists:
        if place is not None:
            raise ConfigError(
                f"Several processes need a configuration: run `spoofjax init {options.config}`, "
                "and train with the file that it writes."
            )
        options.config = config_of_folder(options.config)
    experiment = _experiment(options)
    if options.tensorboard:
        from spoofjax.report.tensorboard import check_installed

        check_installed()
    out = options.out or default_run_folder(options.config.stem)
    # Corpus, folder and memory are checked before jax is imported, so that a mistake is reported at
    # once.
    from spoofjax.corpora.splits import training_splits
    from spoofjax.runs.starting import resolved
    from spoofjax.training.input import check_memory

    manifests = training_splits(experiment.data)
    experiment = resolved(experiment, manifests["train"])
    if place is None and options.seeds is None:
        RunFolder(out).check(experiment, manifests, resume=options.resume)
    check_memory(experiment, 1 if place is None else place.processes)
    experiment.augment.check(experiment.front_end.rate)
    experiment.synthesis.check(experiment.front_end.rate)
    from spoofjax.cluster.accelerators import may_have_accelerator
    from spoofjax.cluster.allocator import keep_freed_memory
    from spoofjax.cluster.compilation import use_compilation_cache

    if experiment.keep_memory:
        # This affects only threads that start later, so it comes before jax starts its own.
        keep_freed_memory(one_arena=not may_have_accelerator(os.environ))
    use_compilation_cache()
    if options.dry_run:
        from spoofjax.training.dry_run import dry_run

        print(dry_run(experiment, manifests))
        return 0
    with hosts.joined(place, experiment.parallel):
        is_first = hosts.is_first()
        if is_first:
            print(f"run folder: {printable(str(out))}", file=sys.stderr)
        text = _train(experiment, manifests, out, options)
        if is_first:
            print(f"{text}\nrun folder: {printable(str(out))}", flush=True)
    return 0


def _show_help(options: argparse.Namespace) -> int:
    """Print the options of the command, and on request those of the experiment."""
    options.parser.print_help(sys.stdout if options.help else sys.stderr)
    if not options.help:
        return 2
    if options.config is not None:
        print()
        _configured(options.config, ["--help"])
    return 0


def _configured(config: Path, overrides: Sequence[str]) -> Experiment:
    """Return the experiment that a run or a configuration file records, with overrides.

    A folder of recordings has the options of the configuration that is written for it.
    """
    from spoofjax.config_files import load_config, with_options
    from spoofjax.runs.folder import RunFolder

    run = RunFolder(config)
    if run.exists:
        return with_options(run.experiment(), overrides, program=f"spoofjax train {config}")
    return load_config(OF_FOLDER if config.is_dir() else config, overrides)


def _experiment(options: argparse.Namespace) -> Experiment:
    """Return the experiment of the configuration with all overrides."""
    experiment = _configured(options.config, options.overrides)
    if options.init_from is not None:
        transfer = experiment.transfer.replace(source=options.init_from)
        experiment = experiment.replace(transfer=transfer)
    if options.teacher is not None:
        distillation = experiment.distillation.replace(teacher=options.teacher, digest="")
        experiment = experiment.replace(distillation=distillation)
    return experiment


def _train(experiment, manifests, out: Path, options: argparse.Namespace) -> str:
    """Train one run or several seeds; return the summary to print."""
    from spoofjax.config_files import callbacks_of

    flags = {
        "callbacks": () if options.config.is_dir() else callbacks_of(options.config),
        "resume": options.resume,
        "quiet": options.quiet,
        "tensorboard": options.tensorboard,
    }
    if options.profile is not None and (options.profile < 1 or options.seeds is not None):
        raise ConfigError("--profile needs one step or more, of one run: leave out --seeds.")
    if options.seeds is not None:
        from spoofjax.training.seeds import summary_lines, train_seeds

        return summary_lines(train_seeds(experiment, manifests, out, options.seeds, **flags))
    from spoofjax.report.markdown import summary_lines
    from spoofjax.training.loop import train as run

    return summary_lines(run(experiment, manifests, out, profile=options.profile or 0, **flags))
