"""`spoofjax fuse`: one score from several runs, with weights from dev."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Fuse the scores of several runs; the weights come from their dev split."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folders", type=Path, nargs="+", metavar="RUN", help="finished runs")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument(
        "--method",
        choices=("equal", "logistic"),
        default="equal",
        help="equal: each system's scores over their deviation on dev (default); logistic: weights "
        "fitted on dev, which gives log-likelihood ratios",
    )
    parser.add_argument("--json", action="store_true", help="the results as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Write the fused scores of dev and eval, and print the EER of every system and the fusion."""
    import json

    from spoofjax.errors import printable
    from spoofjax.evaluation.fusion import fit_fusion
    from spoofjax.evaluation.metrics import eer, min_dcf
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.fusing import joined_scores, write_fusion

    joined = {"dev": joined_scores(options.folders, "dev")}
    if all(RunFolder(folder).split_metrics("eval").is_file() for folder in options.folders):
        joined["eval"] = joined_scores(options.folders, "eval")
    dev = joined["dev"]
    fusion = fit_fusion(dev.scores, dev.keys.label, options.method)
    write_fusion(options.out, options.folders, fusion, joined)
    names = [*map(str, options.folders), "fusion"]
    results: dict[str, dict[str, dict[str, float]]] = {}
    for split, one in joined.items():
        for name, scores in zip(names, [*one.scores.T, fusion(one.scores)], strict=True):
            classes = scores[one.keys.label == 1], scores[one.keys.label == 0]
            numbers = {"eer": float(eer(*classes)[0]), "min_dcf": float(min_dcf(*classes))}
            results.setdefault(split, {})[name] = numbers
    if options.json:
        print(json.dumps({"weights": fusion.to_json(), "results": results}))
        return 0
    for split, rows in results.items():
        for name, numbers in rows.items():
            print(
                f"{split:5} EER {numbers['eer']:7.2%}  minDCF {numbers['min_dcf']:.4f}  "
                f"{printable(name)}"
            )
    weights = ", ".join(f"{weight:.4g}" for weight in fusion.weights)
    print(f"weights {weights}; offset {fusion.offset:.4g}; written to {options.out}")
    return 0
