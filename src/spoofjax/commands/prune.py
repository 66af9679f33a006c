"""`spoofjax prune`: a smaller run, without the least important channels of a finished one."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

from spoofjax.errors import printable

SUMMARY = "Make a smaller run of a finished one by removing its least important channels."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a finished run")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument(
        "--keep", type=float, metavar="SHARE", help="the share of channels that each layer keeps"
    )
    size.add_argument(
        "--parameters", type=int, metavar="N", help="keep as many as leave at most N parameters"
    )
    parser.add_argument("--out", type=Path, required=True, help="the run folder to write")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "Works with CNN, CNN2D, CNNLSTM, CNN2DLSTM and LSTM. The smaller run is evaluated on the "
        "corpus of the run; --data.root DIR says where that is now. Training it again recovers "
        "most of what it loses: the last line says how."
    )


def run(options: argparse.Namespace) -> int:
    """Write the smaller run; print what it costs and what it reaches, beside the run."""
    from spoofjax import config_files
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.commands.progress import announce
    from spoofjax.corpora.splits import training_splits
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.own_corpus import expected_where_it_was

    announce(f"reading the corpus of {options.folder}")
    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax prune RUN"
    )
    with expected_where_it_was(run):
        manifests = training_splits(experiment.data)
    use_compilation_cache()
    from spoofjax.report.markdown import summary_lines
    from spoofjax.training.pruning import write_pruned_run

    results = write_pruned_run(
        run,
        experiment,
        manifests,
        options.out,
        keep=options.keep,
        parameters=options.parameters,
    )
    print(summary_lines(results))
    for name, path in (("before", options.folder), ("after", options.out)):
        print(f"{name + ':':8}{_cost_line(path)}")
    folder, tuned = (shlex.quote(str(path)) for path in (options.out, f"{options.out}-tuned"))
    print(printable(f"next: spoofjax train {folder} --init-from {folder} --out {tuned}"))
    return 0


def _cost_line(folder: Path) -> str:
    """Return size and speed of a run, and its EER on dev where it has been evaluated there."""
    from spoofjax.deployment.cost import cost_of
    from spoofjax.runs.folder import RunFolder

    run, cost = RunFolder(folder), cost_of(folder)
    is_evaluated = run.split_metrics("dev").is_file()
    eer = f"{run.read_metrics('dev')['eer']:.2%}" if is_evaluated else "not known"
    return (
        f"{cost.parameters:,} parameters, {cost.weights_bytes / 1e3:,.0f} kB of weights, "
        f"{cost.processor_seconds * 1e3:.1f} ms of processor time for a clip of "
        f"{cost.clip_seconds:.1f} s, dev EER {eer}"
    )
