"""`spoofjax compare`: which of several systems is better, and how certain that is."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from spoofjax.commands.groups import add_by
from spoofjax.commands.progress import announce

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.runs.systems import System

SUMMARY = "Compare runs and score files in pairs: which is better, and whether that is certain."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "systems",
        nargs="*",
        metavar="SYSTEM",
        help="a finished run, a score file, or the score files of dev and eval as DEV:EVAL",
    )
    parser.add_argument(
        "--group",
        action="append",
        nargs="+",
        default=[],
        metavar="SYSTEM",
        help="one configuration trained with several seeds, whose intervals cover the seed "
        "(repeatable)",
    )
    parser.add_argument("--keys", metavar="KEY", help="the key of score files, or DEV:EVAL")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--split", choices=("train", "dev", "eval"), default="eval", help="default eval"
    )
    where.add_argument(
        "--on",
        metavar="NAME",
        help="compare results on another corpus, such as calls.eval",
    )
    parser.add_argument(
        "--metric",
        action="append",
        choices=("eer", "min_dcf"),
        help="what to compare (repeatable; default eer)",
    )
    parser.add_argument(
        "--level",
        type=float,
        default=0.95,
        help="probability that all intervals of differences hold at once (default 0.95)",
    )
    parser.add_argument(
        "--resamples", type=int, default=1000, help="resamples of the bootstrap (default 1000)"
    )
    add_by(parser, "attack, codec and language")
    parser.add_argument("--json", action="store_true", help="everything as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Compare the systems; print verdicts and tables, or JSON."""
    import json
    from dataclasses import replace

    from spoofjax.errors import ScoreError
    from spoofjax.evaluation.comparison import Resampling
    from spoofjax.evaluation.full_comparison import compare_fully
    from spoofjax.report.comparison_lines import full_lines
    from spoofjax.runs.systems import join_systems, key_files

    corpus, _, split = options.on.rpartition(".") if options.on else ("", "", options.split)
    groups = _named(options.systems, options.group, split)
    keys = key_files(options.keys, split)
    members = [system for group in groups.values() for system in group]
    joined = join_systems(members, split, keys.get(split), corpus)
    singles = {name: group[0] for name, group in groups.items() if len(group) == 1}
    dev, problem = None, ""
    if split != "dev" and len(singles) > 1 and all(one.has("dev") for one in singles.values()):
        try:
            dev = join_systems(list(singles.values()), "dev", keys.get("dev"))
        except ScoreError as error:  # such as runs that were trained on different corpora
            problem = f"No fusion was trained, for want of common scores of dev. {error}"
    announce(f"resampling {len(joined.keys):,} utterances; a million take minutes")
    compared = compare_fully(
        _by_name(groups, joined.scores),
        joined.keys,
        Resampling(resamples=options.resamples, level=options.level),
        metrics=options.metric or ["eer"],
        groups=options.by,
        dev=dict(zip(singles, dev.scores.T, strict=True)) if dev else None,
        dev_labels=dev.keys.label if dev else None,
    )
    if problem:
        compared = replace(compared, notes=[*compared.notes, problem])
    facts = {
        "corpus": joined.corpus,
        "split": split,
        "bonafide": int((joined.keys.label == 1).sum()),
        "spoof": int((joined.keys.label == 0).sum()),
        "level": options.level,
        "resamples": options.resamples,
        "members": {name: [str(s.path) for s in group] for name, group in groups.items()},
        "same_configuration": _same_configurations(singles),
    }
    if options.json:
        print(json.dumps({**facts, **compared.to_json()}))
    else:
        print(*full_lines(compared, facts), sep="\n")
    return 0


def _named(
    texts: Sequence[str], groups: Sequence[Sequence[str]], split: str
) -> dict[str, list[System]]:
    """Return the systems by name, with several members for a group of seeds."""
    from spoofjax.errors import ConfigError
    from spoofjax.runs.systems import names_of, system_of

    named = [[system_of(text, split)] for text in texts]
    named += [[system_of(text, split) for text in group] for group in groups]
    if len(named) < 2:
        raise ConfigError("A comparison needs at least two systems: runs, score files, or groups.")
    names = iter(names_of([system for group in named for system in group]))
    members = [[next(names) for _ in group] for group in named]
    titles = [f"{of[0]} and {len(of) - 1} more" if len(of) > 1 else of[0] for of in members]
    # Runs in one folder of their own, as `train --seeds` writes them, are called like that folder.
    folders = [{system.path.resolve().parent for system in group} for group in named]
    for index, (group, parents) in enumerate(zip(named, folders, strict=True)):
        if len(group) > 1 and len(parents) == 1 and folders.count(parents) == 1:
            titles[index] = f"{parents.pop().name} ({len(group)} seeds)"
    return dict(zip(titles, named, strict=True))


def _by_name(groups: Mapping[str, Sequence[System]], scores: np.ndarray) -> dict[str, np.ndarray]:
    """Return the scores of each system: (utterances,), or (seeds, utterances)."""
    import numpy as np

    columns = iter(scores.T)
    parts = {name: [next(columns) for _ in group] for name, group in groups.items()}
    return {name: np.stack(part) if len(part) > 1 else part[0] for name, part in parts.items()}


def _same_configurations(singles: Mapping[str, System]) -> list[list[str]]:
    """Return the pairs of runs that differ in their seed alone."""
    from itertools import combinations

    from spoofjax.runs.systems import differ_in_seed_alone

    return [
        [first, second]
        for first, second in combinations(singles, 2)
        if differ_in_seed_alone(singles[first], singles[second])
    ]
