"""Open MPI on this machine: mpirun starts the processes of one run."""

import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
import started_runs

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def mpirun():
    program = shutil.which("mpirun")
    if program is None:
        pytest.skip("needs mpirun (Debian: openmpi-bin)")
    return [program, "--oversubscribe", *(["--allow-run-as-root"] if os.geteuid() == 0 else [])]


def test_mpirun_trains_one_run_with_two_processes(mpirun, tiny_corpus, tmp_path):
    config, folder = tiny_corpus() / "tiny.py", tmp_path / "run"
    done = subprocess.run(
        [*mpirun, "-n", "2", "--bind-to", "none", *started_runs.COMMAND, config, "--out", folder],
        env=started_runs.environment(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"processes": 2' in (folder / "environment.json").read_text()
    started_runs.train(config, "--out", tmp_path / "alone")
    np.testing.assert_allclose(
        started_runs.losses(folder), started_runs.losses(tmp_path / "alone"), atol=1e-4, rtol=0
    )


def test_the_script_of_the_guide_trains(mpirun, tiny_corpus, tmp_path, repository):
    (tmp_path / "hosts").write_text("localhost slots=1\n")
    command = tmp_path / "bin" / "spoofjax"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m spoofjax.cli "$@"\n')
    command.chmod(0o755)
    done = subprocess.run(
        [
            repository / "docs" / "cluster" / "train-openmpi.sh",
            *(tmp_path / "hosts", tiny_corpus() / "tiny.py", "--out", tmp_path / "run"),
        ],
        env={
            **started_runs.environment(),
            "PATH": f"{command.parent}:{os.environ['PATH']}",
            "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "run" / "weights.safetensors").is_file()
