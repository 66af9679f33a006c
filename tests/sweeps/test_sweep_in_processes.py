"""Two processes share a study; one is killed in a trial, and the other ends it and all others."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import started_runs

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

DYING = '''
import os
import signal


def die(line):
    """Kill the process in the middle of a trial, after as many lines as the variable says."""
    lines = int(os.environ.get("LINES_SO_FAR", 0)) + 1
    os.environ["LINES_SO_FAR"] = str(lines)
    if line["step"] == 9 and "loss" in line and lines > int(os.environ.get("DIES_AFTER", lines)):
        os.kill(os.getpid(), signal.SIGKILL)


callbacks = [die]
'''
SPACE = '{"optimizer.learning_rate": {"low": 1e-3, "high": 1e-2, "log": true}}'
LENGTH = ("--model", "MLP", "--steps", 12, "--evaluation.every", 6, "--checkpoints.every", 2)


def start(folder: Path, arguments: list[object], **variables: str) -> subprocess.Popen:
    """Start `spoofjax sweep` on the configuration and space of a folder."""
    command = [sys.executable, "-m", "spoofjax.cli", "sweep", folder / "my.py", *arguments]
    return subprocess.Popen(
        [str(part) for part in command],
        env={**started_runs.environment(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def sweep_with_a_kill(folder: Path, trials: int, lines: int, storage: str | None = None) -> None:
    """Let two processes share the trials of a study, and check what is left after a SIGKILL.

    One of them dies in the middle of a trial, once its trials have reported so many lines.
    """
    from spoofjax.sweeps.space import read_space
    from spoofjax.sweeps.study import Study

    space, out = folder / "space.json", folder / "sweep"
    space.write_text(SPACE)
    arguments = ["--space", space, "--trials", trials, "--out", out, *LENGTH]
    arguments += [] if storage is None else ["--storage", storage]
    both = start(folder, arguments), start(folder, arguments, DIES_AFTER=str(lines))
    [(status, output), (killed_status, killed_output)] = started_runs.finish(*both, limit=1400)
    assert status == 0, output
    assert killed_status == -signal.SIGKILL, killed_output
    cut_off = re.search(r"trial (\d+) was cut off; it goes on", output)
    assert cut_off, output
    # The history of the trial that two processes trained is that of one.
    assert len(started_runs.losses(out / f"trial-{cut_off[1]}")) in (6, 12)
    outcomes = Study(out, storage, read_space(space)).outcomes()
    assert {each.state for each in outcomes} <= {"complete", "pruned"}
    assert len({each.folder for each in outcomes}) == len(outcomes) >= trials
    assert (out / "trials.md").read_text().count("\n| ") == len(outcomes) + 2


@pytest.fixture
def dying_config(tiny_corpus, tmp_path):
    """A folder with a configuration whose process dies where a variable says so."""
    pytest.importorskip("optuna")
    (tmp_path / "my.py").write_text((tiny_corpus() / "tiny.py").read_text() + DYING)
    return tmp_path


def test_twelve_trials_in_two_processes_survive_a_kill(dying_config):
    sweep_with_a_kill(dying_config, trials=12, lines=20)


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of a new database on a PostgreSQL server that lives as long as the test."""
    pytest.importorskip("psycopg", reason="needs a driver: pip install 'psycopg[binary]'")
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not folders or os.geteuid() != 0:
        pytest.skip("needs the Debian package postgresql, and root to become its user")
    # Not below pytest's folder, which the user postgres cannot read.
    place, port = Path(tempfile.mkdtemp(prefix="postgresql-")), started_runs.free_port()
    shutil.chown(place, "postgres")

    def run(name: str, *arguments: str) -> None:
        command = [str(folders[-1] / name), "-D", str(place / "data"), *arguments]
        done = subprocess.run(
            command, user="postgres", cwd=place, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    try:
        run("initdb", "--auth", "trust", "--no-sync")
        options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 -c fsync=off"
        run("pg_ctl", "-w", "-l", str(place / "log"), "-o", options, "start")
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        run("pg_ctl", "-w", "-m", "fast", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def test_a_study_on_postgresql_survives_a_kill(dying_config, postgresql):
    sweep_with_a_kill(dying_config, trials=4, lines=4, storage=postgresql)
