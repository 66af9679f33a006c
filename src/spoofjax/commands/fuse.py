"""`spoofjax fuse`: one detector from several runs, or one score from several systems."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spoofjax.evaluation.fusion import Fusion
    from spoofjax.runs.systems import Joined, System

SUMMARY = (
    "Fuse several runs into one detector, or the scores of any systems; dev trains the weights."
)
Rates = dict[str, dict[str, dict[str, float]]]
"""EER and minDCF by split and system."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "systems",
        nargs="+",
        metavar="SYSTEM",
        help="a finished run, a score file of dev, or the score files of dev and eval as DEV:EVAL",
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument("--keys", metavar="KEY", help="the key of score files, or DEV:EVAL")
    parser.add_argument(
        "--method",
        choices=("logistic", "equal"),
        default="logistic",
        help="logistic: weights fitted on dev, which gives log-likelihood ratios (default); equal: "
        "each system's scores over their deviation on dev",
    )
    parser.add_argument(
        "--scores-only",
        action="store_true",
        help="fuse the scores of runs without making a detector, which needs the corpus",
    )
    parser.add_argument("--json", action="store_true", help="the results as one JSON object")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "Runs become one run, which `score`, `evaluate`, `export` and `report` take. It is "
        "evaluated on the corpus of the first; --data.root DIR says where that is now. With score "
        "files among the systems, only fused scores and their keys are written."
    )


def run(options: argparse.Namespace) -> int:
    """Write the fusion, and print the EER of every system and of the fusion."""
    import json

    from spoofjax.errors import ConfigError, printable
    from spoofjax.evaluation.fusion import fit_fusion
    from spoofjax.runs.fusing import write_fusion
    from spoofjax.runs.systems import join_systems, key_files, system_of

    systems = [system_of(text, "dev") for text in options.systems]
    is_detector = not options.scores_only and all(system.run for system in systems)
    if options.overrides and not is_detector:
        raise ConfigError(
            f"{options.overrides[0]} goes with a fusion of runs that becomes a detector."
        )
    keys = key_files(options.keys, "dev")
    joined = {"dev": join_systems(systems, "dev", keys.get("dev"))}
    if all(system.has("eval") for system in systems):
        joined["eval"] = join_systems(systems, "eval", keys.get("eval"))
    fusion = fit_fusion(joined["dev"].scores, joined["dev"].keys.label, options.method)
    if is_detector:
        _write_detector(systems, fusion, options)
    else:
        write_fusion(options.out, options.systems, fusion, joined)
    results = _rates(joined, [*options.systems, "fusion"], fusion)
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
    what = "a detector" if is_detector else "the scores"
    print(f"weights {weights}; offset {fusion.offset:.4g}; {what} written to {options.out}")
    return 0


def _rates(joined: Mapping[str, Joined], names: Sequence[str], fusion: Fusion) -> Rates:
    from spoofjax.evaluation.metrics import eer, min_dcf

    results: Rates = {}
    for split, one in joined.items():
        for name, scores in zip(names, [*one.scores.T, fusion(one.scores)], strict=True):
            classes = scores[one.keys.label == 1], scores[one.keys.label == 0]
            numbers = {"eer": float(eer(*classes)[0]), "min_dcf": float(min_dcf(*classes))}
            results.setdefault(split, {})[name] = numbers
    return results


def _write_detector(systems: Sequence[System], fusion: Fusion, options: argparse.Namespace) -> None:
    """Write the fusion of runs as a run of its own, evaluated and calibrated on dev."""
    from spoofjax import config_files
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.corpora.splits import training_splits
    from spoofjax.errors import ConfigError
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.fusing import write_weights
    from spoofjax.runs.own_corpus import expected_where_it_was
    from spoofjax.training.ensembles import ensemble_of, write_ensemble

    runs = [RunFolder(system.path) for system in systems]
    own = config_files.override(
        runs[0].experiment(), options.overrides, program="spoofjax fuse RUN..."
    )
    others = {run.path: run.experiment() for run in runs[1:]}
    try:
        experiment = ensemble_of({runs[0].path: own, **others}, fusion)
    except ConfigError as error:
        raise ConfigError(f"{error} --scores-only fuses their scores alone.") from error
    with expected_where_it_was(runs[0]):
        manifests = training_splits(experiment.data)
    use_compilation_cache()
    write_ensemble([run.path for run in runs], experiment, manifests, options.out)
    write_weights(RunFolder(options.out), options.systems, fusion)
