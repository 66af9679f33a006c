"""`--seeds N`: the same experiment with several seeds, because a single run may be lucky."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from spoofjax.cluster import hosts
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ConfigError, printable
from spoofjax.evaluation.seeds import several_seeds
from spoofjax.files import write_json
from spoofjax.json_files import read_json
from spoofjax.report.markdown import HEADLINES
from spoofjax.report.remarks import remarks
from spoofjax.report.viewers import Callback
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.resuming import is_longer
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
    tensorboard: bool = False,
    callbacks: Sequence[Callback] = (),
) -> Results:
    """Train with seeds seed, seed + 1, ... in out/seed-<seed>; write and return their summary.

    The summary has mean, median, best, worst and std over the seeds, by split and metric, and the
    `alarms` of every seed. It is written to out/seeds.json. With `resume`, the results of finished
    runs are read, not repeated.
    """
    if seeds < 1:
        raise ConfigError(f"--seeds must be 1 or more, not {seeds}.")
    numbers = range(experiment.seed, experiment.seed + seeds)
    results = []
    for seed in numbers:
        folder, seeded = out / f"seed-{seed}", experiment.replace(seed=seed)
        # The processes must agree, even if one of them sees the report a moment later.
        if hosts.of_first(resume and is_finished(folder, seeded, manifests)):
            results.append(_read_results(folder, manifests))
        else:
            flags = {"resume": resume, "quiet": quiet, "tensorboard": tensorboard}
            results.append(train(seeded, manifests, folder, **flags, callbacks=callbacks))
    summary = summarise(numbers, results)
    values = {"seeds": list(numbers), "splits": summary}
    hosts.on_first(lambda: write_json(out / "seeds.json", values))
    return summary


def summarise(seeds: Sequence[int], results: Sequence[Results]) -> Results:
    """Return the summary over seeds by split, with the `alarms` of every seed where there are."""
    summary = {split: several_seeds([one[split] for one in results]) for split in results[0]}
    for seed, of_seed in zip(seeds, results, strict=True):
        for remark in remarks(of_seed):
            if remark.is_alarm:
                texts = summary[remark.split].setdefault("alarms", [])
                texts.append(f"seed {seed}: {remark.text}")
    return summary


def summary_lines(summary: Mapping[str, Mapping[str, Any]]) -> str:
    """Return mean, deviation, best and worst of the headline metrics of every split, as lines.

    The alarms of all seeds come first.
    """
    lines = [
        printable(f"ALARM ({split}): {alarm}")
        for split, metrics in summary.items()
        for alarm in metrics.get("alarms", ())
    ]
    for split, metrics in summary.items():
        lines.append(f"{split}, {metrics['runs']} seeds:")
        for key, name, text in HEADLINES:
            if key not in metrics:
                continue
            values = metrics[key]
            spread = "" if values["std"] is None else f" ± {text.format(values['std'])}"
            lines.append(
                f"  {name:12} mean {text.format(values['mean'])}{spread}"
                f"  best {text.format(values['best'])}  worst {text.format(values['worst'])}"
            )
    return "\n".join(lines)


def is_finished(folder: Path, experiment: Experiment, manifests: Mapping[str, Manifest]) -> bool:
    """Whether this run is complete and has all the steps that are asked for."""
    run = RunFolder(folder)
    if not (run.exists and run.markdown.is_file()):
        return False
    run.check(experiment, manifests, resume=True)
    return not is_longer(read_json(run.config), experiment)


def _read_results(folder: Path, manifests: Mapping[str, Manifest]) -> Results:
    run = RunFolder(folder)
    # A split in which a class is missing has no metrics.
    splits = [s for s in manifests if s != "train" and run.split_metrics(s).is_file()]
    return {split: run.read_metrics(split) for split in splits}
