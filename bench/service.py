"""How many requests a second does `spoofjax serve` answer, and does it survive hostile ones?

    python -m bench.service [--quick] [--run RUN] [--requests 10000] [--clients 16] [--json FILE]

The service runs in a process of its own, on the loopback device; this process sends it utterances
of four seconds as FLAC. Without RUN the detector is a CNN-LSTM with random weights. Then comes the
soak: so many requests, of which every hundredth is hostile (bench/hostile.py). The status is 1
unless every request is answered, hostile ones with 4xx and all others with 200, the resident size
at the end is within 5 % of that after a tenth of the requests, and the service answers again within
5 s after it was killed and started anew.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.hostile import RATE, Address, encoded, hostile
from bench.timing import Row, write_json

MOST_BYTES = 1 << 20
GROWTH = 0.05
BACK_WITHIN = 5.0
HOSTILE_EVERY = 100


class Soak(NamedTuple):
    """What a soak has shown."""

    statuses: dict[str, int]
    """How often each status came, for 'good' and 'hostile' requests; 0 stands for no answer."""
    resident: tuple[int, int]
    """Bytes of the service after a tenth of the requests and at the end."""
    wrong: list[str]
    """Requests with another status than theirs."""

    @property
    def growth(self) -> float:
        """How much the resident size grew, as a share."""
        return self.resident[1] / self.resident[0] - 1


@contextlib.contextmanager
def served(run: Path, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], Address]]:
    """Start `spoofjax serve`; yield its process and its address once it answers."""
    command = [sys.executable, "-m", "spoofjax.cli", "serve", str(run), "--port", str(port)]
    limits = ["--most-bytes", str(MOST_BYTES), "--most-seconds", "60", "--receive-seconds", "2"]
    process = subprocess.Popen([*command, *limits], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        lines = itertools.takewhile(bool, iter(process.stdout.readline, ""))
        line = next((line for line in lines if line.startswith("serving")), "")
        match = re.search(r"http://([\d.]+):(\d+)", line)
        if match is None:
            raise SystemExit(f"The service did not start: status {process.wait()}.")
        address = match[1], int(match[2])
        while ask(address, "/health")[0] != 200:
            time.sleep(0.01)
        yield process, address
    finally:
        process.terminate()
        process.wait(30)


def ask(address: Address, path: str) -> tuple[int, bytes]:
    """Return the status and the body of a GET request; 0 where nobody answers."""
    with contextlib.closing(http.client.HTTPConnection(*address, timeout=60)) as connection:
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        except OSError:
            return 0, b""


def wait_until_warm(address: Address) -> None:
    """Wait until the service has compiled the network for all sizes of batches."""
    while not json.loads(ask(address, "/health")[1])["warm"]:
        time.sleep(0.05)


def resident(address: Address) -> int:
    """Return the resident bytes of the service, by its own account."""
    match = re.search(rb"^spoofjax_resident_bytes (\S+)", ask(address, "/metrics")[1], re.MULTILINE)
    if match is None:
        raise SystemExit("The service does not state its resident size.")
    return int(float(match[1]))


def utterances(count: int = 8) -> list[bytes]:
    """Return FLAC files of four seconds: a voice-like buzz in noise."""
    random, seconds = np.random.default_rng(1), np.arange(4 * RATE) / RATE
    files = []
    for _ in range(count):
        pitch = random.uniform(90, 220)
        voice = sum(np.sin(2 * np.pi * pitch * k * seconds) / k for k in range(1, 9))
        wave = 0.1 * voice * (1 + np.sin(2 * np.pi * 3 * seconds)) / 2
        files.append(encoded(wave + 0.01 * random.standard_normal(len(seconds)), "FLAC"))
    return files


def throughput(address: Address, requests: int, clients: int) -> Row:
    """Return the times of answers, and requests per second among the notes."""
    files, numbers = utterances(), iter(range(requests))
    times: list[float] = []
    lock = threading.Lock()

    def client() -> None:
        with contextlib.closing(http.client.HTTPConnection(*address, timeout=60)) as connection:
            while (number := take(numbers, lock)) is not None:
                begin = time.perf_counter()
                connection.request("POST", "/score?pictures=0", files[number % len(files)])
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    raise SystemExit(f"An utterance got the status {response.status}.")
                times.append(time.perf_counter() - begin)

    begin = time.perf_counter()
    together(client, clients)
    elapsed = time.perf_counter() - begin
    notes = {"requests_per_s": len(times) / elapsed, "p99": float(np.percentile(times, 99))}
    name, median = f"{clients} clients", float(np.median(times))
    return Row(name, median, min(times), len(times), "wall", notes)


def soak(address: Address, requests: int, clients: int) -> Soak:
    """Send requests, every hundredth of them hostile, and return what came back."""
    wait_until_warm(address)
    files, attacks = utterances(), list(hostile(MOST_BYTES).items())
    numbers, lock = iter(range(requests)), threading.Lock()
    statuses: Counter[str] = Counter()
    wrong: list[str] = []
    sizes: list[int] = []

    def good(connection: http.client.HTTPConnection, number: int) -> int:
        try:
            connection.request("POST", "/score", files[number % len(files)])
            response = connection.getresponse()
            response.read()
            return response.status
        except (OSError, http.client.HTTPException):
            connection.close()
            return 0

    def client() -> None:
        connection = http.client.HTTPConnection(*address, timeout=60)
        while (number := take(numbers, lock)) is not None:
            if number % HOSTILE_EVERY == HOSTILE_EVERY - 1:
                name, attack = attacks[number // HOSTILE_EVERY % len(attacks)]
                connection.close()  # the service ends one that is idle meanwhile
                try:
                    status = attack(address)
                except OSError:
                    status = 0
                kind, is_right = "hostile", 400 <= status < 500
            else:
                name, kind = "utterance", "good"
                status = good(connection, number)
                is_right = status == 200
            with lock:
                statuses[f"{kind} {status}"] += 1
                if not is_right:
                    wrong.append(f"request {number}, {name}: status {status}")
            if number == requests // 10:
                sizes.append(resident(address))
        connection.close()

    together(client, clients)
    sizes.append(resident(address))
    return Soak(dict(sorted(statuses.items())), (sizes[0], sizes[1]), wrong)


def take(numbers: Iterator[int], lock: threading.Lock) -> int | None:
    """Return the next number, or None at the end."""
    with lock:
        return next(numbers, None)


def together(client: Any, count: int) -> None:
    """Run a function in so many threads."""
    threads = [threading.Thread(target=client) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def seconds_to_return(run: Path) -> float:
    """Kill a service, start it again on the same port; return the seconds until it judges."""
    with served(run) as (process, address):
        process.kill()
        process.wait()
    begin = time.perf_counter()
    with served(run, address[1]) as (_, again):
        throughput(again, 1, 1)
        return time.perf_counter() - begin


def random_detector(folder: Path) -> Path:
    """Write the files of a CNN-LSTM with random weights; return its folder."""
    from flax import nnx

    from spoofjax.config_files import load_config, to_json
    from spoofjax.files import write_json as write_settings
    from spoofjax.models.arrays import flatten
    from spoofjax.models.building import build_network
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.weights import save_weights

    experiment = load_config("cnn_lstm")
    _, params, constants = nnx.split(build_network(experiment, nnx.Rngs(0)), nnx.Param, ...)
    run = RunFolder(folder)
    write_settings(run.config, to_json(experiment))
    decision = {"threshold": 0.0, "log_prior_odds": 0.0, "calibration": None}
    write_settings(run.decision, decision)
    save_weights(run.path, flatten(params), flatten(constants))
    return run.path


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="500 requests")
    parser.add_argument("--run", type=Path, help="a run or an export to serve")
    parser.add_argument("--requests", type=int, default=10_000, help="requests of the soak")
    parser.add_argument("--clients", type=int, default=16, help="clients of the soak")
    parser.add_argument("--json", type=Path, help="write the results here")
    options = parser.parse_args()
    requests = 500 if options.quick else options.requests
    with tempfile.TemporaryDirectory() as folder:
        run = options.run or random_detector(Path(folder) / "run")
        with served(run) as (_, address):
            wait_until_warm(address)
            throughput(address, 50, 4)  # warm-up
            rows = [throughput(address, requests // 10, clients) for clients in (1, 4, 16, 64)]
            result = soak(address, requests, options.clients)
        returned = seconds_to_return(run)
    print(f"{'':12}{'requests/s':>12}{'median ms':>12}{'p99 ms':>10}")
    for row in rows:
        times = f"{1000 * row.median:12.1f}{1000 * row.notes['p99']:10.1f}"
        print(f"{row.name:12}{row.notes['requests_per_s']:12.1f}{times}")
    sizes = " and ".join(f"{size / 2**20:.0f} MiB" for size in result.resident)
    print(f"soak of {requests:,} requests: {result.statuses}; resident size {sizes} after a tenth "
          f"and at the end ({result.growth:+.1%}); back {returned:.1f} s after a kill")  # fmt: skip
    for line in result.wrong:
        print(f"WRONG: {line}")
    if options.json:
        facts = {"soak": result._asdict(), "seconds_to_return": returned}
        packages = ("starlette", "uvicorn", "jax")
        write_json(options.json, "requests of 4 s", rows, packages=packages, **facts)
    return int(bool(result.wrong) or abs(result.growth) > GROWTH or returned > BACK_WITHIN)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    sys.exit(main())
