"""`--seeds N`: the same experiment from several seeds, because one run is one draw of luck."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spoofjax.cluster import hosts
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ConfigError
from spoofjax.evaluation.seeds import several_seeds
from spoofjax.files import write_json
from spoofjax.report.markdown import HEADLINES
from spoofjax.runs.folder import RunFolder, read_json
from spoofjax.training.loop import train

Results = dict[str, dict[str, Any]]


def train_seeds(
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    out: Path,
    seeds: int,
    *,
    resume: bool = False,
    quiet: bool = False,
) -> dict[str, dict[str, Any]]:
    """Train with seeds seed, seed + 1, ... in out/seed-<seed>; write and return their summary.

    The summary has, by split and metric, mean, median, best, worst and std over the seeds; it is
    written to out/seeds.json. With `resume`, finished runs are taken as they are.
    """
    if seeds < 1:
        raise ConfigError(f"--seeds must be 1 or more, not {seeds}.")
    found = []
    for seed in range(experiment.seed, experiment.seed + seeds):
        folder, one = out / f"seed-{seed}", experiment.replace(seed=seed)
        done = hosts.of_first(_finished(folder, one, manifests, resume))
        results = _read(folder, manifests) if done else None
        found.append(results or train(one, manifests, folder, resume=resume, quiet=quiet))
    summary = {split: several_seeds([results[split] for results in found]) for split in found[0]}
    first = {"seeds": list(range(experiment.seed, experiment.seed + seeds)), "splits": summary}
    hosts.on_first(lambda: write_json(out / "seeds.json", first))
    return summary


def summary_lines(summary: Mapping[str, Mapping[str, Any]]) -> str:
    """Return mean, deviation, best and worst of the headline metrics of every split, as lines."""
    lines = []
    for split, metrics in summary.items():
        lines.append(f"{split}, {metrics['runs']} seeds:")
        for key, name, text in HEADLINES:
            if key not in metrics:
                continue
            found = metrics[key]
            spread = "" if found["std"] is None else f" ± {text.format(found['std'])}"
            lines.append(
                f"  {name:12} mean {text.format(found['mean'])}{spread}"
                f"  best {text.format(found['best'])}  worst {text.format(found['worst'])}"
            )
    return "\n".join(lines)


def _finished(
    folder: Path, experiment: Experiment, manifests: Mapping[str, Manifest], resume: bool
) -> bool:
    """Whether this run is done; its report is the last thing a run writes."""
    run = RunFolder(folder)
    if not (resume and run.exists and run.markdown.is_file()):
        return False
    run.check(experiment, manifests, resume=True)
    return True


def _read(folder: Path, manifests: Mapping[str, Manifest]) -> Results:
    names = [name for name in manifests if name != "train"]
    return {name: read_json(RunFolder(folder).split_metrics(name)) for name in names}
