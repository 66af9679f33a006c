"""A run's detector as files that need no spoofjax: safetensors, JSON and StableHLO."""

from __future__ import annotations

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
from spoofjax.deployment.embeddings import embedding_clips
from spoofjax.deployment.program import FACTS, PROGRAM, checksum
from spoofjax.errors import RunError
from spoofjax.files import naming, new_folder, write_json
from spoofjax.runs.detector_files import copy_settings
from spoofjax.runs.weights import save_weights

PLATFORMS = ("cpu", "cuda", "tpu")
"""Where the exported program runs."""
CHECKED_UTTERANCES = 8
"""Utterances on which the exported program is compared with the run."""
TOLERANCE = 1e-4
"""Largest difference allowed, relative to the largest score where that exceeds 1."""


def export_run(detector: Detector, source: Path, files: Sequence[str], out: Path) -> dict[str, Any]:
    """Write the detector to the folder `out` and check it; return what export.json says.

    `source` is the folder that the detector was loaded from. The exported program must give the
    detector's scores of the utterances in `files` to 1e-4. Raises RunError where it does not, or
    where `out` is not empty, and AudioError for an unreadable file; `out` is then left as it was.
    """
    if out.exists() and any(out.iterdir()):
        raise RunError(f"{out} is not empty. Choose another --out.")
    features, frames = _features_of_longest_clips(detector, files)
    program = export_model(detector, features)
    facts = {
        **_facts(detector, features),
        "sha256": checksum(program),
        **_check(detector, program, features, frames),
    }
    with new_folder(out) as folder:
        copy_settings(source, folder)
        save_weights(folder, detector.params, detector.constants)
        with naming(folder / PROGRAM):
            (folder / PROGRAM).write_bytes(program)
        write_json(folder / FACTS, facts)
    return facts


def _features_of_longest_clips(
    detector: Detector, files: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return (features, valid frames) of utterances, all in a clip of the greatest length.

    The program takes clips of this length alone. With buckets, a shorter utterance is padded to it,
    which does not change its score because models ignore frames beyond the valid ones.
    """
    samples = most_samples(detector.experiment.clip)
    if detector.reads_embeddings:
        clips, lengths = embedding_clips(detector.experiment, files, samples)
        return detector.features(clips, lengths)
    rate = detector.experiment.front_end.rate
    clips, lengths = zip(
        *(detector.prepare(read(file, rate), samples) for file in files), strict=True
    )
    return detector.features(np.stack(clips), np.array(lengths))


def export_model(detector: Detector, features: np.ndarray) -> bytes:
    """Return the serialized program (features, lengths) -> scores for cpu, cuda and tpu.

    Its features are float32 (b, frames, coefficients), with any b and the other sizes of
    `features`; lengths int32 (b,) are the valid frames. The program contains the weights. Read it
    with `program.load_program`, or with jax.export.deserialize.
    """
    params = jax.tree.map(jnp.asarray, detector.params)
    constants = jax.tree.map(jnp.asarray, detector.constants)

    def score(features, lengths):
        return detector.predict(params, constants, features, lengths)

    # A symbolic batch size lets one program take any number of utterances.
    (batch,) = export.symbolic_shape("b")
    shapes = (
        jax.ShapeDtypeStruct((batch, *features.shape[1:]), jnp.float32),
        jax.ShapeDtypeStruct((batch,), jnp.int32),
    )
    return bytes(export.export(jax.jit(score), platforms=PLATFORMS)(*shapes).serialize())


def _facts(detector: Detector, features: np.ndarray) -> dict[str, Any]:
    """Return how to call the program, as JSON values."""
    experiment = detector.experiment
    return {
        "format": "StableHLO by jax.export",
        "jax": jax.__version__,
        "platforms": list(PLATFORMS),
        "inputs": {
            "features": ["b", *features.shape[1:]],
            "lengths": ["b"],
        },
        "clip": {
            "rate": experiment.front_end.rate,
            "samples": most_samples(experiment.clip),
            "shorter_utterances": "repeated" if experiment.clip.short == "tile" else "padded",
            "level_dbfs": experiment.clip.level_dbfs,
        },
        "output": "scores (b,); higher = more bona fide",
    }


def _check(
    detector: Detector, program: bytes, features: np.ndarray, frames: np.ndarray
) -> dict[str, Any]:
    """Compare the program with the detector; return what was compared. Raises RunError."""
    expected = np.asarray(
        jax.jit(detector.predict)(detector.params, detector.constants, features, frames)
    )
    scores = np.asarray(export.deserialize(bytearray(program)).call(features, frames))
    difference = float(np.max(np.abs(scores - expected)))
    # "not <=" also refuses NaN.
    if not difference <= TOLERANCE * max(1.0, float(np.max(np.abs(expected)))):
        raise RunError(
            f"The exported program's scores differ from the run's by {difference:.2g}; "
            "nothing was exported."
        )
    return {"checked_utterances": len(features), "largest_difference": difference}
