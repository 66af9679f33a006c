"""`spoofjax sweep`: search the settings of an experiment."""

from __future__ import annotations

import argparse
from pathlib import Path

from spoofjax.commands.progress import announce
from spoofjax.errors import ConfigError

SUMMARY = "Search the settings of an experiment with Optuna; each trial is a run."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.epilog = (
        "Every field of the experiment is an option too, which all trials have: --data.root DIR, "
        "--steps 500. The same command continues a sweep, in any number of processes."
    )
    parser.add_argument(
        "config", type=Path, help="a configuration file, or the name of a shipped one"
    )
    parser.add_argument(
        "--space",
        type=Path,
        required=True,
        metavar="FILE",
        help="what is searched: JSON, or Python that defines `space` (docs/sweeps.md)",
    )
    parser.add_argument("--trials", type=int, required=True, metavar="N", help="trials in all")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of the study and its runs"
    )
    parser.add_argument(
        "--objective",
        choices=("eer", "min_dcf"),
        default="eer",
        help="what is lowered, on dev (default eer)",
    )
    parser.add_argument(
        "--hours", type=float, metavar="H", help="begin no trial after this time in this process"
    )
    parser.add_argument(
        "--storage",
        metavar="URL",
        help="of Optuna, such as postgresql://user@host/name (default: a file in --out)",
    )
    parser.set_defaults(takes_overrides=True)


def run(options: argparse.Namespace) -> int:
    """Run trials and print their table."""
    from spoofjax.sweeps.study import Study, require_optuna

    require_optuna()
    if options.trials < 1 or (options.hours is not None and options.hours <= 0):
        raise ConfigError("--trials must be 1 or more, and --hours above 0.")
    announce(f"reading the configuration {options.config}")
    from spoofjax import signals
    from spoofjax.config_files import load_config
    from spoofjax.sweeps.space import first_values, overrides, read_space

    signals.interrupt_at_once()
    space = read_space(options.space)
    # A setting that the experiment lacks is reported before a trial begins.
    load_config(options.config, [*options.overrides, *overrides(first_values(space))])
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.sweeps.results import table
    from spoofjax.sweeps.sweep import Sweep

    use_compilation_cache()
    study = Study(options.out, options.storage, space)
    sweep = Sweep(study, options.out, options.config, options.overrides)
    seconds = None if options.hours is None else 3600 * options.hours
    outcomes = sweep.run(options.trials, options.objective, seconds)
    print(table(outcomes, options.objective), end="")
    print(f"sweep folder: {options.out}")
    return 0
