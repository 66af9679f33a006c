"""The weights of a detector for programs that build the network themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.deployment.detector import Detector

CHECKPOINT = "checkpoint"
"""Folder of the orbax checkpoint."""


def write_orbax(detector: Detector, path: Path) -> None:
    """Write an orbax checkpoint {"params": arrays by name, "constants": arrays by name}."""
    import orbax.checkpoint

    tree = {"params": dict(detector.params), "constants": dict(detector.constants)}
    with orbax.checkpoint.StandardCheckpointer() as checkpointer:
        checkpointer.save(path.absolute(), {key: value for key, value in tree.items() if value})


def read_orbax(path: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return (params, constants) of such a checkpoint."""
    import orbax.checkpoint

    with orbax.checkpoint.StandardCheckpointer() as checkpointer:
        tree: Any = checkpointer.restore(path.absolute())
    params, constants = (
        {name: np.asarray(array) for name, array in tree.get(group, {}).items()}
        for group in ("params", "constants")
    )
    return params, constants
