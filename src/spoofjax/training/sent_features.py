"""The type in which features are sent to the devices: that in which the network takes them.

A network that computes in bfloat16 standardizes its input in float32 and then rounds it. Where the
host does both, half as many bytes are sent, and the network gets the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spoofjax.config import Experiment
from spoofjax.errors import ConfigError
from spoofjax.features.rounding import BFLOAT16, standardized_bfloat16
from spoofjax.loading.batches import Batch
from spoofjax.models.classifier import Classifier
from spoofjax.processor import available_cores
from spoofjax.training.assembly import Assembly
from spoofjax.training.sharding import to_host

MEAN, DEVIATION = "standardize/mean", "standardize/deviation"
"""Constants of a network that standardizes its input."""
Send = Callable[[Batch], Batch]
"""From a batch of the loader to the one that is sent in its place."""


def sends_bfloat16(experiment: Experiment, platform: str) -> bool:
    """Return whether features are standardized and rounded before they are sent.

    Raises ConfigError where loading.precision asks for it and the network or its teacher needs
    float32.
    """
    wanted = experiment.loading.precision
    if wanted == "float32" or (wanted == "auto" and platform == "cpu"):
        return False
    model = experiment.model
    if not isinstance(model, Classifier) or model.input_precision != "bfloat16":
        reason = f"{type(model).__name__} takes its input in float32 (see model.dtype)"
    elif experiment.distillation.teacher is not None:
        reason = "the teacher standardizes the same features by its own statistics"
    else:
        return True
    if wanted == "bfloat16":
        raise ConfigError(
            f"loading.precision is 'bfloat16', but {reason}. Use --loading.precision auto."
        )
    return False


def send_features(assembly: Assembly, constants: Mapping[str, Any]) -> Send:
    """Return what sends the features of an evaluation; every process calls this.

    `constants` are those of the state, which has the statistics of the features.
    """
    if not rounds_features(assembly):
        return _as_it_is
    mean, deviation = to_host((constants[MEAN], constants[DEVIATION]), assembly.mesh)
    threads = assembly.experiment.loading.threads or available_cores()

    def send(batch: Batch) -> Batch:
        features = standardized_bfloat16(batch.features, mean, deviation, threads)
        return batch._replace(features=features)

    return send


def send_training(assembly: Assembly, constants: Mapping[str, Any]) -> Send:
    """Return what `send_features` does for training batches, which may hold samples."""
    return _as_it_is if assembly.takes_samples else send_features(assembly, constants)


def blank_sent(assembly: Assembly, batch: Batch) -> Batch:
    """Return what `send_training` makes of a batch whose values do not matter."""
    if assembly.takes_samples or not rounds_features(assembly):
        return batch
    return batch._replace(features=batch.features.astype(BFLOAT16))


def rounds_features(assembly: Assembly) -> bool:
    """Return what `sends_bfloat16` says of the experiment and its devices."""
    return sends_bfloat16(assembly.experiment, assembly.mesh.devices.flat[0].platform)


def _as_it_is(batch: Batch) -> Batch:
    return batch
