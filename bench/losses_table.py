"""What losses, mixup, averages and ensembles bring on one corpus, with intervals over seeds.

Every row trains the model of configs/cnn2d.py by the real `spoofjax train`, once for each seed, and
differs from the first row in one thing. The two last rows are made of the runs of the first: the
average of each run's three best checkpoints, and the ensemble of all seeds.

    python -m bench.losses_table --root /corpora/mini5 --seeds 3 --steps 400
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import time
from pathlib import Path

from spoofjax.json_files import read_json
from spoofjax.runs.folder import RunFolder

VARIANTS = {
    "binary cross-entropy": "",
    "label smoothing 0.1": "loss=BinaryCrossEntropy(label_smoothing=0.1)",
    "weighted cross-entropy, natural draws": (
        "loss=BinaryCrossEntropy(0.9, 0.1), sampling=Natural()"
    ),
    "focal": "loss=Focal()",
    "OC-softmax": "loss=OCSoftmax(), model=CNN2D(dropout=0.0)",
    "AM-softmax": "loss=AMSoftmax(), model=CNN2D(dropout=0.0)",
    "P2SGrad": "loss=P2SGrad(), model=CNN2D(dropout=0.0)",
    "supervised contrastive": "loss=SupervisedContrastive()",
    "mixup 0.4": "mixup=0.4",
}
"""What differs from the first row, as arguments of `replace`."""
CONFIG = """
from spoofjax.config_files import load_config
from spoofjax.loading.sampling import Natural
from spoofjax.models import CNN2D
from spoofjax.training.losses import *

config = load_config("cnn2d").replace({changes})
"""
STUDENT = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78}
"""97.5 % quantiles of Student's distribution, by the number of seeds."""
SPOOFJAX = (sys.executable, "-m", "spoofjax.cli")


def main() -> None:
    """Train what is missing in the output folder, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", required=True, help="a corpus in ASVspoof 5 layout")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--only", nargs="*", help="names of rows; default all")
    parser.add_argument("--out", type=Path, default=Path("runs/losses"))
    parser.add_argument("--json", type=Path, help="where to write the numbers")
    options = parser.parse_args()
    rows = {}
    for name, changes in VARIANTS.items():
        if options.only and name not in options.only:
            continue
        folders = [_trained(name, changes, seed, options) for seed in _seeds(options)]
        rows[name] = [_rates(folder) for folder in folders]
        if not changes:
            rows["average of the 3 best"] = [_rates(_average(folder)) for folder in folders]
            rows[f"ensemble of {options.seeds} seeds"] = [_rates(_ensemble(folders, options))]
        print(_table(rows), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


def _seeds(options: argparse.Namespace) -> range:
    return range(1, options.seeds + 1)


def _trained(name: str, changes: str, seed: int, options: argparse.Namespace) -> Path:
    """Train one run, unless it is finished already; return its folder."""
    label = "".join(c if c.isalnum() else "-" for c in name)
    folder = options.out / f"{label}-{seed}"
    if not RunFolder(folder).markdown.is_file():
        options.out.mkdir(parents=True, exist_ok=True)
        config = options.out / f"{label}.py"
        config.write_text(CONFIG.format(changes=changes))
        arguments = ["--data.root", options.root, "--seed", seed, "--steps", options.steps]
        arguments += [
            "--checkpoints.keep-best",
            3,
            "--evaluation.every",
            max(options.steps // 8, 1),
        ]
        started = time.perf_counter()
        _run("train", config, "--out", folder, "--resume", "--quiet", *arguments)
        print(f"{name}, seed {seed}: {time.perf_counter() - started:.0f} s", flush=True)
    return folder


def _average(folder: Path) -> Path:
    """Average the best checkpoints of a run: three, or as many as it has."""
    out = folder.with_name(f"{folder.name}-average")
    if not out.exists():
        best = RunFolder(folder).checkpoints / "best"
        count = min(3, sum(path.name.isdigit() for path in best.iterdir()))
        if count < 2:
            return folder
        _run("average", folder, "--best", count, "--out", out)
    return out


def _ensemble(folders: list[Path], options: argparse.Namespace) -> Path:
    out = options.out / "ensemble"
    if not out.exists():
        _run("ensemble", *folders, "--out", out)
    return out


def _run(*arguments: object) -> None:
    subprocess.run([*SPOOFJAX, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def _rates(folder: Path) -> dict[str, float]:
    """Return the EER of each evaluated split, in percent."""
    run = RunFolder(folder)
    splits = [split for split in ("dev", "eval") if run.split_metrics(split).is_file()]
    return {split: 100 * read_json(run.split_metrics(split))["eer"] for split in splits}


def _table(rows: dict[str, list[dict[str, float]]]) -> str:
    """Return a Markdown table: mean EERs, their differences from the first row, 95 % intervals.

    A difference is that of runs with the same seed.
    """
    base = next(iter(rows.values()))
    splits = list(base[0])
    titles = [f"{split} EER, %" for split in splits] + [f"{split}, change" for split in splits]
    lines = [f"| | {' | '.join(titles)} |", "| --- |" + " --- |" * len(titles)]
    for name, results in rows.items():
        cells = [_interval([one[split] for one in results]) for split in splits]
        for split in splits:
            pairs = zip(results, base, strict=False)
            differences = [one[split] - other[split] for one, other in pairs]
            is_paired = results is not base and len(results) == len(base)
            cells.append(_interval(differences) if is_paired else "")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _interval(values: list[float]) -> str:
    mean = statistics.fmean(values)
    if len(values) not in STUDENT:
        return f"{mean:.1f}"
    half = STUDENT[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
    return f"{mean:.1f} ± {half:.1f}"


if __name__ == "__main__":
    main()
