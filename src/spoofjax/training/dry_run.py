"""`--dry-run`: one batch and one compilation, so that the figures are known before a run starts."""

from __future__ import annotations

import time
from collections.abc import Mapping

import jax
import numpy as np

from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.loading.batches import Batches
from spoofjax.training.allocator import keep_freed_memory
from spoofjax.training.assembly import assemble, compile_step, steps_of

TIMED_STEPS = 3


def dry_run(experiment: Experiment, manifests: Mapping[str, Manifest]) -> str:
    """Return shapes, drawn counts, parameters, memory and the expected time per epoch as text."""
    if experiment.keep_memory and jax.default_backend() == "cpu":
        keep_freed_memory()
    steps, epoch = steps_of(experiment, len(manifests["train"]))
    batches = Batches(experiment, manifests["train"])
    assembly = assemble(experiment, steps)
    try:
        batch = batches.training(0)
        compiled = compile_step(assembly, assembly.put(batch))
        state, loading, computing = assembly.state, [], []
        for step in range(TIMED_STEPS):
            started = time.perf_counter()
            batch = batches.training(step)
            loading.append(time.perf_counter() - started)
            started = time.perf_counter()
            state, measured = compiled.step(state, assembly.put(batch), assembly.key)
            measured.loss.block_until_ready()
            computing.append(time.perf_counter() - started)
    finally:
        batches.close()
    # Loading runs ahead of the device, so the slower of the two sets the pace.
    seconds = max(min(loading), min(computing)) * epoch
    drawn = np.bincount(batch.labels, minlength=2)
    rows = [
        ("features", f"{batch.features.dtype} {batch.features.shape}"),
        ("lengths", f"{batch.lengths.min()} to {batch.lengths.max()}"),
        ("drawn in a batch", f"{drawn[1]} bona fide, {drawn[0]} spoof"),
        ("parameters", f"{assembly.parameters:,}"),
        ("devices", f"{assembly.mesh.devices.size} {assembly.mesh.devices.flat[0].device_kind}"),
        ("steps", f"{steps} ({epoch} an epoch)"),
        ("compilation", f"{compiled.seconds:.1f} s"),
        ("temporary memory", _mebibytes(compiled.temporary_bytes)),
        ("argument memory", _mebibytes(compiled.argument_bytes)),
        (
            "one batch",
            f"{min(loading) * 1e3:.0f} ms to load, {min(computing) * 1e3:.0f} ms to learn",
        ),
        (
            "time per epoch",
            f"about {seconds:.0f} s ({epoch * experiment.batch / seconds:.0f} utt/s)",
        ),
    ]
    return "\n".join(f"{name:18} {value}" for name, value in rows)


def _mebibytes(count: int | None) -> str:
    return "unknown" if count is None else f"{count / 2**20:.1f} MiB"
