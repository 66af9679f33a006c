"""The memory that a compiled step needs, compared with what there is before the first step."""

from __future__ import annotations

from spoofjax.errors import ConfigError
from spoofjax.memory import in_gibibytes, usable_memory
from spoofjax.training.accumulation import parts_of
from spoofjax.training.assembly import Assembly
from spoofjax.training.compiled_step import Compiled


def check_step(assembly: Assembly, compiled: Compiled) -> None:
    """Raise ConfigError where the compiler's estimate of a step exceeds the memory of a device.

    Without this check, a run would fail within its first steps, on a CPU by being killed. The error
    names a batch and a number of parts that fit, as far as the estimate tells.
    """
    needed, available = compiled.peak_bytes, memory_of_device(assembly)
    if needed is None or available is None or needed <= available:
        return
    batch, devices = assembly.experiment.batch, len(assembly.mesh.local_devices)
    where = "" if devices == 1 else " on each device"
    raise ConfigError(
        f"A step of --batch {batch} needs {in_gibibytes(needed)}{where}, and there are "
        f"{in_gibibytes(available)}. {_remedy(assembly, needed, available)}"
    )


def memory_of_device(assembly: Assembly) -> int | None:
    """Return the bytes that each device may use, or None where the device does not say it.

    CPU devices share the memory of this process.
    """
    devices = assembly.mesh.local_devices
    if devices[0].platform == "cpu":
        return usable_memory() // len(devices)
    statistics = devices[0].memory_stats() or {}
    return statistics.get("bytes_limit")


def memory_line(assembly: Assembly, compiled: Compiled) -> str:
    """Return what a step needs of each device's memory and what the device has, as text."""
    if compiled.temporary_bytes is None or compiled.peak_bytes is None:
        return "unknown"
    available = memory_of_device(assembly)
    limit = "" if available is None else f" of {_mebibytes(available)}"
    return (
        f"{_mebibytes(compiled.temporary_bytes)} of temporary memory, "
        f"{_mebibytes(compiled.peak_bytes)}{limit} at its peak"
    )


def _remedy(assembly: Assembly, needed: int, available: int) -> str:
    """Return what to change so that a step fits: what it needs besides the state grows with it."""
    state = assembly.state_bytes
    if state >= available:
        return f"The model and its optimizer alone take {in_gibibytes(state)}."
    batch, parts = assembly.experiment.batch, parts_of(assembly.experiment)
    share = (available - state) / (needed - state)
    fitting = max(int(batch * share), 1)
    devices = assembly.mesh.devices.size
    counts = [
        count
        for count in range(parts.count + 1, batch + 1)
        if batch % parts._replace(count=count).multiple(devices) == 0
        and parts.count <= share * count
    ]
    in_parts = f"--accumulate {counts[0]}" if counts else "--accumulate"
    return (
        f"About {fitting} utterances fit: choose a smaller batch, or compute it in parts with "
        f"{in_parts}."
    )


def _mebibytes(count: int) -> str:
    return f"{count / 2**20:,.0f} MiB"
