"""Runs of several processes: how the processes find each other and what they do together."""

import logging
import re
import subprocess
import sys

import numpy as np
import pytest
import started_runs

from spoofjax.cluster.places import Place, find, first_host
from spoofjax.errors import ConfigError

SLURM = {
    "SLURM_JOB_ID": "4711",
    "SLURM_STEP_ID": "0",
    "SLURM_STEP_NUM_TASKS": "4",
    "SLURM_STEP_NUM_NODES": "4",
    "SLURM_STEP_NODELIST": "gpu[07-10]",
    "SLURM_PROCID": "2",
    "SLURM_LOCALID": "0",
}
OPEN_MPI = {
    "OMPI_COMM_WORLD_SIZE": "2",
    "OMPI_COMM_WORLD_RANK": "1",
    "OMPI_COMM_WORLD_LOCAL_SIZE": "2",
    "OMPI_COMM_WORLD_LOCAL_RANK": "1",
    "OMPI_MCA_orte_hnp_uri": "1531576320.0;tcp://10.96.0.1,10.148.0.1:34911",
}
KUBERNETES = {
    "JAX_COORDINATOR_ADDRESS": "train-workers-0-0.train:8476",
    "JAX_NUM_PROCESSES": "8",
    "JOB_COMPLETION_INDEX": "5",
}


# ------------------------------------------------------------------------ finding
def test_without_a_launcher_a_run_has_one_process():
    assert find({}) is None


def test_slurm_numbers_the_processes():
    assert find(SLURM) == Place(f"gpu07:{61440 + 4711 % 4096}", 4, 2, "Slurm")


