"""A run goes on with a packed copy of its corpus as if nothing had changed."""

import json

import pytest
import started_runs

from spoofjax.cli import main


@pytest.mark.slow
def test_a_run_resumed_on_a_packed_copy_ends_with_the_same_weights(tiny_corpus, tmp_path):
    config, packed, out = tiny_corpus() / "tiny.py", tmp_path / "packed", tmp_path / "run"
    assert main(["pack", str(config), "--out", str(packed), "--quiet"]) == 0
    steady = ("--optimizer.schedule", "constant", "--quiet")
    started_runs.train(config, "--out", tmp_path / "straight", "--steps", 8, *steady)
    started_runs.train(config, "--out", out, "--steps", 4, *steady)
    options = ("--steps", 8, "--data.root", packed, "--resume", *steady)
    started_runs.train(config, "--out", out, *options)
    assert started_runs.identical(tmp_path / "straight", out)
    # Its results replace those of the run, because the corpus is the run's own.
    assert main(["evaluate", str(out), "--split", "dev"]) == 0
    assert not (out / "elsewhere").exists()
    assert json.loads((out / "config.json").read_text())["data"]["root"] == str(packed)
