"""The memory that a process may use is the smallest of all limits."""

import pytest

from spoofjax.memory import in_gibibytes, usable_memory

GIB = 2**30


@pytest.fixture
def limits(tmp_path):
    """Writes files of cgroups and says which of them the process is in; returns the memory."""

    def memory(own: str, files: dict[str, str]) -> int:
        for name, text in files.items():
            path = tmp_path / "cgroup" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "own").write_text(own)
        return usable_memory(tmp_path / "cgroup", tmp_path / "own")

    return memory


def test_without_a_limit_it_is_that_of_the_machine(limits, tmp_path):
    machine = usable_memory(tmp_path / "none", tmp_path / "none")
    assert machine > GIB // 4
    assert limits("0::/job\n", {"job/memory.max": "max\n"}) == machine


def test_a_cgroup_above_that_of_the_process_counts(limits):
    files = {"jobs/memory.max": f"{GIB // 8}\n", "jobs/7/memory.max": "max\n"}
    assert limits("0::/jobs/7\n", files) == GIB // 8


def test_the_limits_of_version_1_count(limits):
    own = "5:devices:/\n4:memory,cpu:/jobs/7\n"
    assert limits(own, {"memory/jobs/7/memory.limit_in_bytes": f"{GIB // 16}\n"}) == GIB // 16


def test_sizes_are_shown_in_gibibytes():
    assert in_gibibytes(1536 * GIB + GIB / 2) == "1,536.5 GiB"
