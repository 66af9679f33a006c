"""A run's detector as files that need no spoofjax: safetensors, JSON and StableHLO."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from spoofjax.deployment.detector import Detector
from spoofjax.errors import RunError
from spoofjax.training.weights import save_weights

PLATFORMS = ("cpu", "cuda", "tpu")
CHECKED_UTTERANCES = 8
TOLERANCE = 1e-4


def export_run(detector: Detector, source: Path, clips: np.ndarray, out: Path) -> dict[str, Any]:
    """Write the detector to the folder `out` and check it; return what export.json says.

    `clips` float32 (8, samples) are real utterances, prepared as for evaluation; the exported
    program must give the run's scores on them to 1e-4. Raises RunError where it does not, or
    where `out` exists and is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise RunError(f"{out} is not empty. Choose another --out.")
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for name in ("config.json", "decision.json"):
        shutil.copy(source / name, part / name)
    save_weights(part, detector.params, detector.constants)
    lengths = np.full(len(clips), clips.shape[1])
    features, frames = detector.features(clips, lengths)
    program = export_model(detector, features)
    (part / "model.stablehlo").write_bytes(program)
    facts = _check(detector, program, features, frames)
    (part / "export.json").write_text(json.dumps(facts, indent=2) + "\n")
    if out.exists():
        out.rmdir()
    part.rename(out)
    return facts


def export_model(detector: Detector, features: np.ndarray) -> bytes:
    """Return the serialized program (features, lengths) -> scores for cpu, cuda and tpu.

    Features are float32 (b, frames, coefficients) with any b and the evaluation clip's frames;
    lengths int32 (b,) are valid frames. The weights are inside. Read it by
    jax.export.deserialize.
    """
    params = jax.tree.map(jnp.asarray, detector.params)
    constants = jax.tree.map(jnp.asarray, detector.constants)

    def score(features, lengths):
        return detector.predict(params, constants, features, lengths)

    (batch,) = export.symbolic_shape("b")
    shapes = (
        jax.ShapeDtypeStruct((batch, *features.shape[1:]), jnp.float32),
        jax.ShapeDtypeStruct((batch,), jnp.int32),
    )
    return bytes(export.export(jax.jit(score), platforms=PLATFORMS)(*shapes).serialize())


def _check(
    detector: Detector, program: bytes, features: np.ndarray, frames: np.ndarray
) -> dict[str, Any]:
    expected = np.asarray(
        jax.jit(detector.predict)(detector.params, detector.constants, features, frames)
    )
    found = np.asarray(export.deserialize(bytearray(program)).call(features, frames))
    worst = float(np.max(np.abs(found - expected)))
    if not worst <= TOLERANCE * max(1.0, float(np.max(np.abs(expected)))):
        raise RunError(
            f"The exported program differs from the run by {worst:.2g}; nothing was exported."
        )
    return {
        "format": "StableHLO by jax.export",
        "jax": jax.__version__,
        "platforms": list(PLATFORMS),
        "inputs": {
            "features": ["b", *features.shape[1:]],
            "lengths": ["b"],
        },
        "output": "scores (b,); higher = more bona fide",
        "checked_utterances": len(features),
        "largest_difference": worst,
    }
