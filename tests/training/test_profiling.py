"""`--profile` says where the time of steps goes."""

import time

import pytest
import started_runs

from spoofjax.loading.durations import Durations
from spoofjax.training.profiling import LOADER, LOOP, WARM_UP, Profiler


def test_durations_are_means_and_start_again():
    durations = Durations()
    for _ in range(2):
        with durations.of("features"):
            time.sleep(0.01)
    assert 0.01 <= durations.mean("features") < 1
    durations.restart()
    assert durations.mean("features") == 0


def test_without_steps_nothing_is_measured_or_written(tmp_path):
    profiler = Profiler(tmp_path / "profile", 0, 0, Durations())
    for step in range(1, 9):
        profiler.begin(step)
        with profiler.part("step"):
            profiler.finish(None)
        assert profiler.end(step) is None
    profiler.close()
    assert not (tmp_path / "profile").exists()


@pytest.mark.slow
def test_a_profiled_run_has_a_table_and_a_trace(tiny_corpus, tmp_path):
    out = tmp_path / "run"
    options = ("--profile", 3, "--steps", WARM_UP + 4, "--checkpoints.every", 100)
    output = started_runs.train(tiny_corpus() / "tiny.py", "--out", out, *options)
    table = (out / "profile" / "steps.txt").read_text()
    assert table in output + "\n"
    shares = {}
    for line in table.splitlines():
        name, figures = line[2:26].strip(), line[26:].split()
        if line.startswith("  "):
            shares[name] = figures
    assert list(shares) == [*LOOP, "other", "the loop in all", *LOADER]
    times = {name: float(figures[0]) for name, figures in shares.items()}
    parts = sum(times[name] for name in (*LOOP, "other"))
    assert parts == pytest.approx(times["the loop in all"], abs=0.05)
    assert all(times[name] > 0 for name in ("step", "features", "host gather"))
    assert list((out / "profile").rglob("*.xplane.pb"))
