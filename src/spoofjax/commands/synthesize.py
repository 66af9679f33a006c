"""`spoofjax synthesize`: spoofed copies of bona fide speech, as a corpus."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.corpus_argument import add_corpus_argument, load_corpus
from spoofjax.errors import printable

if TYPE_CHECKING:
    from spoofjax.synthesis.writing import Outcome

SUMMARY = "Make spoofed copies of the bona fide speech of a corpus, to train on or to test with."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    add_corpus_argument(parser)
    parser.add_argument("--out", type=Path, required=True, help="a new folder, or one to continue")
    parser.add_argument(
        "--attacks",
        nargs="+",
        required=True,
        metavar="ATTACK",
        help="names such as griffin_lim or linear_prediction (docs/synthesis.md), or a Python file "
        "that defines `attacks`",
    )
    parser.add_argument(
        "--split",
        action="append",
        choices=("train", "dev", "eval"),
        help="repeatable; default train",
    )
    parser.add_argument(
        "--each",
        type=int,
        metavar="N",
        help="attacks for each utterance, drawn by the seed (default all)",
    )
    parser.add_argument(
        "--with-bonafide", action="store_true", help="write the bona fide utterances, too"
    )
    parser.add_argument("--seed", type=int, default=1, help="of all random choices (default 1)")
    parser.add_argument("--processes", type=int, metavar="N", help="default one per core")
    parser.add_argument(
        "--share",
        metavar="I/N",
        help="copy only every Nth utterance, starting with the Ith, as one of N machines that "
        "share --out (default: that of the task under `srun`)",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")


def run(options: argparse.Namespace) -> int:
    """Write copies; 3 where some utterances could not be copied."""
    from spoofjax import signals
    from spoofjax.commands.packing_progress import PackingProgress
    from spoofjax.commands.share import find_share
    from spoofjax.corpora.embedded.arrays import holds_embeddings
    from spoofjax.errors import ConfigError, CorpusError
    from spoofjax.processor import available_cores
    from spoofjax.synthesis.choosing import chosen_attacks
    from spoofjax.synthesis.parents import Synthesis
    from spoofjax.synthesis.writing import write_copies

    # Every file is written in one step, so that an interrupt at any moment does no harm.
    signals.interrupt_at_once()
    processes = available_cores() if options.processes is None else options.processes
    if processes < 1:
        raise ConfigError(f"--processes {processes}: choose 1 or more, or leave it out.")
    synthesis = Synthesis(
        chosen_attacks(options.attacks), options.seed, options.each, options.with_bonafide
    )
    share = find_share(options.share)
    corpus, _ = load_corpus(options.corpus, options.overrides)
    splits = dict.fromkeys(options.split or ("train",))
    manifests = {split: corpus.manifest(split) for split in splits}
    if holds_embeddings(manifests):
        raise CorpusError(f"{options.corpus} holds embeddings, of which no copies can be made.")
    own_files = [Path(word) for word in options.attacks if word.endswith(".py")]
    start = time.perf_counter()
    with PackingProgress(options.quiet) as progress:
        outcome = write_copies(
            manifests,
            options.out,
            synthesis,
            share=share,
            processes=processes,
            code=[*options.code, *own_files],
            report=progress,
        )
    _print_outcome(outcome, options.out, time.perf_counter() - start)
    if outcome.missing_shares:
        print(
            f"{outcome.missing_shares} shares are left to other machines; the last one writes the "
            "protocols"
        )
    else:
        languages = {name for rows in manifests.values() for name in rows.names("language")}
        language = languages.pop() if len(languages) == 1 else "-"
        _print_corpus(options.out, language, options.with_bonafide)
    return 3 if outcome.unreadable else 0


def _print_outcome(outcome: Outcome, out: Path, seconds: float) -> None:
    for line in outcome.unreadable:
        print(f"unreadable: {printable(line)}", file=sys.stderr)
    if outcome.unreadable:
        count = len(outcome.unreadable)
        print(
            f"{count} utterances have no copies. Repair them and run the command again, or train "
            "without them.",
            file=sys.stderr,
        )
    earlier = outcome.files - outcome.written
    print(
        f"{printable(str(out))}: {outcome.files:,} files of {outcome.parents:,} utterances, "
        f"{outcome.written:,} written now{f', {earlier:,} before' if earlier else ''}; "
        f"{outcome.written / max(seconds, 1e-9):.1f} files/s"
    )


def _print_corpus(out: Path, language: str, with_bonafide: bool) -> None:
    """Say how a configuration reads the folder."""
    root = str(out)
    corpus = f"ASVspoof5(root={root!r}, name='copies', language={language!r})"
    if with_bonafide:
        print(f"to train on it: data={corpus}")
    else:
        print(f"to train on it and on the bona fide speech: data=Mixture((CORPUS, {corpus}))")
