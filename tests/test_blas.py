"""numpy's linear algebra in one thread."""

from __future__ import annotations

import numpy as np
import pytest

from spoofjax import blas
from spoofjax.models.layers.initial import orthogonal_blocks


def test_one_thread_computes_inside_and_the_number_before_returns_outside():
    functions = blas._openblas()
    if functions is None:
        pytest.skip("numpy is built with another library than OpenBLAS")
    get_threads, set_threads = functions
    before = get_threads()
    set_threads(2)
    try:
        with blas.one_blas_thread():
            assert get_threads() == 1
        assert get_threads() == 2
    finally:
        set_threads(before)


def test_without_openblas_nothing_changes(monkeypatch):
    monkeypatch.setattr(blas, "_loaded_libraries", lambda name: [])
    blas._openblas.cache_clear()
    try:
        with blas.one_blas_thread():
            assert np.linalg.inv(np.diag([2.0])) == 0.5
    finally:
        blas._openblas.cache_clear()


def test_recurrent_weights_are_drawn_in_one_thread(monkeypatch):
    functions = blas._openblas()
    if functions is None:
        pytest.skip("numpy is built with another library than OpenBLAS")
    threads = []
    decompose = np.linalg.qr

    def recorded(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        threads.append(functions[0]())
        return decompose(matrix)

    monkeypatch.setattr(np.linalg, "qr", recorded)
    weights = orthogonal_blocks(np.random.default_rng(3), (8, 32))
    np.testing.assert_allclose(weights[:, :8] @ weights[:, :8].T, np.eye(8), atol=1e-12)
    assert threads == [1, 1, 1, 1]
