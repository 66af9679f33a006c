"""What an experiment takes from its training split and from other runs when it starts."""

from __future__ import annotations

import hashlib

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.distillation import Distillation
from spoofjax.errors import ConfigError
from spoofjax.features.embeddings import Embeddings
from spoofjax.runs.folder import RunFolder


def resolved(experiment: Experiment, train: Manifest) -> Experiment:
    """Return the experiment with the names of its traced attacks and the digest of its teacher.

    Raises ConfigError where the training split or the teacher does not fit, and RunError where the
    teacher is no finished run.
    """
    distillation = experiment.distillation
    teacher = distillation.teacher
    if teacher is not None:
        distillation = _with_digest(distillation, teacher)
        _check_teacher(experiment, teacher)
    return experiment.replace(tracing=experiment.tracing.resolved(train), distillation=distillation)


def _with_digest(distillation: Distillation, path: str) -> Distillation:
    """Return the distillation with the digest of the weights of the teacher at `path`."""
    run = RunFolder(path).require()
    if not run.weights.is_file() or not run.decision.is_file():
        raise ConfigError(f"{run.path} cannot teach: it is not finished. Train or evaluate it.")
    with run.weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if distillation.digest not in ("", digest):
        raise ConfigError(
            f"{run.path} has other weights than the teacher that distillation.digest names."
        )
    return distillation.replace(digest=digest)


def _check_teacher(experiment: Experiment, path: str) -> None:
    """Raise ConfigError unless a detector can hear the clips of an experiment."""
    teacher = RunFolder(path).experiment()
    own, other = experiment.front_end, teacher.front_end
    if own != other and (isinstance(own, Embeddings) or isinstance(other, Embeddings)):
        raise ConfigError(f"{path} cannot teach: one of both models reads embeddings, not audio.")
    if own.rate != other.rate:
        raise ConfigError(
            f"{path} cannot teach: it hears audio at {other.rate} Hz, and this model at "
            f"{own.rate} Hz."
        )
    if experiment.clip.level_dbfs != teacher.clip.level_dbfs:
        raise ConfigError(
            f"{path} cannot teach: its clips have clip.level_dbfs={teacher.clip.level_dbfs}, and "
            f"those of this run {experiment.clip.level_dbfs}. Set --clip.level-dbfs to its value."
        )
    if experiment.mixup is not None:
        raise ConfigError("Distillation does not work with mixup: leave out one of both.")
    if experiment.parallel.api == "pmap":
        raise ConfigError("Distillation needs --parallel.api jit.")
    teacher.model.check_clip(experiment.clip)
