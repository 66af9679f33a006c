"""The script for accelerators runs on a CPU at small sizes, and compares its records."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def benchmark(repository: Path, section: str, record: Path, *options: str) -> str:
    """Run a section of the benchmark on the CPU; return what it prints."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bench.accelerator", "--quick", "--only", section),
            *("--json", str(record), *options),
        ],
        cwd=repository,
        env=os.environ | {"JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_recurrences_are_timed_and_compared_with_an_earlier_record(repository, tmp_path):
    name = "one recurrence: a small layer, batch 4, float32"
    record, earlier = tmp_path / "record.json", tmp_path / "earlier.json"
    earlier.write_text(json.dumps({"device": "H100", "rows": [{"name": name, "median": 1.0}]}))
    output = benchmark(repository, "recurrences", record, "--compare", str(earlier))
    median = {row["name"]: row["median"] for row in json.loads(record.read_text())["rows"]}[name]
    assert f"times divided by those of {earlier} (H100)" in output
    assert "This device is another one" in output
    assert f"{name:78} {median:6.2f}" in output
    assert "There is no accelerator: nothing here was measured on one." in output


@pytest.mark.slow
def test_a_start_is_timed_from_the_command_to_the_end_of_the_first_step(repository, tmp_path):
    record = tmp_path / "record.json"
    benchmark(repository, "starts", record)
    starts = [row for row in json.loads(record.read_text())["rows"] if "step 1" in row["name"]]
    assert [row["name"].rpartition(", ")[2] for row in starts] == ["cold cache", "warm cache"]
    for row in starts:
        ended = row["notes"]["parts"].partition(": ")[0]
        inside = float(ended.removeprefix("step 1 ended after ").removesuffix(" s"))
        assert inside < row["median"]  # which counts imports and the corpus too
        assert "compiling the step" in row["notes"]["parts"]


@pytest.mark.slow
def test_each_convolution_of_cnn2d_is_measured_by_itself(repository, tmp_path):
    record = tmp_path / "record.json"
    benchmark(repository, "convolutions", record)
    checks = json.loads(record.read_text())["checks"]
    kept = [checks[f"kept by the forward pass, GiB, {dtype}"] for dtype in ("float32", "bfloat16")]
    assert 0 < 2 * kept[1] < kept[0]
    for form in ("sum over taps", "patches and a product"):
        assert checks[f"first convolution, {form}, against the compiler's"] < 1e-4
        assert f"temporary GiB: first convolution, {form}, by the kernel, bfloat16" in checks
    assert "temporary GiB: convolution 2, by the input, bfloat16" in checks
