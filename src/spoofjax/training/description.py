"""What a user wants to know before step 1, as lines of text."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.buckets import Schedule, lines_of
from spoofjax.training.assembly import Assembly
from spoofjax.training.compiled_step import Compiled
from spoofjax.training.memory import memory_line
from spoofjax.training.sent_features import rounds_features


def describe(
    assembly: Assembly,
    manifests: Mapping[str, Manifest],
    steps: int,
    schedule: Schedule,
    compiled: Compiled,
    first: int,
) -> str:
    """Return model, devices, steps, data and the cost of a step, as text.

    `first` is the step after which the run begins.
    """
    devices, experiment = assembly.mesh.devices, assembly.experiment
    lines = [
        f"{assembly.parameters:,} parameters on {devices.size} {devices.flat[0].platform} "
        f"device(s); {steps} steps of {schedule.sizes} utterances, {schedule.epoch} an epoch"
    ]
    for name, manifest in manifests.items():
        bonafide = int(np.sum(manifest.label == 1))
        spoof = int(np.sum(manifest.label == 0))
        lines.append(f"{name}: {bonafide:,} bona fide, {spoof:,} spoof")
    if experiment.clip.train_buckets:
        names = lines_of(schedule, manifests["train"], experiment.front_end.rate)
        lines += [f"bucket of {name}" for name in names]
    if compiled.temporary_bytes is not None:
        lines.append(
            f"compiled in {compiled.seconds:.1f} s; a step needs {memory_line(assembly, compiled)}"
            + (f", and {compiled.flops / 1e9:.2f} GFLOP or more" if compiled.flops else "")
        )
    if assembly.takes_samples:
        lines.append("features are computed on the device (loading.features)")
    elif rounds_features(assembly):
        lines.append("features are sent in bfloat16 (loading.precision)")
    if first:
        lines.append(f"resuming after step {first}")
    return "\n".join(lines)