def test_one_task_under_slurm_is_a_run_of_one_process():
    assert find({**SLURM, "SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}) is None


def test_tasks_that_share_a_node_take_one_device_each():
    shared = {**SLURM, "SLURM_STEP_NUM_NODES": "1", "SLURM_LOCALID": "2"}
    assert find(shared).local_device == 2
    bound = {**shared, "CUDA_VISIBLE_DEVICES": "0"}  # as bound by --gpus-per-task
    assert find(bound).local_device is None


def test_a_batch_script_without_srun_gets_a_warning(caplog):
    with caplog.at_level(logging.WARNING, "spoofjax"):
        assert find({"SLURM_JOB_ID": "4711", "SLURM_NTASKS": "4"}) is None
    assert "srun spoofjax train" in caplog.text


def test_open_mpi_numbers_the_processes():
    place = find(OPEN_MPI)
    assert (place.processes, place.process, place.local_device) == (2, 1, 1)
    assert place.coordinator.startswith("127.0.0.1:")
    first = find({**OPEN_MPI, "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_LOCAL_RANK": "0"})
    assert first.coordinator == place.coordinator


def test_open_mpi_on_several_nodes_connects_to_the_host_of_mpirun():
    place = find({**OPEN_MPI, "OMPI_COMM_WORLD_LOCAL_SIZE": "1"})
    assert place.coordinator.startswith("10.96.0.1:")


def test_open_mpi_5_on_several_nodes_needs_a_coordinator():
    spread = {**OPEN_MPI, "OMPI_COMM_WORLD_LOCAL_SIZE": "1", "PMIX_NAMESPACE": "prterun-4"}
    del spread["OMPI_MCA_orte_hnp_uri"]
    with pytest.raises(ConfigError, match="--coordinator host:port"):
        find(spread)
    assert find(spread, coordinator="node1:1234").coordinator == "node1:1234"


def test_kubernetes_gives_the_address_and_the_index():
    place = find(KUBERNETES)
    assert (place.coordinator, place.processes, place.process) == (
        "train-workers-0-0.train:8476",
        8,
        5,
    )


def test_the_variables_of_a_tpu_slice_give_its_hosts():
    slice_ = {"TPU_WORKER_HOSTNAMES": "t-0.tpu,t-1.tpu,t-2.tpu,t-3.tpu", "TPU_WORKER_ID": "3"}
    assert find(slice_) == Place("t-0.tpu:8476", 4, 3, "TPU_WORKER_HOSTNAMES")
    assert find({"TPU_WORKER_HOSTNAMES": "localhost", "TPU_WORKER_ID": "0"}) is None


def test_flags_take_precedence_over_the_environment():
    assert find(SLURM, "other:1", 2, 1) == Place("other:1", 2, 1, "the flags")


@pytest.mark.parametrize(
    ("environment", "flags", "message"),
    [
        ({}, ("host:1", 2, None), "needs --process too"),
        ({}, (None, 2, 0), "needs --coordinator too"),
        ({}, ("host:1", 2, 2), "Process 2 of 2"),
        ({}, ("host", 2, 0), "not of the form host:port"),
        ({**SLURM, "SLURM_PROCID": "two"}, (None, None, None), "SLURM_PROCID gives 'two'"),
        ({"JAX_COORDINATOR_ADDRESS": "a:1"}, (None, None, None), "JAX_NUM_PROCESSES"),
    ],
)
def test_an_incomplete_description_is_an_error(environment, flags, message):
    with pytest.raises(ConfigError, match=message):
        find(environment, *flags)


@pytest.mark.parametrize(
    ("nodes", "first"),
    [
        ("node001", "node001"),
        ("node001,other", "node001"),
        ("node[001-015],other", "node001"),
        ("gpu-[7,9-12]", "gpu-7"),
        ("rack[2-3]n[1,4]", "rack2n1"),
        ("a.b.example,c", "a.b.example"),
    ],
)
def test_the_first_host_of_a_compressed_list(nodes, first):
    assert first_host(nodes) == first


# ------------------------------------------------------------------------ together
@pytest.fixture(scope="module")
def alone(tiny_corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("hosts") / "alone"
    started_runs.train(tiny_corpus() / "tiny.py", "--steps", 50, "--out", out)
    return out


@pytest.fixture(scope="module")
def together(tiny_corpus, tmp_path_factory):
    out = tmp_path_factory.mktemp("hosts") / "together"
    config = tiny_corpus() / "tiny.py"
    output = started_runs.train_together(2, config, "--steps", 50, "--out", out, devices=2)
    return out, output


@pytest.mark.slow
def test_two_processes_of_two_devices_train_like_one(alone, together):
    np.testing.assert_allclose(
        started_runs.losses(together[0]), started_runs.losses(alone), atol=1e-4, rtol=0
    )


@pytest.mark.slow
def test_two_processes_of_two_devices_score_like_one(alone, together):
    for split in ("dev", "eval"):
        np.testing.assert_allclose(
            started_runs.scores(together[0], split),
            started_runs.scores(alone, split),
            atol=1e-5,
            rtol=0,
        )


@pytest.mark.slow
def test_only_the_first_process_writes_and_prints(alone, together):
    folder, output = together
    assert output.count(f"run folder: {folder}\n") == 2  # at the start and at the end
    assert len(re.findall("^dev: EER", output, re.MULTILINE)) == 1
    names = {path.relative_to(alone).parts[0] for path in alone.rglob("*") if path.is_file()}
    assert names == {
        path.relative_to(folder).parts[0] for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.slow
def test_drawn_utterances_are_counted_over_all_processes(alone, together):
    last = {key: started_runs.rows(alone)[-2][key] for key in ("drawn_bonafide", "drawn_spoof")}
    assert last == {"drawn_bonafide": 400, "drawn_spoof": 400}
    assert {key: started_runs.rows(together[0])[-2][key] for key in last} == last


def test_processes_that_wait_in_vain_for_others_end_with_a_message(tiny_corpus, tmp_path):
    config, place = tiny_corpus() / "tiny.py", f"127.0.0.1:{started_runs.free_port()}"
    half = ("--coordinator", place, "--processes", 2, "--parallel.start-timeout", 2)
    waiting = [
        started_runs.start(config, "--out", tmp_path / "run", *half, "--process", process)
        for process in (0, 0)
    ]
    waiting[1].kill()  # the second one never starts
    (status, output), _ = started_runs.finish(*waiting, limit=60)
    assert status == 1, output
    assert f"did not meet the others at {place} within 2 s" in output
    assert "Check that all 2 processes were started" in output


def test_processes_meet_where_a_proxy_is_set_that_leads_nowhere(tmp_path):
    code = (
        "import os, sys; from spoofjax.cluster import hosts, places; "
        "from spoofjax.config import Parallel; "
        "place = places.find({}, sys.argv[1], 2, int(sys.argv[2]))\n"
        "with hosts.joined(place, Parallel(start_timeout=20)): "
        "print(hosts.total(1 + 0 * hosts.np.ones(1, int)), os.environ['http_proxy'])"
    )
    place, proxy = f"127.0.0.1:{started_runs.free_port()}", "http://127.0.0.1:9"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, place, str(process)],
            env={**started_runs.environment(), "http_proxy": proxy},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for process in range(2)
    ]
    for status, output in started_runs.finish(*both, limit=60):
        assert status == 0, output
        assert output.endswith(f"[2] {proxy}\n")


@pytest.mark.slow
def test_the_variables_of_the_jobset_file_start_one_run(tiny_corpus, tmp_path, repository):
    jobset = (repository / "docs" / "cluster" / "jobset.yaml").read_text()
    assert {"JAX_COORDINATOR_ADDRESS", "JAX_NUM_PROCESSES"} <= set(re.findall(r"JAX_\w+", jobset))
    place = {
        "JAX_COORDINATOR_ADDRESS": f"127.0.0.1:{started_runs.free_port()}",
        "JAX_NUM_PROCESSES": "2",
    }
    pods = [
        started_runs.start(
            *(tiny_corpus() / "tiny.py", "--out", tmp_path / "run"),
            variables={**place, "JOB_COMPLETION_INDEX": str(index)},
        )
        for index in range(2)
    ]
    assert [status for status, _ in started_runs.finish(*pods)] == [0, 0]
    assert len(started_runs.losses(tmp_path / "run")) == 40


@pytest.mark.slow
def test_processes_that_do_not_agree_end_with_a_message(tiny_corpus, tmp_path):
    place = f"127.0.0.1:{started_runs.free_port()}"
    both = [
        started_runs.start(
            *(tiny_corpus() / "tiny.py", "--out", tmp_path / "run", "--seed", seed),
            *("--coordinator", place, "--processes", 2, "--process", process),
        )
        for process, seed in enumerate((1, 2))
    ]
    for status, output in started_runs.finish(*both):
        assert status == 1
        assert "differ in their configuration: process 1 does not match process 0" in output


@pytest.mark.slow
def test_a_run_continues_with_another_number_of_processes_and_devices(tiny_corpus, tmp_path):
    config, length = tiny_corpus() / "tiny.py", ("--steps", 150, "--evaluation.every", 50)
    started_runs.train(config, *length, "--out", tmp_path / "whole")
    # Two processes of two devices until one receives SIGTERM, then one process with eight devices.
    both = started_runs.start_several(2, config, *length, "--out", tmp_path / "parts", devices=2)
    ended = started_runs.interrupt(tmp_path / "parts", 20, *both)
    assert [status for status, _ in ended] == [75, 75], ended
    stopped = started_runs.steps_of(tmp_path / "parts")[-1]
    assert all(f"after step {stopped}" in output for _, output in ended)
    started_runs.train(config, *length, "--out", tmp_path / "parts", "--resume", devices=8)
    expected, parts = (
        started_runs.losses(tmp_path / "whole"),
        started_runs.losses(tmp_path / "parts"),
    )
    np.testing.assert_allclose(parts, expected, atol=1e-4, rtol=0)
    # And the other way round: from one device to two processes.
    first = started_runs.start(config, *length, "--out", tmp_path / "again")
    [(status, output)] = started_runs.interrupt(tmp_path / "again", 20, first)
    assert status == 75, output
    started_runs.train_together(2, config, *length, "--out", tmp_path / "again", "--resume")
    np.testing.assert_allclose(started_runs.losses(tmp_path / "again"), expected, atol=1e-4, rtol=0)
