"""Devices: the mesh, how a batch lies on it, and how many steps may be in flight."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from spoofjax.errors import ConfigError

AXIS = "batch"


def make_mesh(devices: int | None = None) -> Mesh:
    """Return a one-axis mesh over all devices of all hosts, or over the first `devices` of them.

    Raises ConfigError where fewer devices exist than asked for.
    """
    found = jax.devices()
    count = len(found) if devices is None else devices
    if not 1 <= count <= len(found):
        raise ConfigError(f"parallel.devices is {count}, but {len(found)} device(s) are here.")
    return Mesh(np.asarray(found[:count]), (AXIS,), axis_types=(AxisType.Auto,))


def check_batch(batch: int, mesh: Mesh) -> None:
    """Raise ConfigError unless the global batch divides over the mesh."""
    devices = mesh.devices.size
    if batch % devices:
        lower = batch // devices * devices
        raise ConfigError(
            f"The batch of {batch} does not divide over {devices} devices; "
            f"use --batch {lower or devices} or {lower + devices}, or --parallel.devices."
        )


def replicated(mesh: Mesh) -> NamedSharding:
    """Sharding of what every device holds whole: parameters, statistics, keys."""
    return NamedSharding(mesh, PartitionSpec())


def split(mesh: Mesh) -> NamedSharding:
    """Sharding of a batch: its first axis lies over the devices."""
    return NamedSharding(mesh, PartitionSpec(AXIS))


def put_batch(batch: Any, mesh: Mesh) -> Any:
    """Lay this process's share of a batch (a pytree of numpy arrays) on its devices.

    With one process the share is the whole batch. The result is a pytree of global arrays.
    """
    sharding = split(mesh)
    if jax.process_count() == 1:
        return jax.device_put(batch, sharding)
    return jax.tree.map(lambda x: jax.make_array_from_process_local_data(sharding, x), batch)


def bounds_steps(mesh: Mesh) -> bool:
    """Whether each step must be waited for before the next but one is sent.

    Several CPU devices and a loop that never waits can dead-lock in the collectives' rendezvous
    (seen with jax below 0.12).
    """
    return mesh.devices.flat[0].platform == "cpu" and mesh.devices.size > 1
