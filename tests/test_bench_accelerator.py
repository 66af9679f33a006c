"""The script for accelerators runs on a CPU at small sizes, and compares its records."""

import json
import os
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_recurrences_are_timed_and_compared_with_an_earlier_record(repository, tmp_path):
    name = "one recurrence: a small layer, batch 4, float32"
    record, earlier = tmp_path / "record.json", tmp_path / "earlier.json"
    earlier.write_text(json.dumps({"device": "H100", "rows": [{"name": name, "median": 1.0}]}))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.accelerator", "--quick", "--only", "recurrences"),
            *("--json", str(record), "--compare", str(earlier)),
        ],
        cwd=repository,
        env={
            **os.environ,
            "PYTHONPATH": f"{repository / 'src'}{os.pathsep}{repository}",
            "JAX_PLATFORMS": "cpu",
        },
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    median = {row["name"]: row["median"] for row in json.loads(record.read_text())["rows"]}[name]
    assert f"times divided by those of {earlier} (H100)" in done.stdout
    assert "This device is another one" in done.stdout
    assert f"{name:78} {median:6.2f}" in done.stdout
    assert "There is no accelerator: nothing here was measured on one." in done.stdout
