"""`spoofjax pack`: decode a corpus once into shards."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.corpus_argument import add_corpus_argument, load_corpus
from spoofjax.commands.threads import add_threads
from spoofjax.errors import printable

if TYPE_CHECKING:
    from spoofjax.corpora.packing.packing import Outcome

SUMMARY = "Decode a corpus once into shards that training reads many times faster than FLAC."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    add_corpus_argument(parser)
    parser.add_argument("--out", type=Path, required=True, help="a new folder, or one to continue")
    parser.add_argument(
        "--format", choices=("npy", "arrayrecord"), default="npy", help="of the shards"
    )
    parser.add_argument(
        "--split", action="append", choices=("train", "dev", "eval"), help="repeatable; default all"
    )
    parser.add_argument("--rate", type=int, help="samples per second (default the configuration's)")
    parser.add_argument("--resample", action="store_true", help="bring files of other rates to it")
    parser.add_argument(
        "--on-error", choices=("stop", "skip"), default="stop", help="unreadable files"
    )
    parser.add_argument("--shard-rows", type=int, default=1024, help="utterances per shard")
    parser.add_argument("--shard-index", type=int, default=0, help="this job of an array, from 0")
    parser.add_argument("--shard-count", type=int, default=1, help="jobs in the array")
    add_threads(parser, "decode")
    parser.add_argument(
        "--verify", action="store_true", help="compare checksums; pack damaged shards again"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")


def run(options: argparse.Namespace) -> int:
    """Pack a corpus; 3 where some files could not be read."""
    from spoofjax.commands.packing_progress import PackingProgress
    from spoofjax.corpora.embedded.arrays import holds_embeddings
    from spoofjax.corpora.packing.packing import Packing, pack, verify
    from spoofjax.corpora.packing.plan import is_packed
    from spoofjax.errors import CorpusError

    corpus, rate = load_corpus(options.corpus, options.overrides)
    root = getattr(corpus, "root", None)
    if root is not None and is_packed(root):
        raise CorpusError(
            f"{root} is packed already: copy the folder, or name the original corpus."
        )
    packing = Packing(
        rate=options.rate or rate,
        format=options.format,
        shard_rows=options.shard_rows,
        resample=options.resample,
        skip_unreadable=options.on_error == "skip",
        shard_index=options.shard_index,
        shard_count=options.shard_count,
        threads=options.threads,
    )
    splits = options.split or corpus.splits()
    if not splits:
        raise CorpusError(f"{options.corpus} has no split to pack.")
    if options.verify:
        for name in verify(options.out):
            print(
                printable(f"{options.out}/{name}: its checksum differs; packing it again"),
                file=sys.stderr,
            )
    manifests = {split: corpus.manifest(split) for split in splits}
    if holds_embeddings(manifests):
        raise CorpusError(f"{options.corpus} holds embeddings, which need no packing.")
    with PackingProgress(options.quiet) as progress:
        outcome = pack(manifests, options.out, packing, progress)
    _print_outcome(outcome, options.out, packing.skip_unreadable)
    return 3 if outcome.unreadable else 0


def _print_outcome(outcome: Outcome, out: Path, skip_unreadable: bool) -> None:
    for line in outcome.unreadable:
        print(f"unreadable: {printable(line)}", file=sys.stderr)
    for split, shards in outcome.waiting.items():
        print(f"{split}: {shards} shards are left to other jobs; the last job finishes the split")
    earlier = outcome.utterances - outcome.packed_now
    print(
        f"{printable(str(out))}: {outcome.packed_now:,} utterances packed"
        f"{f', {earlier:,} were packed before' if earlier else ''}; "
        f"finished: {', '.join(outcome.finished) or 'no split yet'}"
    )
    count = len(outcome.unreadable)
    if count and skip_unreadable:
        print(f"{count} unreadable files are left out of the packed manifest", file=sys.stderr)
    elif count:
        print(
            f"{count} files could not be read, so their splits are not finished. Repair them and "
            "run the command again, or leave them out with --on-error skip.",
            file=sys.stderr,
        )
