"""`spoofjax serve` under many requests, some of them hostile, and after it was killed."""

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bench(repository):
    """The module bench.service."""
    pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(repository))
        import bench.service

        yield bench.service


def test_every_request_gets_its_answer_and_memory_stays(bench, run_folder):
    with bench.served(run_folder) as (_, address):
        bench.throughput(address, 50, 4)
        result = bench.soak(address, 500, 8)
    assert result.wrong == []
    assert sum(result.statuses.values()) == 500
    assert result.statuses["good 200"] == 495
    assert abs(result.growth) < 0.1  # bench.service allows 5 % in 10,000 requests


def test_a_killed_service_comes_back(bench, run_folder):
    assert bench.seconds_to_return(run_folder) < 30  # 5 s on an idle machine
