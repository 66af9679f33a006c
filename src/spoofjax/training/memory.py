"""The memory that a compiled step needs, compared with what there is before the first step."""

from __future__ import annotations

from spoofjax.errors import ConfigError
from spoofjax.memory import in_gibibytes, usable_memory
from spoofjax.training.assembly import Assembly, Compiled


def check_step(assembly: Assembly, compiled: Compiled) -> None:
    """Raise ConfigError where the compiler's estimate of a step exceeds the memory of the host.

    Without this check the system would kill the process. Other devices than the CPU have their own
    memory, and report for themselves that it is full.
    """
    devices = assembly.mesh.local_devices
    if devices[0].platform != "cpu" or compiled.temporary_bytes is None:
        return
    needed = len(devices) * (compiled.temporary_bytes + (compiled.argument_bytes or 0))
    available, batch = usable_memory(), assembly.experiment.batch
    if needed > available:
        fitting = max(int(batch * available / needed), 1)
        raise ConfigError(
            f"A step of --batch {batch} needs {in_gibibytes(needed)}, and there are "
            f"{in_gibibytes(available)}. About {fitting} utterances fit: choose a "
            "smaller batch, or compute it in parts with --accumulate."
        )
