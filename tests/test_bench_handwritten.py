"""The benchmark of hand-written pieces compares results before times, and names the fastest."""

import time

import numpy as np
import pytest


@pytest.fixture
def piece(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository))
    import bench.handwritten.piece

    return bench.handwritten.piece


def slow(seconds: float):
    def call() -> np.ndarray:
        time.sleep(seconds)
        return np.ones(3)

    return call


def test_the_gain_is_over_the_fastest_library(piece):
    libraries = {"slowest": slow(0.03), "slow": slow(0.01)}
    gain = piece.measure(piece.Piece("nap", slow(0.001), libraries, "wall", tolerance=0.0), 3)
    assert gain.library.name == "slow"
    assert gain.by_median > 1
    assert [row.name for row in gain.rows] == ["spoofjax", "slowest", "slow"]


def test_a_library_with_another_result_is_not_timed(piece):
    libraries = {"wrong": lambda: np.full(3, 1.1)}
    with pytest.raises(SystemExit, match="result of wrong differs"):
        piece.measure(piece.Piece("sum", slow(0), libraries, tolerance=0.01), 3)
