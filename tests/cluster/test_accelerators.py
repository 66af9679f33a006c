"""What is decided by the machine before jax is imported."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from spoofjax.cluster import accelerators, allocator
from spoofjax.cluster.accelerators import may_have_accelerator


@pytest.mark.parametrize("device", ["nvidiactl", "kfd", "accel0", "vfio/12"])
def test_a_device_counts_where_jax_has_a_plugin(tmp_path: Path, monkeypatch, device: str):
    monkeypatch.setattr(accelerators, "_PLUGINS", ("json",))
    assert not may_have_accelerator({}, tmp_path)
    (tmp_path / device).parent.mkdir(exist_ok=True)
    (tmp_path / device).touch()
    assert may_have_accelerator({}, tmp_path)
    monkeypatch.setattr(accelerators, "_PLUGINS", ("no_such_package",))
    assert not may_have_accelerator({}, tmp_path)


def test_the_platform_of_the_environment_decides(tmp_path: Path):
    assert may_have_accelerator({"JAX_PLATFORMS": "cuda,cpu"}, tmp_path)
    (tmp_path / "nvidiactl").touch()
    assert not may_have_accelerator({"JAX_PLATFORMS": "cpu"}, tmp_path)


def test_threads_share_one_arena_of_memory_only_where_asked(monkeypatch):
    settings = {}

    def mallopt(parameter, value) -> int:
        settings[parameter.value] = value.value
        return 1

    monkeypatch.delenv("LD_PRELOAD", raising=False)
    monkeypatch.setattr(allocator.platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: SimpleNamespace(mallopt=mallopt))
    assert allocator.keep_freed_memory(one_arena=False)
    arena = allocator._M_ARENA_MAX
    assert settings
    assert arena not in settings
    assert allocator.keep_freed_memory()
    assert settings[arena] == 1
