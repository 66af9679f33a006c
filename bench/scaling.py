"""How long would an epoch of ASVspoof 5 take on N accelerators? Arithmetic, not a measurement.

    python -m bench.scaling [--json FILE]

Two tables computed from step costs and link speeds; docs/cluster.md explains them.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

UTTERANCES = 182_357
"""Training utterances of ASVspoof 5."""
DEVICES = (1, 8, 64, 512)


@dataclass(frozen=True)
class Costs:
    """CNN-LSTM on an accelerator like an H100: figures from data sheets, none of them measured."""

    recurrence: float = 4e-3
    """Seconds for 100 pooled frames x 2 LSTM layers, forward and backward, about 10 us each; the
    same for 1 clip and for 256, because the launch of each of these steps takes all of it."""
    clip: float = 1.6e-6
    """Seconds per clip for work that grows with the batch: 0.29 s of it per epoch."""
    gradient: int = 1_200_000
    """Bytes that an all-reduce moves: 300,000 parameters in float32."""
    small_reductions: int = 8
    """All-reduces of a few bytes in each step: batch-norm sums, forward and backward, and loss."""
    inside: float = 450e9
    """Bytes per second and direction to the other devices of a node (NVLink 4)."""
    between: float = 50e9
    """Bytes per second and device between nodes (InfiniBand NDR, 400 Gbit/s)."""
    hop_inside: float = 3e-6
    hop_between: float = 6e-6
    """Seconds for a message to reach the next device, software included."""
    node: int = 8
    """Devices in a node."""


def all_reduce(size: int, devices: int, costs: Costs) -> float:
    """Return seconds of an all-reduce: the transfer of a ring plus the latency of a tree."""
    if devices == 1:
        return 0.0
    local, nodes = min(devices, costs.node), -(-devices // costs.node)
    transfer = 2 * size * (local - 1) / local / costs.inside
    latency = 2 * math.ceil(math.log2(local)) * costs.hop_inside
    if nodes > 1:
        # Each device of a node sends its part of the sum to the other nodes.
        transfer += 2 * size / local * (nodes - 1) / nodes / costs.between
        latency += 2 * math.ceil(math.log2(nodes)) * costs.hop_between
    return transfer + latency


def epoch(devices: int, batch: int, costs: Costs) -> dict[str, float]:
    """Return the time of an epoch, and of its steps, for a global batch of `batch` utterances."""
    steps = -(-UTTERANCES // batch)
    compute = costs.recurrence + costs.clip * batch / devices
    communication = all_reduce(costs.gradient, devices, costs)
    communication += costs.small_reductions * all_reduce(4, devices, costs)
    step = compute + communication
    return {
        "devices": devices,
        "batch": batch,
        "steps": steps,
        "step_ms": step * 1e3,
        "communication_share": communication / step,
        "epoch_seconds": steps * step,
        "clips_per_second_and_device": batch / step / devices,
    }


def main() -> None:
    """Print two tables: one batch size grows with the devices, the other does not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the rows to a file as well")
    options = parser.parse_args()
    costs, rows = Costs(), []
    for title, batch_of in (
        ("256 utterances per device", lambda devices: 256 * devices),
        ("2,048 utterances per step", lambda devices: 2_048),
    ):
        print(f"\n{title}\n")
        print("| accelerators | batch | steps | step, ms | communication | epoch, s | speed-up |")
        print("|---|---|---|---|---|---|---|")
        results = [epoch(devices, batch_of(devices), costs) for devices in DEVICES]
        for row in results:
            gain = results[0]["epoch_seconds"] / row["epoch_seconds"]
            print(
                f"| {row['devices']} | {row['batch']:,} | {row['steps']} | {row['step_ms']:.2f} "
                f"| {row['communication_share']:.1%} | {row['epoch_seconds']:.3g} | {gain:.3g} |"
            )
        rows += [{"setting": title, **row} for row in results]
    if options.json:
        options.json.write_text(json.dumps({"costs": asdict(costs), "rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
