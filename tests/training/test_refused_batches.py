"""Batches that cannot be trained on are refused at the start, and the folder can be used again."""

import subprocess
import time
from types import SimpleNamespace

import numpy as np
import pytest
import started_runs

from spoofjax.errors import ConfigError
from spoofjax.loading.sampling import Balanced
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


def assembly_on(platform, devices=1, memory=None):
    """What check_step reads of an assembly whose state takes half a GiB."""
    device = SimpleNamespace(platform=platform, memory_stats=lambda: memory)
    mesh = SimpleNamespace(local_devices=[device] * devices, devices=np.array([device] * devices))
    experiment = SimpleNamespace(batch=400, accumulate=1, sampling=Balanced())
    return SimpleNamespace(mesh=mesh, experiment=experiment, state_bytes=2**29)


def needing(gibibytes):
    return SimpleNamespace(peak_bytes=int(gibibytes * 2**30), temporary_bytes=2**20)


def test_a_step_that_needs_more_than_the_memory_is_refused_before_it_starts(monkeypatch):
    monkeypatch.setattr(memory, "usable_memory", lambda: 2**30)
    with pytest.raises(ConfigError, match=r"needs 4.0 GiB, and there are 1.0 GiB. About 57 utter"):
        memory.check_step(assembly_on("cpu"), needing(4))
    memory.check_step(assembly_on("cpu"), needing(0.9))
    with pytest.raises(ConfigError, match=r"needs 0.9 GiB on each device, and there are 0.5 GiB"):
        memory.check_step(assembly_on("cpu", devices=2), needing(0.9))


def test_a_step_that_a_gpu_cannot_hold_is_refused_with_the_parts_that_fit():
    gpu = assembly_on("gpu", memory={"bytes_limit": 60 * 2**30})
    memory.check_step(gpu, needing(59))
    # Of 97 GiB, 96.5 grow with the batch, of which two parts need half at a time.
    with pytest.raises(ConfigError, match=r"needs 97.0 GiB, .* 60.0 GiB.* with --accumulate 2"):
        memory.check_step(gpu, needing(97))
    assert memory.memory_line(gpu, needing(59)) == (
        "1 MiB of temporary memory, 60,416 MiB of 61,440 MiB at its peak"
    )
    memory.check_step(assembly_on("gpu"), needing(97))  # this one does not say what it has


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
