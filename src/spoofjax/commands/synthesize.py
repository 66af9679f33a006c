"""`spoofjax synthesize`: spoofed copies of bona fide speech, or coded speech, as a corpus."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.corpus_argument import add_corpus_argument, load_corpus
from spoofjax.errors import printable

if TYPE_CHECKING:
    from spoofjax.deployment.detector import Detector
    from spoofjax.synthesis.parents import Synthesis
    from spoofjax.synthesis.writing import Outcome

SUMMARY = "Make spoofed copies of bona fide speech, or coded copies of both classes, as a corpus."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    add_corpus_argument(parser)
    parser.add_argument("--out", type=Path, required=True, help="a new folder, or one to continue")
    kinds = parser.add_mutually_exclusive_group(required=True)
    kinds.add_argument(
        "--attacks",
        nargs="+",
        metavar="ATTACK",
        help="make spoofs of bona fide speech: names such as griffin_lim or linear_prediction "
        "(docs/synthesis.md), folders of weights, or a Python file that defines `attacks`",
    )
    kinds.add_argument(
        "--codecs",
        nargs="+",
        metavar="CODEC",
        help="transmit both classes, which keep their labels: names such as amr or opus_call, "
        "folders with the weights of neural codecs, such as encodec_24khz:8, or a Python file that "
        "defines `codecs`",
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
        help="attacks or codecs for each utterance, drawn by the seed (default all)",
    )
    parser.add_argument(
        "--with-bonafide",
        action="store_true",
        help="write the bona fide utterances beside their spoofs, too",
    )
    parser.add_argument("--seed", type=int, default=1, help="of all random choices (default 1)")
    parser.add_argument("--processes", type=int, metavar="N", help="default one per core")
    parser.add_argument(
        "--share",
        metavar="I/N",
        help="copy only every Nth utterance, starting with the Ith, as one of N machines that "
        "share --out (default: that of the task under `srun`)",
    )
    parser.add_argument(
        "--no-cues",
        action="store_true",
        help="do not probe at the end whether level, length, silence, noise, bandwidth, DC offset "
        "or average spectrum tells spoofs from bona fide (up to 400 of each)",
    )
    parser.add_argument(
        "--detector",
        type=Path,
        metavar="RUN",
        help="also report the EER of this run or export on the copies: too crude, or inverted?",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")


def run(options: argparse.Namespace) -> int:
    """Write copies and report what cues they have; 3 where utterances could not be copied."""
    from spoofjax import signals
    from spoofjax.commands.packing_progress import PackingProgress
    from spoofjax.commands.share import find_share
    from spoofjax.corpora.embedded.arrays import holds_embeddings
    from spoofjax.errors import ConfigError, CorpusError
    from spoofjax.processor import available_cores
    from spoofjax.synthesis.writing import write_copies

    # Every file is written in one step, so that an interrupt at any moment does no harm.
    signals.interrupt_at_once()
    processes = available_cores() if options.processes is None else options.processes
    if processes < 1:
        raise ConfigError(f"--processes {processes}: choose 1 or more, or leave it out.")
    synthesis = _synthesis(options)
    share = find_share(options.share)
    detector = _detector(options.detector)
    corpus, _ = load_corpus(options.corpus, options.overrides)
    splits = dict.fromkeys(options.split or ("train",))
    manifests = {split: corpus.manifest(split) for split in splits}
    if holds_embeddings(manifests):
        raise CorpusError(f"{options.corpus} holds embeddings, of which no copies can be made.")
    words = options.attacks or options.codecs
    own_files = [Path(word) for word in words if word.endswith(".py")]
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
        _print_cues(outcome, detector, options)
        languages = {name for rows in manifests.values() for name in rows.names("language")}
        language = languages.pop() if len(languages) == 1 else "-"
        _print_corpus(options, language)
    return 3 if outcome.unreadable else 0


def _synthesis(options: argparse.Namespace) -> Synthesis:
    from spoofjax.synthesis.choosing import chosen_attacks, chosen_codecs
    from spoofjax.synthesis.parents import Synthesis

    is_transmission = options.attacks is None
    attacks = chosen_codecs(options.codecs) if is_transmission else chosen_attacks(options.attacks)
    return Synthesis(
        attacks, options.seed, options.each, options.with_bonafide, is_transmission=is_transmission
    )


def _detector(path: Path | None) -> Detector | None:
    """Load a detector before any copy is made, so that a wrong path is an error at once."""
    if path is None:
        return None
    from spoofjax.deployment.detector import Detector

    return Detector.load(path)


def _print_cues(outcome: Outcome, detector: Detector | None, options: argparse.Namespace) -> None:
    """Say what besides synthesis tells the copies of each attack from their parents, or the two
    classes behind each codec."""
    from spoofjax.corpora.validation.report import Report

    report = Report(str(options.out))
    if not options.no_cues:
        from spoofjax.guards.checking import check_cues
        from spoofjax.synthesis.attack import RATE

        check_cues(outcome.copies, RATE, report)
    if detector is not None:
        from spoofjax.guards.against_detector import check_detector

        check_detector(outcome.copies, detector, str(options.detector), report)
    for line in report.findings():
        print(line)


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


def _print_corpus(options: argparse.Namespace, language: str) -> None:
    """Say how a configuration reads the folder."""
    root = str(options.out)
    corpus = f"ASVspoof5(root={root!r}, name='copies', language={language!r})"
    if options.codecs:
        into = tuple(dict.fromkeys(options.split or ("train",)))
        chosen = "" if into == ("train",) else f", into={into!r}"
        print(
            "to train on it and on the speech as it was: "
            f"data=WithCopies(CORPUS, folder={root!r}{chosen})"
        )
    elif options.with_bonafide:
        print(f"to train on it: data={corpus}")
    else:
        print(f"to train on it and on the bona fide speech: data=Mixture((CORPUS, {corpus}))")
