"""A run's detector as files that need no spoofjax: safetensors, JSON and StableHLO."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from spoofjax.audio.clips import most_samples
from spoofjax.audio.reading import read
from spoofjax.deployment.detector import Detector
from spoofjax.errors import RunError
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import save_weights

PLATFORMS = ("cpu", "cuda", "tpu")
CHECKED_UTTERANCES = 8
TOLERANCE = 1e-4


def export_run(detector: Detector, source: Path, files: Sequence[str], out: Path) -> dict[str, Any]:
    """Write the detector to the folder `out` and check it; return what export.json says.

    The exported program must give the scores of the run in the folder `source` on the utterances
    in `files` to 1e-4. Raises RunError where it does not, or where `out` exists and is not empty,
    AudioError for an unreadable file.
    """
    if out.exists() and any(out.iterdir()):
        raise RunError(f"{out} is not empty. Choose another --out.")
    part = out.with_name(out.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    run, copy = RunFolder(source), RunFolder(part)
    shutil.copy(run.config, copy.config)
    shutil.copy(run.decision, copy.decision)
    save_weights(part, detector.params, detector.constants)
    rate, samples = detector.experiment.front_end.rate, most_samples(detector.experiment.clip)
    prepared = [detector.prepare(read(file, rate), samples) for file in files]
    clips = np.stack([clip for clip, _ in prepared])
    features, frames = detector.features(clips, np.array([valid for _, valid in prepared]))
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

    Features are float32 (b, frames, coefficients) with any b and the longest clip's frames;
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
