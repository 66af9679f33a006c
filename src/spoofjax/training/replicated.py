"""`parallel.api = "pmap"`: the same step through jax.pmap, which gives each device its share.

It is meant for tools that expect pmap; the default, jit over a mesh, is faster.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.sharding import Mesh

from spoofjax.config import Parallel
from spoofjax.errors import ConfigError
from spoofjax.training.accumulation import ONE_PART, Parts
from spoofjax.training.sharding import AXIS, split
from spoofjax.training.step import Inputs, make_train_step


def check(parallel: Parallel) -> None:
    """Raise ConfigError for settings that pmap does not support."""
    if parallel.shard_parameters:
        raise ConfigError("pmap copies all parameters; --parallel.shard-parameters needs jit.")
    if jax.process_count() > 1:
        raise ConfigError(
            "parallel.api = 'pmap' runs on the devices of one process; "
            "several processes need --parallel.api jit."
        )


def name_axis(module: nnx.Module) -> None:
    """Tell batch norm the axis over which pmap splits the batch."""
    module.set_attributes(axis_name=AXIS, raise_if_not_found=False)


def replicated_step(
    graph: Any,
    transform: Any,
    loss: Any,
    average: Any,
    mesh: Mesh,
    parts: Parts = ONE_PART,
    mixup: float | None = None,
    features: Any = None,
    beside: Any = None,
) -> Any:
    """Return the step compiled by pmap: (state, inputs, key) -> (state, metrics).

    State and metrics have no device axis, so that the rest of a run is the same as with jit. The
    inputs have one, (devices, batch / devices, ...), as `put_shares` places them.
    """
    return jax.pmap(
        make_train_step(graph, transform, loss, average, AXIS, parts, mixup, features, beside),
        AXIS,
        in_axes=(None, 0, None),
        out_axes=None,
        devices=list(mesh.devices.flat),
        donate_argnums=0,
    )


def put_shares(inputs: Inputs, mesh: Mesh) -> Inputs:
    """Place a batch of numpy arrays on the devices, one share on each."""
    devices = mesh.devices.size

    def put(array: np.ndarray) -> jax.Array:
        shares = array.reshape(devices, -1, *array.shape[1:])
        return jax.device_put(shares, split(mesh))

    return jax.tree.map(put, inputs)
