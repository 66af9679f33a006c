"""Which process of a run this one is, from its flags or from the environment of its launcher.

The launchers are Open MPI, Slurm, TPU slices, and Kubernetes with the variables that
docs/cluster.md sets.
"""

from __future__ import annotations

import logging
import os
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from spoofjax.errors import ConfigError

log = logging.getLogger("spoofjax")
FIRST_PORT, PORTS = 61_440, 4_096
"""The range of ports that a job picks one of by its number: the end of the ephemeral ports."""


@dataclass(frozen=True)
class Place:
    """The number of this process in a run of several, and how it reaches the others."""

    coordinator: str
    """host:port on which process 0 listens."""
    processes: int
    process: int
    launcher: str
    """What this was read from, for messages."""
    local_device: int | None = None
    """The one local device to use if several processes share a node; None: all of them."""


def find(
    environment: Mapping[str, str],
    coordinator: str | None = None,
    processes: int | None = None,
    process: int | None = None,
) -> Place | None:
    """Return this process's place, or None for a run of one process.

    Flags take precedence over JAX_* variables (Kubernetes), Open MPI, Slurm and TPU slices, in
    this order. --coordinator may be given alone if the launcher provides the rest. Raises
    ConfigError if the information is incomplete or contradictory.
    """
    sources = (_jax_variables, _open_mpi, _slurm, _tpu_slice)
    place = next(filter(None, (source(environment) for source in sources)), None)
    if (coordinator, processes, process) != (None, None, None):
        place = _by_flags(place, coordinator, processes, process)
    if place is None or place.processes == 1:
        return None
    if not 0 <= place.process < place.processes:
        raise ConfigError(
            f"Process {place.process} of {place.processes} (from {place.launcher}): processes are "
            f"numbered from 0 to {place.processes - 1}."
        )
    if not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:\s]+):\d+", place.coordinator):
        raise ConfigError(
            f"The coordinator {place.coordinator!r} (from {place.launcher}) is not of the form "
            "host:port. Give --coordinator host:port, the host being that of process 0."
        )
    return place


def _by_flags(
    place: Place | None, coordinator: str | None, processes: int | None, process: int | None
) -> Place:
    if place is not None:
        coordinator = place.coordinator if coordinator is None else coordinator
        processes = place.processes if processes is None else processes
        process = place.process if process is None else process
    given = {"--coordinator": coordinator, "--processes": processes, "--process": process}
    missing = [name for name, value in given.items() if value is None]
    if coordinator is None or processes is None or process is None:
        raise ConfigError(
            f"A run of several processes needs {', '.join(missing)} too: every process gets the "
            "same --coordinator host:port and --processes N, and its own --process 0 to N-1."
        )
    return Place(coordinator, processes, process, "the flags")


def _jax_variables(environment: Mapping[str, str]) -> Place | None:
    coordinator = environment.get("JAX_COORDINATOR_ADDRESS")
    if coordinator is None:
        return None
    process = environment.get("JAX_PROCESS_ID", environment.get("JOB_COMPLETION_INDEX"))
    count = environment.get("JAX_NUM_PROCESSES")
    if process is None or count is None:
        raise ConfigError(
            "JAX_COORDINATOR_ADDRESS is set, but not JAX_NUM_PROCESSES, or neither JAX_PROCESS_ID "
            "nor JOB_COMPLETION_INDEX (which an indexed Kubernetes job sets). Set them, or unset "
            "the address for a run of one process."
        )
    source = "JAX_COORDINATOR_ADDRESS"
    return Place(coordinator, _number(count, source), _number(process, source), source)


def _open_mpi(environment: Mapping[str, str]) -> Place | None:
    if "OMPI_COMM_WORLD_SIZE" not in environment:
        return None
    names = ("SIZE", "RANK", "LOCAL_SIZE", "LOCAL_RANK")
    size, rank, on_node, local = (
        _number(environment.get(f"OMPI_COMM_WORLD_{name}", "0"), "Open MPI") for name in names
    )
    uri = environment.get("OMPI_MCA_orte_hnp_uri", "")
    job = environment.get("PMIX_NAMESPACE") or uri.split(".")[0] or str(os.getppid())
    port = FIRST_PORT + zlib.crc32(job.encode()) % PORTS
    addresses = re.search(r"tcp6?://(\[[^\],]+|[^,:]+)", uri)
    if on_node == size:
        host = "127.0.0.1"
    elif addresses is not None:
        host = addresses[1] + ("]" if addresses[1].startswith("[") else "")
    else:
        host = None
    # Open MPI 5 does not publish the address of mpirun; --coordinator must give it then.
    coordinator = "unknown" if host is None else f"{host}:{port}"
    device = _own_device(environment, on_node, local)
    return Place(coordinator, size, rank, "Open MPI", device)


def _slurm(environment: Mapping[str, str]) -> Place | None:
    needed = ("SLURM_JOB_ID", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_STEP_NODELIST")
    if any(name not in environment for name in needed):
        tasks = environment.get("SLURM_NTASKS", "1")
        if "SLURM_JOB_ID" in environment and tasks != "1":
            log.warning(
                "this Slurm job has %s tasks, but only one process was started; "
                "`srun spoofjax train ...` starts them all",
                tasks,
            )
        return None
    job, tasks, process = (_number(environment[name], name) for name in needed[:3])
    step = environment.get("SLURM_STEP_ID", "0")
    port = FIRST_PORT + (job + 97 * (int(step) if step.isdigit() else 0)) % PORTS
    host = first_host(environment["SLURM_STEP_NODELIST"])
    nodes = _number(environment.get("SLURM_STEP_NUM_NODES", "1"), "SLURM_STEP_NUM_NODES")
    local = _number(environment.get("SLURM_LOCALID", "0"), "SLURM_LOCALID")
    on_node = -(-tasks // nodes)
    device = _own_device(environment, on_node, local)
    return Place(f"{host}:{port}", tasks, process, "Slurm", device)


def _tpu_slice(environment: Mapping[str, str]) -> Place | None:
    """Return the place from the variables that Google Kubernetes Engine sets on a TPU slice."""
    hosts = environment.get("TPU_WORKER_HOSTNAMES", "").split(",")
    if len(hosts) < 2 or "TPU_WORKER_ID" not in environment:
        return None
    worker = _number(environment["TPU_WORKER_ID"], "TPU_WORKER_ID")
    return Place(f"{hosts[0]}:8476", len(hosts), worker, "TPU_WORKER_HOSTNAMES")


def _own_device(environment: Mapping[str, str], on_node: int, local: int) -> int | None:
    """Return the device of this process if each process of a node sees all devices of the node."""
    visible = environment.get("CUDA_VISIBLE_DEVICES")
    is_bound = visible is not None and "," not in visible
    return local if on_node > 1 and not is_bound else None


def first_host(nodes: str) -> str:
    """Return the first host of Slurm's compressed list: 'node[003-005,9],other' gives 'node003'."""
    depth, end = 0, len(nodes)
    for position, character in enumerate(nodes):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0:
            end = position
            break
    return re.sub(r"\[([^,\]-]+)[^\]]*\]", r"\1", nodes[:end])


def _number(text: str, source: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ConfigError(f"{source} gives {text!r} where a number is expected.") from None
