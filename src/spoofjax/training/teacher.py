"""The teacher of a run that learns from a finished detector."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
from jax.sharding import Mesh

from spoofjax.config import Experiment
from spoofjax.deployment.detector import Detector
from spoofjax.evaluation.calibration import Affine
from spoofjax.features.on_device import features_of_samples
from spoofjax.training import sharding


def needs_samples(experiment: Experiment, teacher: Experiment) -> bool:
    """Whether the teacher computes features of its own, and so needs the samples of a clip."""
    return experiment.front_end != teacher.front_end


class Teacher:
    """Gives the log-likelihood ratios of training clips, as far as `Detector` knows them.

    They are those of the teacher's calibration, or its scores less its threshold on dev.
    """

    def __init__(self, path: str, mesh: Mesh, *, takes_samples: bool):
        """Load the teacher. With `takes_samples` it computes its features on the devices."""
        detector = Detector.load(Path(path))
        scale, offset = 1.0, -float(detector.decision["threshold"])
        if detector.decision["calibration"] is not None:
            line = Affine.from_json(detector.decision["calibration"])
            scale, offset = line.scale[0], line.offset
        platform = mesh.devices.flat[0].platform
        dft = "fft" if platform == "cpu" else "matrix"
        front_end = detector.experiment.front_end
        features_of = features_of_samples(front_end, dft) if takes_samples else None
        predict = detector.predict_here

        def judge(params, constants, features, lengths):
            if features_of is not None:
                features, lengths = features_of(features, lengths)
            return scale * predict(params, constants, features, lengths) + jnp.float32(offset)

        everywhere, split = sharding.replicated(mesh), sharding.split(mesh)
        self._weights = jax.device_put((detector.params, detector.constants), everywhere)
        self._judge = jax.jit(
            judge, in_shardings=(everywhere, everywhere, split, split), out_shardings=split
        )

    def __call__(self, features: jax.Array, lengths: jax.Array) -> jax.Array:
        """Return float32 (batch,) log-likelihood ratios of a batch that lies on the devices.

        `features` are those of the teacher's front end, or samples.
        """
        return self._judge(*self._weights, features, lengths)
