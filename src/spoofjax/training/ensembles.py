"""An ensemble of finished runs, as one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.config import Experiment, Loss
from spoofjax.config_files import to_json
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ConfigError
from spoofjax.evaluation.fusion import Fusion
from spoofjax.features import Waveform
from spoofjax.models.ensemble import Ensemble
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import load_weights
from spoofjax.training.derived import never_trained, placed, require_empty, write_derived_run


def ensemble_of(experiments: Mapping[Path, Experiment], fusion: Fusion | None = None) -> Experiment:
    """Return the experiment of the ensemble of these runs, with the data of the first.

    Its score is the mean of their scores, or what `fusion` makes of them.
    Runs with different front ends compute their features in the program, from the samples. Raises
    ConfigError, which names the runs and the setting, where they hear clips differently, or where
    one of two losses brings parameters of its own.
    """
    (first, model), *others = experiments.items()
    for path, other in others:
        names = ["clip"]
        if any(_brings_parameters(one) for one in (model, other)):
            names.append("loss")
        for name in names:
            if getattr(other, name) != getattr(model, name):
                raise ConfigError(
                    f"{path} and {first} differ in `{name}`: {_shown(other, name)} and "
                    f"{_shown(model, name)}. The members of an ensemble must share it."
                )
        if other.front_end.rate != model.front_end.rate:
            raise ConfigError(
                f"{path} and {first} hear different rates: {other.front_end.rate} and "
                f"{model.front_end.rate} Hz."
            )
    front_ends = tuple(experiment.front_end for experiment in experiments.values())
    if all(front_end == model.front_end for front_end in front_ends):
        front_ends = ()
    frozen = tuple(
        f"members/{number}/{part}"
        for number, experiment in enumerate(experiments.values())
        for part in experiment.transfer.freeze
    )
    ensemble = Ensemble(
        tuple(experiment.model for experiment in experiments.values()),
        front_ends,
        weights=fusion.weights if fusion else (),
        offset=fusion.offset if fusion else 0.0,
    )
    front_end = Waveform(rate=model.front_end.rate) if front_ends else model.front_end
    return never_trained(model, ensemble, frozen).replace(front_end=front_end)


def _brings_parameters(experiment: Experiment) -> bool:
    return type(experiment.loss).prepare is not Loss.prepare


def _shown(experiment: Experiment, name: str) -> str:
    values = to_json(getattr(experiment, name))
    kind = values.pop("type").rpartition(".")[2]
    return f"{kind}({', '.join(f'{key}={value!r}' for key, value in values.items())})"


def joined_weights(runs: Sequence[Path]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return the weights of runs, (params, constants), named as those of their ensemble."""
    groups: tuple[dict[str, np.ndarray], dict[str, np.ndarray]] = ({}, {})
    for number, path in enumerate(runs):
        weights = placed(load_weights(path), f"members/{number}")
        for group, arrays in zip(groups, weights, strict=True):
            group.update(arrays)
    return groups


def write_ensemble(
    runs: Sequence[Path], experiment: Experiment, manifests: Mapping[str, Manifest], out: Path
) -> dict[str, Any]:
    """Write the ensemble of runs to `out`, calibrated on dev; return its results by split.

    `experiment` is what `ensemble_of` returned. Raises RunError where `out` is not empty.
    """
    folder = RunFolder(out)
    require_empty(folder)
    origin = {"ensemble_of": [str(path.absolute()) for path in runs]}
    weights = joined_weights(runs)
    return write_derived_run(
        folder,
        experiment,
        manifests,
        weights,
        origin,
        source=RunFolder(runs[0]),
        calibrates=True,
    )
