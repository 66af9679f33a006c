"""Slurm on this machine, started and stopped by the tests: srun, sbatch and requeue."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import started_runs

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

CONFIGURATION = """
ClusterName=spoofjax
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={place}/munge/socket,cred_expire=5
StateSaveLocation={place}/state
SlurmdSpoolDir={place}/spool
SlurmctldPidFile={place}/slurmctld.pid
SlurmdPidFile={place}/slurmd.pid
SlurmctldLogFile={place}/slurmctld.log
SlurmdLogFile={place}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
JobRequeue=1
KillWait=30
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """munged, slurmctld and slurmd in the foreground, as children of the test."""

    def __init__(self, place: Path):
        self.place, self._daemons = place, []
        host = socket.gethostname().split(".")[0]
        (place / "slurm.conf").write_text(
            CONFIGURATION.format(
                host=host,
                place=place,
                controller_port=started_runs.free_port(),
                node_port=started_runs.free_port(),
            )
        )
        for name in ("state", "spool", "bin"):
            (place / name).mkdir()
        # Jobs call the command by its name, which may not be on PATH here.
        command = place / "bin" / "spoofjax"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m spoofjax.cli "$@"\n')
        command.chmod(0o755)
        self.environment = {
            **{k: v for k, v in started_runs.environment().items() if not k.startswith("SLURM_")},
            "SLURM_CONF": str(place / "slurm.conf"),
            "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
        }

    def up(self) -> None:
        munge = self.place / "munge"
        munge.mkdir()
        (munge / "key").write_bytes(os.urandom(128))
        for path in (munge, munge / "key"):
            shutil.chown(path, "munge", "munge")
        (munge / "key").chmod(0o600)
        files = {"key-file": "key", "socket": "socket", "pid-file": "pid", "seed-file": "seed"}
        options = [f"--{option}={munge / name}" for option, name in files.items()]
        self._start("munged", "--foreground", "--force", *options, user="munge")
        self._until(lambda: (munge / "socket").exists(), "munged")
        self._start("slurmctld", "-D")
        self._start("slurmd", "-D")
        self._until(lambda: "idle" in self.ask("sinfo", "-h", "-o", "%T"), "slurmd")

    def _start(self, name: str, *arguments: str, **options) -> None:
        program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
        with (self.place / f"{name}.out").open("w") as out:
            self._daemons.append(
                subprocess.Popen(
                    [program, *arguments],
                    env=self.environment,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    **options,
                )
            )

    def _until(self, condition, what: str, limit: float = 60) -> None:
        ends = time.monotonic() + limit
        while not condition():
            if time.monotonic() > ends:
                logs = "\n".join(
                    f"{p.name}:\n{p.read_text()[-2000:]}" for p in self.place.glob("*.[lo]*")
                )
                raise AssertionError(f"{what} did not come up:\n{logs}")
            time.sleep(0.2)

    def down(self) -> None:
        for daemon in reversed(self._daemons):
            daemon.send_signal(signal.SIGTERM)
        for daemon in self._daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def ask(self, *command: object) -> str:
        done = subprocess.run(
            [str(part) for part in command],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return done.stdout + done.stderr

    def state(self, job: str) -> str:
        match = re.search(r"JobState=(\w+)", self.ask("scontrol", "show", "job", job))
        return match[1] if match else "gone"


@pytest.fixture(scope="module")
def slurm():
    for name in ("munged", "slurmctld", "slurmd"):
        if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            pytest.skip(f"needs {name} (Debian: slurm-wlm and munge)")
    if os.geteuid() != 0:
        pytest.skip("needs root to start Slurm")
    # Not below pytest's folder, which the user munge cannot read.
    place = Path(tempfile.mkdtemp(prefix="slurm-"))
    place.chmod(0o755)
    running = Slurm(place)
    try:
        running.up()
        yield running
    finally:
        running.down()
        shutil.rmtree(place, ignore_errors=True)


LENGTH = ("--steps", 150, "--evaluation.every", 50)


@pytest.fixture(scope="module")
def uninterrupted(slurm, tiny_corpus, tmp_path_factory):
    """A run of two tasks by srun."""
    folder = tmp_path_factory.mktemp("slurm") / "uninterrupted"
    output = slurm.ask(
        *("srun", "-n2", "spoofjax", "train", tiny_corpus() / "tiny.py", *LENGTH, "--out", folder)
    )
    assert (folder / "weights.safetensors").is_file(), output
    return folder, output


def test_srun_trains_one_run_with_two_tasks(uninterrupted):
    folder, output = uninterrupted
    assert len(started_runs.losses(folder)) == 150
    assert '"processes": 2' in (folder / "environment.json").read_text()
    assert output.count("dev: EER") == 1


def test_a_requeued_job_ends_with_the_weights_of_an_uninterrupted_run(
    slurm, uninterrupted, tiny_corpus, tmp_path, repository
):
    folder, log = tmp_path / "run", tmp_path / "job.log"
    script = repository / "docs" / "cluster" / "train.sbatch"
    here = ("--nodes=1", "--ntasks=2", "--ntasks-per-node=2", "--cpus-per-task=1")
    output = slurm.ask(
        *("sbatch", *here, "--gpus-per-node=0", f"--output={log}", "--chdir", tmp_path),
        *(script, tiny_corpus() / "tiny.py", *LENGTH, "--out", folder),
    )
    job = re.search(r"Submitted batch job (\d+)", output)
    assert job, output
    started_runs.wait_for_step(folder, 20)
    slurm.ask("scancel", "--signal=TERM", job[1])
    stopped = None
    ends = time.monotonic() + 300
    while slurm.state(job[1]) not in ("COMPLETED", "FAILED", "CANCELLED", "gone"):
        stopped = stopped or re.search(r"SIGTERM after step (\d+)", log.read_text())
        assert time.monotonic() < ends, log.read_text()
        time.sleep(0.5)
    assert stopped, log.read_text()  # both ranks stopped at the same step before the end
    assert 20 <= int(stopped[1]) < 150
    assert log.read_text().count(f"SIGTERM after step {stopped[1]};") == 2
    assert f"resuming after step {stopped[1]}" in log.read_text()
    assert started_runs.identical(folder, uninterrupted[0])
    assert (started_runs.losses(folder) == started_runs.losses(uninterrupted[0])).all()


def test_the_jobs_of_an_array_share_the_trials_of_one_study(
    slurm, tiny_corpus, tmp_path, repository
):
    pytest.importorskip("optuna")
    from spoofjax.sweeps.space import read_space
    from spoofjax.sweeps.study import Study

    space, out = tmp_path / "space.json", tmp_path / "sweep"
    space.write_text('{"optimizer.learning_rate": {"low": 0.001, "high": 0.01}}')
    script = repository / "docs" / "cluster" / "sweep.sbatch"
    here = ("--array=1-2", "--cpus-per-task=1", "--gpus-per-node=0", "--wait")
    arguments = ("--space", space, "--trials", 4, "--out", out, "--model", "MLP", "--steps", 10)
    output = slurm.ask(
        *("sbatch", *here, f"--output={tmp_path}/job-%a.log", "--chdir", tmp_path),
        *(script, tiny_corpus() / "tiny.py", *arguments),
    )
    logs = [(tmp_path / f"job-{task}.log").read_text() for task in (1, 2)]
    outcomes = Study(out, None, read_space(space)).outcomes()
    assert len(outcomes) >= 4, (output, *logs)
    assert all(each.is_complete for each in outcomes), logs
    assert all(re.search(r"^trial \d+: dev eer", log, re.MULTILINE) for log in logs), logs
