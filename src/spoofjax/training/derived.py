"""Runs that are not trained but made from finished ones: an average, an ensemble."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.config import Experiment, Model, Transfer
from spoofjax.corpora.manifest import Manifest
from spoofjax.distillation import Distillation
from spoofjax.errors import RunError
from spoofjax.files import write_json
from spoofjax.models.attacks import ATTACK_HEAD
from spoofjax.names import is_in_part
from spoofjax.runs.environment import environment
from spoofjax.runs.folder import RunFolder
from spoofjax.tracing import Tracing
from spoofjax.training.assembly import assemble
from spoofjax.training.checkpoints import CheckpointStore
from spoofjax.training.evaluation import evaluate_splits
from spoofjax.training.optimizers import Adam

Arrays = Mapping[str, np.ndarray]


def never_trained(experiment: Experiment, model: Model, freeze: tuple[str, ...]) -> Experiment:
    """Return the experiment with this model and no part that only training uses.

    `freeze` names parts of the model. Its one score traces no attacks.
    """
    return experiment.replace(
        model=model,
        transfer=Transfer(freeze=freeze),
        tracing=Tracing(),
        distillation=Distillation(),
        # Rates of parts would name those of another model.
        optimizer=Adam(),
        average=None,
    )


def placed(weights: tuple[Arrays, Arrays], place: str) -> tuple[Arrays, Arrays]:
    """Return (params, constants) of a run, named as in a model that has its network at `place`.

    What traces attacks is left out.
    """
    params, constants = (
        {
            f"{place}/{name}": value
            for name, value in arrays.items()
            if not is_in_part(name, [ATTACK_HEAD])
        }
        for arrays in weights
    )
    return params, constants


def write_derived_run(
    out: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    weights: tuple[Arrays, Arrays],
    origin: dict[str, Any],
    *,
    source: RunFolder,
    step: int = 0,
    calibrates: bool = False,
) -> dict[str, Any]:
    """Write a run with these parameters and constants, evaluate it and return its results.

    All commands take the run as one that was trained. `origin` (JSON values) is recorded in its
    environment.json, and the history of training is that of `source`. `step` is that of the
    weights. With `calibrates`, the scores of dev also give a calibration with the costs of
    ASVspoof 5. Raises RunError where `out` holds something already. After another error nothing of
    the run is left, so that the same command can be given again.
    """
    require_empty(out)
    try:
        out.start(experiment, manifests, resume=False)
        write_json(out.environment, {**environment(), **origin})
        return _written(out, experiment, manifests, weights, source, step, calibrates)
    except BaseException:
        shutil.rmtree(out.path, ignore_errors=True)
        raise


def _written(
    out: RunFolder,
    experiment: Experiment,
    manifests: Mapping[str, Manifest],
    weights: tuple[Arrays, Arrays],
    source: RunFolder,
    step: int,
    calibrates: bool,
) -> dict[str, Any]:
    """Write weights, scores and decision into a run that has been started; return its results."""
    if source.metrics.is_file():
        shutil.copy(source.metrics, out.metrics)
    # Nothing is trained here, so the batch need not divide over these devices in parts.
    assembly = assemble(experiment.replace(accumulate=1), max(step, 1))
    params, constants = (jax.tree.map(jnp.asarray, dict(group)) for group in weights)
    average = jax.tree.map(jnp.copy, params) if experiment.average is not None else {}
    state = assembly.state._replace(
        params=params,
        constants=constants,
        average=average,
        step=jnp.int32(step),
    )
    state = jax.device_put(state, assembly.layout)
    prior = experiment.bonafide_share(manifests["train"])
    with CheckpointStore(out.checkpoints, 1) as store:
        store.save_best(step, state, {"prior": prior})
        store.wait()
    splits = {name: manifest for name, manifest in manifests.items() if name != "train"}
    return evaluate_splits(
        out, assembly, state, splits, prior, calibrates=calibrates, train=manifests["train"]
    )


def require_empty(out: RunFolder) -> None:
    """Raise RunError unless a new run may be written to this folder."""
    if out.path.exists() and (not out.path.is_dir() or any(out.path.iterdir())):
        raise RunError(f"{out.path} is not empty. Choose another --out.")
