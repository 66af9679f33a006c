"""The floor of the feature kernel: counts of what a stage must do, and the benchmark as a whole."""

import json
import platform
import subprocess
import sys

import numpy as np
import pytest

from spoofjax.features import LFCC, LogLinear, available_simd_levels


@pytest.fixture
def counts(repository, monkeypatch):
    monkeypatch.syspath_prepend(str(repository))
    import bench.floor.counts

    return bench.floor.counts


def test_the_slowest_kind_of_instruction_is_the_floor(counts):
    peaks = counts.Peaks(arithmetic=2.0, shuffles=1.0, loads=2.0, stores=1.0)
    assert peaks.cycles(counts.Work(arithmetic=10, shuffles=4)) == (5.0, "arithmetic")
    assert peaks.cycles(counts.Work(arithmetic=10, shuffles=6)) == (6.0, "shuffles")
    assert peaks.cycles(counts.Work(loads=3, stores=2)) == (2.0, "stores")


def test_a_bin_between_two_peaks_is_loaded_once(counts):
    bank = LogLinear().filter_bank()
    assert counts.shared_taps(bank) == np.count_nonzero(bank.any(axis=0))
    assert counts.shared_taps(np.ones((3, 5))) == 10  # the first two share, the third is alone


def test_the_transform_computes_less_than_a_complex_one_of_two_frames(counts):
    """A complex transform of 512 points has 9 * 256 butterflies of six instructions."""
    columns, rows = counts.columns_and_rows(LFCC())
    assert columns.arithmetic + rows.arithmetic < 9 * 256 * 6 / 2


@pytest.mark.parametrize("lanes", [8, 16])
def test_only_stages_of_the_front_end_have_work(counts, lanes):
    work = counts.stages(LogLinear(), lanes)
    assert work["cosine"] == work["slopes"] == counts.Work()
    assert counts.stages(LFCC(), lanes)["cosine"].arithmetic == 400


@pytest.mark.slow
@pytest.mark.skipif(
    platform.machine() != "x86_64" or "avx2" not in available_simd_levels(), reason="needs AVX2"
)
def test_the_benchmark_runs_the_kernel_itself_and_writes_every_stage(repository, tmp_path):
    """It exits where its loop gives other rows than the kernel."""
    path = tmp_path / "floor.json"
    command = [sys.executable, "-m", "bench.floor", "--quick", "--level", "avx2"]
    subprocess.run([*command, "--json", str(path)], cwd=repository, check=True, timeout=200)
    written = json.loads(path.read_text())
    rows = {row["name"]: row["notes"] for row in written["rows"]}
    assert len(rows) == 20
    assert 0.1 < rows["LFCC-60, avx2: rows"]["floor"] / rows["LFCC-60, avx2: rows"]["cycles"] < 1.2
    assert written["peaks"]["avx2"]["arithmetic"] > 0.5
