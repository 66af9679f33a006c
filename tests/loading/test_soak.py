"""In long runs memory stays flat, and no thread or file of the loader outlives them."""

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_memory_stays_flat_over_thousands_of_steps(repository, tmp_path):
    out = tmp_path / "soak.json"
    command = [sys.executable, "-m", "bench.soak", "--steps", "4000", "--json", str(out)]
    subprocess.run(command, cwd=repository, check=True, timeout=280)
    figures = json.loads(out.read_text())
    assert figures["growth"] <= 0.02
    assert figures["left_behind"] == []
