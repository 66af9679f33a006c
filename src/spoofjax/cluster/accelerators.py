"""Whether jax may find an accelerator, known before jax is imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

_DEVICES = ("nvidia[0-9]*", "nvidiactl", "dxg", "kfd", "accel[0-9]*", "vfio/[0-9]*")
"""Names in /dev: NVIDIA's, the same under Windows (WSL), AMD's, and TPUs of two generations."""
_PLUGINS = ("jax_plugins", "libtpu")
"""Packages that bring jax to GPUs, and to TPUs."""


def may_have_accelerator(environ: Mapping[str, str], devices: Path = Path("/dev")) -> bool:
    """Return whether this machine has an accelerator, and jax what it needs to use it.

    JAX_PLATFORMS decides where it is set. Asking jax itself would start its threads.
    """
    platforms = environ.get("JAX_PLATFORMS")
    if platforms:
        return platforms.split(",")[0] != "cpu"
    has_device = any(any(devices.glob(name)) for name in _DEVICES)
    return has_device and any(find_spec(name) is not None for name in _PLUGINS)
