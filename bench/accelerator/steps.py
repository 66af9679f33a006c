"""How long does a training step take, and how close is it to what the device can do?"""

from __future__ import annotations

import jax
import numpy as np

from bench.accelerator.session import Session, section
from bench.accelerator.workload import experiment_of, inputs_of, models_of
from bench.timing import Row
from spoofjax.config import Model


def steps(session: Session) -> None:
    """Time a training step of each batch size, precision and model."""
    section("training steps (LFCC-60, 402 frames)")
    if not session.has_extension("spoofjax.audio._flac", "training steps"):
        return
    # The most important sizes come first, in case the time runs out.
    for batch in (4,) if session.quick else (256, 1024, 64):
        for dtype in ("float32", "bfloat16"):
            for name, model in models_of(dtype).items():
                label = f"{name}, batch {batch}, {dtype}"
                # XLA takes long to tune two-dimensional convolutions of large batches.
                seconds = 40 if batch > 256 and name.startswith("CNN2D") else 20
                if session.has_time(f"step of {label}", seconds):
                    one_step(session, label, model, batch, dtype)


def one_step(session: Session, label: str, model: Model, batch: int, dtype: str) -> None:
    """Time the trainer's step, or note why it fails."""
    # These need the C extensions, which the sections before do without.
    from spoofjax.loading.batches import Batch
    from spoofjax.training.assembly import assemble
    from spoofjax.training.compiled_step import compile_step

    assembly = assemble(experiment_of(model, batch), 1)
    inputs = assembly.put(Batch(*inputs_of(batch), np.arange(batch)))
    state = assembly.state
    try:
        compiled = compile_step(assembly, inputs)
        # Noted before the step runs, in case it fails.
        for name, size in (("temporary", compiled.temporary_bytes), ("peak", compiled.peak_bytes)):
            session.note(f"{name} GiB of a step: {label}", (size or 0) / 2**30)

        def step() -> jax.Array:
            nonlocal state
            state, metrics = compiled.step(state, inputs, assembly.key)
            return metrics.loss

        row = session.timed(f"step: {label}", step)
    except jax.errors.JaxRuntimeError as error:  # out of memory, for one
        session.skip(f"step of {label}", str(error).splitlines()[0])
        session.save()
        return
    row.notes |= {
        "clips/s": round(batch / row.median),
        "compile s": round(compiled.seconds, 1),
        "temporary MiB": round((compiled.temporary_bytes or 0) / 2**20, 1),
    }
    if compiled.flops and session.matrix_rate:
        cost = compiled.step.cost_analysis() or {}
        bytes_accessed = cost.get("bytes accessed", 0.0)
        row.notes["of the roofline"] = roofline(session, row, compiled.flops, bytes_accessed, dtype)


def roofline(session: Session, row: Row, flops: float, bytes_accessed: float, dtype: str) -> str:
    """Return the least time that the measured ceilings allow as a share of the step's."""
    least = max(flops / session.matrix_rate[dtype], bytes_accessed / session.copy_rate)
    return f"{least / row.minimum:.1%}"
