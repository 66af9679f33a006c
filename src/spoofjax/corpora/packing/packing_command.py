"""What `spoofjax pack` does around `pack`: find the corpus, show progress, tell the result."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from spoofjax.config import Corpus
from spoofjax.corpora.packing.packing import Outcome, Packing, pack, verify
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import ConfigError, CorpusError

PATIENCE = 10.0
"""Seconds between plain progress lines."""


def run(options: argparse.Namespace) -> int:
    """Pack as the command line says; return the exit status."""
    corpus, rate = corpus_of(options.corpus, options.overrides)
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
        damaged = verify(options.out)
        for name in damaged:
            print(f"{options.out}/{name}: its checksum differs; packing it anew", file=sys.stderr)
    manifests = {split: corpus.manifest(split) for split in splits}
    with Progress(options.quiet) as progress:
        outcome = pack(manifests, options.out, packing, progress)
    return tell(outcome, options.out, packing)


def corpus_of(source: Path, overrides: list[str]) -> tuple[Corpus, int]:
    """Return the corpus and the rate of a configuration, or of a folder in ASVspoof 5 layout."""
    if source.is_dir():
        if overrides:
            raise ConfigError(f"A folder takes no overrides: {' '.join(overrides)}.")
        return ASVspoof5(root=str(source)), Packing.rate
    from spoofjax.config_files import load_config

    experiment = load_config(source, overrides)
    return experiment.data, experiment.front_end.rate


def tell(outcome: Outcome, out: Path, packing: Packing) -> int:
    """Print what was done and what is left; return the exit status."""
    for line in outcome.unreadable:
        print(f"unreadable: {line}", file=sys.stderr)
    for split, shards in outcome.waiting.items():
        print(f"{split}: {shards} shards are left to other jobs; the last one closes the split")
    there = f", {outcome.utterances - outcome.packed_now:,} were there already"
    print(
        f"{out}: {outcome.packed_now:,} utterances packed"
        f"{there if outcome.utterances > outcome.packed_now else ''}; "
        f"finished: {', '.join(outcome.finished) or 'no split yet'}"
    )
    if not outcome.unreadable:
        return 0
    count = len(outcome.unreadable)
    if packing.skip_unreadable:
        print(f"{count} unreadable files are left out of the packed manifest", file=sys.stderr)
    else:
        print(
            f"{count} files could not be read, so their splits are not finished. Mend them and "
            "run the command again, or leave them out with --on-error skip.",
            file=sys.stderr,
        )
    return 3


class Progress:
    """A bar on a terminal, a line now and then in a log."""

    def __init__(self, quiet: bool):
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}
        self._quiet, self._spoken = quiet, time.perf_counter()

    def __enter__(self) -> Progress:
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.progress import Progress as Bar

            self._bar = Bar(console=Console(stderr=True))
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, split: str, done: int, rows: int) -> None:
        """Show that `done` of a split's rows are packed."""
        if self._bar is not None:
            if split not in self._tasks:
                self._tasks[split] = self._bar.add_task(split, total=rows)
            self._bar.update(self._tasks[split], completed=done)
        elif not self._quiet and time.perf_counter() - self._spoken > PATIENCE:
            self._spoken = time.perf_counter()
            print(f"{split}: {done:,} of {rows:,} utterances", file=sys.stderr, flush=True)
