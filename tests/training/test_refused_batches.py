"""Batches that cannot be trained on are refused at the start, and the folder can be used again."""

import subprocess
import time
from types import SimpleNamespace

import pytest
import started_runs

from spoofjax.errors import ConfigError
from spoofjax.training import memory


def test_a_batch_larger_than_the_memory_is_refused_at_once(tiny_corpus, tmp_path):
    config, out = tiny_corpus() / "tiny.py", tmp_path / "run"
    command = [*started_runs.COMMAND, str(config), "--out", str(out), "--batch", "40000000"]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert time.monotonic() - started < 60
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("error: --batch 40000000 needs ")
    assert "GiB for samples and features alone, and there are" in line
    assert "utterances fit" in line
    assert not out.exists()


def test_an_evaluation_batch_larger_than_the_memory_is_refused_too(tiny_corpus, tmp_path):
    config, out = tiny_corpus() / "tiny.py", tmp_path / "run"
    options = ("--out", str(out), "--evaluation.batch", "40000000")
    output = started_runs.train(config, *options, status=1)
    assert output.startswith("error: --evaluation.batch 40000000 needs ")


def test_a_step_that_needs_more_than_the_memory_is_refused_before_it_starts(monkeypatch):
    monkeypatch.setattr(memory, "usable_memory", lambda: 2**30)
    device = SimpleNamespace(platform="cpu")
    assembly = SimpleNamespace(
        mesh=SimpleNamespace(local_devices=[device]), experiment=SimpleNamespace(batch=400)
    )
    needed = SimpleNamespace(temporary_bytes=3 * 2**30, argument_bytes=2**30)
    with pytest.raises(ConfigError, match=r"needs 4.0 GiB, .* 1.0 GiB. About 100 utterances fit"):
        memory.check_step(assembly, needed)
    memory.check_step(assembly, SimpleNamespace(temporary_bytes=2**29, argument_bytes=None))
    device.platform = "gpu"
    memory.check_step(assembly, needed)


@pytest.mark.slow
def test_a_folder_is_not_spoiled_by_a_batch_that_does_not_divide(tiny_corpus, tmp_path):
    config, out = tiny_corpus() / "tiny.py", tmp_path / "run"
    output = started_runs.train(config, "--out", out, "--batch", 33, devices=2, status=1)
    assert output.splitlines()[-1] == (
        "error: The batch of 33 does not divide over 2 devices; use --batch 32 or 34, or "
        "--parallel.devices."
    )
    started_runs.train(config, "--out", out, "--batch", 32, "--steps", 4, devices=2)
    assert len(started_runs.losses(out)) == 4
