"""What losses, or the means against unseen attacks and channels, bring on one corpus.

Every row trains the model of configs/cnn2d.py by the real `spoofjax train`, once for each seed, and
differs from the first row in one thing. The table of losses ends with two rows that are made of the
runs of its first: the average of each run's three best checkpoints, and the ensemble of all seeds.

    python -m bench.ablations losses --root /corpora/mini5 --seeds 3 --steps 400
    python -m bench.ablations robustness --root /corpora/mini5 --seeds 3 --steps 200
    python -m bench.ablations references --root /corpora/mini5 --seeds 3 --steps 100
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from bench.ablations.rows import BASES, TABLES
from bench.ablations.table import table
from bench.ablations.training import Trainings, rates


def main() -> None:
    """Train what is missing in the output folder, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table", choices=TABLES)
    parser.add_argument("--root", required=True, type=Path, help="a corpus in ASVspoof 5 layout")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--only", nargs="*", help="names of rows; default all")
    parser.add_argument("--out", type=Path, default=Path("runs/ablations"))
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args()
    trainings = Trainings(options.root, options.out, options.steps, BASES[options.table])
    rows = {}
    for name, changes in TABLES[options.table].items():
        if options.only and name not in options.only:
            continue
        folders = [trainings.run(name, changes, seed) for seed in range(1, options.seeds + 1)]
        rows[name] = [rates(folder) for folder in folders]
        if options.table == "losses" and not changes:
            rows["average of the 3 best"] = [rates(trainings.average(one)) for one in folders]
            rows[f"ensemble of {options.seeds} seeds"] = [rates(trainings.ensemble(folders))]
        print(table(rows), flush=True)
        if options.json:
            options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
