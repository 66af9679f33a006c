"""`spoofjax submission`: scores in the form of the Speech Anti-Spoofing Arena."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Write the scores of a run, and their description, for the Speech Anti-Spoofing Arena."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("system", metavar="SYSTEM", help="a finished run, or a score file")
    parser.add_argument(
        "--about", type=Path, required=True, help="who submits what, in YAML or JSON"
    )
    parser.add_argument("--dataset", required=True, help="OWNER/NAME of the arena's data set")
    parser.add_argument("--revision", required=True, help="commit of the data set")
    parser.add_argument(
        "--repository", required=True, help="OWNER/NAME of the model that the scores go to"
    )
    parser.add_argument(
        "--commit", default="", help="commit of the uploaded scores, once they are there"
    )
    parser.add_argument("--keys", type=Path, metavar="KEY", help="the key of a score file")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--split", choices=("train", "dev", "eval"), default="eval", help="default eval"
    )
    where.add_argument("--on", metavar="NAME", help="results on another corpus, as calls.eval")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")


def run(options: argparse.Namespace) -> int:
    """Write scores.txt and <slug>.yaml, and say how they are submitted."""
    import time

    from spoofjax.errors import printable
    from spoofjax.report.submission import SCORES, Target, read_about, write_submission
    from spoofjax.runs.systems import join_systems, system_of

    about = read_about(options.about)
    target = Target(options.dataset, options.revision, options.repository, options.commit)
    corpus, _, split = options.on.rpartition(".") if options.on else ("", "", options.split)
    joined = join_systems([system_of(options.system, split)], split, options.keys, corpus)
    path = write_submission(
        options.out, joined.keys, joined.scores[:, 0], about, target, time.strftime("%Y-%m-%d")
    )
    print(printable(f"{options.out / SCORES} and {path.name}: {len(joined.keys):,} utterances"))
    if options.commit:
        print(f"Next: a pull request to {target.dataset} that adds submissions/{path.name}.")
    else:
        place = f".eval_results/{target.dataset}/{SCORES}"
        print(
            f"Next: upload {SCORES} to {target.repository} as {place}, then run this command again "
            "with --commit and the commit of that upload."
        )
    return 0
