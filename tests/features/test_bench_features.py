"""The benchmark of the features runs, and its timing helper measures correctly."""

import json
import subprocess
import sys
import time

import pytest


@pytest.fixture
def timing(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository))
    import bench.timing

    return bench.timing


def test_interleaved_calls_alternate_and_are_timed(timing, capsys, tmp_path):
    order = []

    def call(name: str, seconds: float):
        def run() -> None:
            order.append(name)
            time.sleep(seconds)

        return run

    rows = timing.interleave({"a": call("a", 0.002), "b": call("b", 0.02)}, 4, "wall", warm_up=0)
    assert "".join(order) == "abbaabba"
    assert 0.002 <= rows[0].minimum < rows[1].minimum <= rows[1].median
    timing.print_table("naps", rows, unit="ms", reference="a")
    assert "naps" in capsys.readouterr().out
    timing.write_json(tmp_path / "naps.json", "naps", rows, clips=3)
    written = json.loads((tmp_path / "naps.json").read_text())
    assert [row["name"] for row in written["rows"]] == ["a", "b"]
    assert written["clips"] == 3
    assert written["machine"]["cores"] >= 1


def test_cpu_time_does_not_count_sleep(timing):
    (row,) = timing.interleave({"nap": lambda: time.sleep(0.05)}, 2, "cpu")
    assert row.median < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("command", [["-m", "bench.features"], ["bench/features.py"]])
def test_the_benchmark_runs_and_writes_its_figures(repository, tmp_path, command):
    path = tmp_path / "features.json"
    arguments = [*command, "--quick", "--only", "scipy", "--json", str(path)]
    subprocess.run([sys.executable, *arguments], cwd=repository, check=True, timeout=200)
    rows = {row["name"]: row for row in json.loads(path.read_text())["rows"]}
    assert rows["spoofjax LFCC-60"]["median"] < rows["scipy"]["median"]
