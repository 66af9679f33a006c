"""`spoofjax embed`: compute embeddings of a corpus once, so that heads train on them in seconds."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.errors import printable

if TYPE_CHECKING:
    from spoofjax.config import Experiment
    from spoofjax.deployment.embedding import Embedder
    from spoofjax.deployment.embedding_files import Written

SUMMARY = "Compute embeddings of a corpus once, so that heads train on them in seconds."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "source",
        type=Path,
        metavar="CONFIG|RUN",
        help="a configuration of a self-supervised encoder, or a finished run or export",
    )
    parser.add_argument("--out", type=Path, required=True, help="a new folder, or one to continue")
    parser.add_argument(
        "--layers",
        nargs="+",
        metavar="LAYER",
        help="0 is the input of the first layer, 1 and so on the layers, last the last one after "
        "the final norm, output the vector that a run scores (default: all of an encoder, or else "
        "output)",
    )
    parser.add_argument(
        "--pool",
        choices=("none", "mean", "statistics"),
        default="statistics",
        help="over time: keep the frames, or write their mean, or mean and deviation (default)",
    )
    parser.add_argument(
        "--split", action="append", choices=("train", "dev", "eval"), help="repeatable; default all"
    )
    parser.add_argument(
        "--copies",
        type=int,
        default=0,
        metavar="N",
        help="also write N augmented copies of each training utterance (default 0)",
    )
    parser.add_argument("--shard-rows", type=int, default=1024, help="utterances per shard")
    parser.add_argument("--shard-index", type=int, default=0, help="this job of an array, from 0")
    parser.add_argument("--shard-count", type=int, default=1, help="jobs in the array")
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "Options such as --data.root DIR or --model.encoder.weights DIR change the configuration."
    )


def run(options: argparse.Namespace) -> int:
    """Write embeddings; 3 where some files could not be read."""
    from spoofjax import signals
    from spoofjax.errors import ConfigError, CorpusError

    # Every shard is written in one step, so that an interrupt at any moment does no harm.
    signals.interrupt_at_once()
    if options.copies < 0:
        raise ConfigError(f"--copies must be 0 or more, not {options.copies}.")
    experiment = _experiment(options)
    splits = options.split or experiment.data.splits()
    if not splits:
        raise CorpusError(f"{options.source} has no split to embed.")
    manifests = {split: experiment.data.manifest(split) for split in splits}
    for text in experiment.model.warnings() if not options.source.is_dir() else ():
        print(f"ALARM: {text}", file=sys.stderr)
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.commands.packing_progress import PackingProgress
    from spoofjax.deployment.embedding_files import Share, write_embeddings

    embedder = _embedder(options, experiment)
    share = Share(options.shard_rows, options.shard_index, options.shard_count)
    with PackingProgress(options.quiet) as progress:
        written = write_embeddings(
            embedder, manifests, options.out, share, options.copies, progress
        )
    _print_outcome(written, options.out, embedder.is_pooled)
    return 3 if written.unreadable else 0


def _experiment(options: argparse.Namespace) -> Experiment:
    from spoofjax import config_files
    from spoofjax.runs.folder import RunFolder

    if not options.source.is_dir():
        return config_files.load_config(options.source, options.overrides)
    experiment = RunFolder(options.source).experiment()
    return config_files.override(experiment, options.overrides, program="spoofjax embed RUN")


def _embedder(options: argparse.Namespace, experiment: Experiment) -> Embedder:
    from spoofjax.deployment.embedding import Embedder

    if not options.source.is_dir():
        return Embedder.of_config(experiment, options.layers, options.pool)
    embedder = Embedder.of_run(options.source, options.layers, options.pool)
    embedder.experiment = experiment
    return embedder


def _print_outcome(written: Written, out: Path, is_pooled: bool) -> None:
    for line in written.unreadable:
        print(f"unreadable: {printable(line)}", file=sys.stderr)
    for split, shards in written.waiting.items():
        print(f"{split}: {shards} shards are left to other jobs; the last job finishes the split")
    earlier = written.utterances - written.computed
    layers = f"{len(written.layers)} layers ({', '.join(written.layers)}) of {written.width}"
    print(
        f"{printable(str(out))}: {written.computed:,} of {written.utterances:,} utterances "
        f"computed{f', {earlier:,} before or by others' if earlier else ''}; {layers}"
    )
    fields = f"width={written.width}, layers={len(written.layers)}"
    clip = "clip=Clip(train=1, evaluate=1)" if is_pooled else "pooled=False"
    if is_pooled:
        fields = f"front_end=Embeddings({fields}), {clip}"
    else:
        fields = f"front_end=Embeddings({fields}, {clip})"
    print(f"to train on it: data=Embedded(root={str(out)!r}), {fields}")
