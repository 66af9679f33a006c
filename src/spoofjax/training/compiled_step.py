"""The training step compiled ahead of time, with what the compiler says of its cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax

from spoofjax.loading.batches import Batch
from spoofjax.training.assembly import Assembly
from spoofjax.training.sent_features import blank_sent
from spoofjax.training.step import Inputs, TrainState


@dataclass(frozen=True)
class Compiled:
    """A step compiled ahead of time, with the compiler's estimates of its cost."""

    step: Any
    """(state, inputs, key) -> (state, metrics), for the shapes that it was compiled for."""
    seconds: float
    flops: float | None
    """Floating-point operations of one step, a lower bound: the compiler counts the body of a loop
    once and the LSTM in C not at all."""
    temporary_bytes: int | None
    argument_bytes: int | None
    peak_bytes: int | None = None
    """Temporary memory, arguments and results together, on each device."""


def compile_step(assembly: Assembly, inputs: Inputs) -> Compiled:
    """Compile the training step for the shapes of `inputs`."""
    started = time.perf_counter()
    compiled = assembly.train_step.lower(assembly.shapes, inputs, assembly.key).compile()
    seconds = time.perf_counter() - started
    memory = compiled.memory_analysis()
    temporary = getattr(memory, "temp_size_in_bytes", None)
    peak = None
    if temporary is not None:
        # The results that take the place of donated arguments need no memory of their own.
        results = memory.output_size_in_bytes - memory.alias_size_in_bytes
        peak = temporary + memory.argument_size_in_bytes + results
    flops = (compiled.cost_analysis() or {}).get("flops")
    if flops is not None:
        # The compiler counts the body of the loop over the parts once.
        flops *= assembly.experiment.accumulate
    return Compiled(
        compiled,
        seconds,
        flops,
        temporary,
        getattr(memory, "argument_size_in_bytes", None),
        peak,
    )


def compile_steps(assembly: Assembly, batches: Sequence[Batch]) -> Compiled:
    """Compile the training step for the shapes of each of these batches, whose values are blank.

    `seconds` adds up over the shapes; the other figures are those of the shape that needs the most
    memory.
    """
    by_shape = {}
    for batch in batches:
        inputs = assembly.put(blank_sent(assembly, batch))
        by_shape[inputs.features.shape] = compile_step(assembly, inputs)
    largest = max(by_shape.values(), key=lambda one: (one.temporary_bytes or 0, one.flops or 0))
    if len(by_shape) == 1:
        return largest

    def step(state: TrainState, inputs: Inputs, key: jax.Array) -> Any:
        return by_shape[inputs.features.shape].step(state, inputs, key)

    return replace(largest, step=step, seconds=sum(one.seconds for one in by_shape.values()))
