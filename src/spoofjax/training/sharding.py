"""Devices: the mesh, the placement of batches and states on it, and its limits."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import jax
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from spoofjax.errors import ConfigError
from spoofjax.training.accumulation import ONE_PART, Parts

AXIS = "batch"
SHARDED_FROM = 2**14
"""Smallest number of elements of an array that is split; gathering smaller ones takes too long."""


def make_mesh(devices: int | None = None) -> Mesh:
    """Return a one-axis mesh over all devices of all hosts, or over the first `devices` of them.

    Raises ConfigError if there are fewer devices, or if the processes of the run do not all have
    the same number.
    """
    available = jax.devices()
    count = len(available) if devices is None else devices
    if not 1 <= count <= len(available):
        raise ConfigError(f"parallel.devices is {count}, but there are {len(available)} device(s).")
    counts = Counter(device.process_index for device in available[:count])
    shares = [counts[process] for process in range(jax.process_count())]
    if len(set(shares)) > 1:
        raise ConfigError(
            f"The processes of this run have {shares} devices; each must have as many as the "
            "others. Start one process per node, or one per device, on equal nodes."
        )
    return Mesh(np.asarray(available[:count]), (AXIS,), axis_types=(AxisType.Auto,))


def check_batch(batch: int, mesh: Mesh, parts: Parts = ONE_PART) -> None:
    """Raise ConfigError unless the global batch divides over the mesh.

    With several parts, each device needs whole groups for each part (see accumulation.py).
    """
    devices = mesh.devices.size
    unit = parts.multiple(devices)
    if batch % unit:
        lower = batch // unit * unit
        remedy = "--batch " + " or ".join(str(n) for n in (lower, lower + unit) if n)
        if parts.count == 1:
            raise ConfigError(
                f"The batch of {batch} does not divide over {devices} devices; "
                f"use {remedy}, or --parallel.devices."
            )
        raise ConfigError(
            f"The batch of {batch} does not divide into {parts.count} parts of whole groups of "
            f"{parts.group_size} utterances on {devices} device(s); use {remedy} "
            f"(a multiple of {parts.group_size} x {parts.count} x {devices}), "
            "or another --accumulate or --parallel.devices."
        )


def check_multiple(multiple: int, mesh: Mesh, parts: Parts = ONE_PART) -> None:
    """Raise ConfigError unless batches of any multiple of `multiple` divide over the mesh.

    The multiple is configured, not taken from the mesh, so that batches do not depend on devices.
    """
    devices = mesh.devices.size
    unit = parts.multiple(devices)
    if multiple % unit:
        raise ConfigError(
            f"The batches of clip.train_buckets are multiples of {multiple} utterances, but "
            f"{devices} device(s) and {parts.count} part(s) need multiples of {unit}; "
            f"use --clip.train-multiple {math.lcm(multiple, unit)}, or --parallel.devices."
        )


def replicated(mesh: Mesh) -> NamedSharding:
    """Return the sharding of arrays that every device has in full: parameters, statistics, keys."""
    return NamedSharding(mesh, PartitionSpec())


def split(mesh: Mesh) -> NamedSharding:
    """Return the sharding of a batch: its first axis is split over the devices."""
    return NamedSharding(mesh, PartitionSpec(AXIS))


def layout(tree: Any, mesh: Mesh, shard: bool) -> Any:
    """Return the sharding of every array of a pytree: replicated or, with `shard`, split if large.

    An array is split along its longest axis that divides over the devices (as in FSDP and ZeRO-3,
    Rajbhandari et al., 2020). The compiler gathers it for the layers that need it.
    """
    devices = mesh.devices.size

    def of(leaf: Any) -> NamedSharding:
        axes = [axis for axis, size in enumerate(leaf.shape) if size % devices == 0]
        if not shard or leaf.size < SHARDED_FROM or not axes:
            return replicated(mesh)
        longest = max(axes, key=lambda axis: leaf.shape[axis])
        return NamedSharding(mesh, PartitionSpec(*[None] * longest, AXIS))

    return jax.tree.map(of, tree)


def to_host(tree: Any, mesh: Mesh) -> Any:
    """Return a pytree as numpy arrays, gathered from all devices; every process calls this."""
    leaves = jax.tree.leaves(tree)
    if all(getattr(leaf, "is_fully_replicated", True) for leaf in leaves):
        return jax.tree.map(np.asarray, tree)
    return jax.tree.map(np.asarray, jax.jit(lambda x: x, out_shardings=replicated(mesh))(tree))


def put_batch(batch: Any, mesh: Mesh) -> Any:
    """Place this process's share of a batch (a pytree of numpy arrays) on its devices.

    With one process the share is the whole batch. The result is a pytree of global arrays.
    """
    sharding = split(mesh)
    if jax.process_count() == 1:
        return jax.device_put(batch, sharding)
    return jax.tree.map(lambda x: jax.make_array_from_process_local_data(sharding, x), batch)


def bounds_steps(mesh: Mesh) -> bool:
    """Whether the loop must wait for each step before it sends the next one.

    With several CPU devices, a loop that never waits can deadlock in the rendezvous of their
    collectives (seen with jax before 0.12).
    """
    return mesh.devices.flat[0].platform == "cpu" and mesh.devices.size > 1
