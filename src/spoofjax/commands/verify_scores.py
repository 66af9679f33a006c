"""`spoofjax verify-scores`: whether published numbers follow from their score files."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Recompute a published table from its score files, and list what differs."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "table",
        type=Path,
        metavar="TABLE",
        help="a table with the columns scores, keys, perhaps sha256, and one for each metric; or a "
        "submission to the arena (.yaml)",
    )
    parser.add_argument("--keys", type=Path, help="the key of a submission")
    parser.add_argument(
        "--scores", type=Path, help="the scores of a submission (default: scores.txt beside it)"
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        help="largest difference of a number (default: half of its last published digit)",
    )
    parser.add_argument("--json", action="store_true", help="every number as one JSON array")


def run(options: argparse.Namespace) -> int:
    """Print every published number with the recomputed one; return 1 if any differs."""
    import json
    from dataclasses import asdict

    from spoofjax.errors import ConfigError, printable
    from spoofjax.evaluation.published import check_claim, read_claims

    if options.table.suffix in (".yaml", ".yml"):
        from spoofjax.report.submission import read_submission

        if options.keys is None:
            raise ConfigError("A submission has no labels: add --keys KEY.")
        claims = [read_submission(options.table, options.scores, options.keys)]
    elif options.keys or options.scores:
        raise ConfigError("A table names its own scores and keys: omit --scores and --keys.")
    else:
        claims = read_claims(options.table)
    checks = [check for claim in claims for check in check_claim(claim, options.tolerance)]
    wrong = [check for check in checks if not check.is_met]
    if options.json:
        print(json.dumps([asdict(check) for check in checks]))
        return 1 if wrong else 0
    for check in checks:
        word = "ok     " if check.is_met else "DIFFERS"
        text = f"{check.name} published {check.published}, recomputed {check.recomputed}"
        print(printable(f"{word} {check.system}: {text}"))
    print(f"{len(wrong)} of {len(checks)} published facts differ.")
    return 1 if wrong else 0
