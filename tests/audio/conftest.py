"""Clips and the plain versions of the augmentations that several tests share."""

import importlib.util
import sys

import numpy as np
import pytest

from spoofjax.features import available_simd_levels


@pytest.fixture(scope="session")
def plain(repository):
    """The augmentations in plain numpy and scipy, from the benchmarks' peers."""
    path = repository / "bench" / "peers" / "augmentation_peers.py"
    spec = importlib.util.spec_from_file_location("augmentation_peers", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def speechlike():
    """float32 (6, 20000): noise with the slope and the pauses of speech, at various levels."""
    rng = np.random.default_rng(0)
    spectrum = np.fft.rfft(rng.normal(size=(6, 20_000)))
    spectrum /= 1 + np.arange(spectrum.shape[1]) / 800
    waves = np.fft.irfft(spectrum, 20_000) * np.abs(np.sin(np.linspace(0, 9, 20_000)))
    waves /= np.abs(waves).max(axis=1, keepdims=True)
    return (waves * np.geomspace(0.01, 1, 6)[:, None]).astype(np.float32)


@pytest.fixture(params=available_simd_levels())
def simd(request, monkeypatch):
    """Each build of the kernels that this processor runs, in turn."""
    monkeypatch.setenv("SPOOFJAX_SIMD", request.param)
    return request.param
