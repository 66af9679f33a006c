"""`spoofjax generalise`: leave out attacks, codecs, languages or sources, one or a fold of them."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.progress import announce
from spoofjax.errors import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spoofjax.training.leave_one_out import Job, LeaveOneOut

SUMMARY = "Train without one attack, codec, language or source at a time, and score it."
COLUMNS = ("attack", "codec", "language", "source")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("config", type=Path, help="a configuration file, or a shipped one's name")
    parser.add_argument("--leave", choices=COLUMNS, required=True, help="what is left out by")
    parser.add_argument(
        "--values", nargs="+", metavar="NAME", help="leave out only these (default: all of train)"
    )
    parser.add_argument(
        "--folds",
        type=int,
        metavar="N",
        help="leave out all values of train and dev, dealt to N folds, one fold at a time",
    )
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument(
        "--split",
        choices=("dev", "eval"),
        default="eval",
        help="whose bona fide speech the left-out part is told from (default eval); with dev, "
        "nothing of eval is scored",
    )
    parser.add_argument("--out", type=Path, required=True, help="a new folder, or one to continue")
    parser.add_argument(
        "--share",
        metavar="I/N",
        help="train only every Nth run, starting with the Ith (default: that of the task under "
        "`srun`)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "Repeat the command to continue it: finished runs are kept. Options such as --steps 300 or "
        "--data.root DIR change the experiment."
    )


def run(options: argparse.Namespace) -> int:
    """Train what is missing and print the table."""
    if not options.quiet:
        announce(f"reading the configuration and the corpus of {options.config}")
    from spoofjax import signals

    signals.interrupt_at_once()  # every file of a run survives a kill
    from spoofjax.cluster.accelerators import may_have_accelerator
    from spoofjax.cluster.allocator import keep_freed_memory
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.commands.share import find_share
    from spoofjax.config_files import load_config

    share = find_share(options.share)
    experiment = load_config(options.config, options.overrides)
    if experiment.keep_memory:
        # This affects only threads that start later, those of jax among them.
        keep_freed_memory(one_arena=not may_have_accelerator(os.environ))
    use_compilation_cache()
    from spoofjax.training.input import check_memory
    from spoofjax.training.leave_one_out import LeaveOneOut

    check_memory(experiment, processes=1)
    values = None if options.values is None else tuple(options.values)
    series = LeaveOneOut(
        experiment,
        options.leave,
        options.out,
        values,
        options.seeds,
        options.split,
        options.folds,
    )
    jobs = series.jobs()
    own = share.of(jobs)
    for number, job in enumerate(own, 1):
        if not options.quiet:
            without = f"{options.leave} {', '.join(job.values)}"
            text = f"run {number} of {len(own)}: without {without}, seed {job.seed}"
            print(printable(text), file=sys.stderr, flush=True)
        series.run(job, quiet=options.quiet)
    _report(series, jobs, options)
    return 0


def _report(series: LeaveOneOut, jobs: Sequence[Job], options: argparse.Namespace) -> None:
    """Print the table of all runs that are finished, and write it once none is missing."""
    import json

    from spoofjax.evaluation.left_out import mean_eer
    from spoofjax.files import write_json, write_text
    from spoofjax.report.left_out import left_out_table

    results = series.results(jobs)
    missing = len(jobs) - sum(len(result.seeds) for result in results)
    facts = {
        "left_out": options.leave,
        "bonafide_of": options.split,
        "missing_runs": missing,
        "mean_eer": mean_eer(results) if results else None,
        "results": [result.to_json() for result in results],
    }
    table = left_out_table(options.leave, results)
    if missing:
        print(
            f"{missing} of {len(jobs)} runs are missing; the table is not written", file=sys.stderr
        )
    else:
        write_json(options.out / "left-out.json", facts)
        write_text(options.out / "left-out.md", f"{table}\n")
    if options.json:
        print(json.dumps(facts))
    elif results:
        print(*map(printable, table.split("\n")), sep="\n")
