"""Our side of bench.encoder: encoder_ours.py LAYERS DTYPE REMAT

It answers lines such as "step 2", "forward 8" and "frozen 8" with the seconds of one run. The first
answer about a task also has the seconds of its compilation, and the bytes that the program holds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

import jax  # noqa: E402
from bench.peers.encoder_network import Forward, TrainingStep, bytes_of  # noqa: E402

from spoofjax.cluster.allocator import keep_freed_memory  # noqa: E402
from spoofjax.models.encoders import Wav2Vec2  # noqa: E402


def main() -> None:
    """Answer requests until the input ends."""
    layers, dtype, remat = sys.argv[1:4]
    keep_freed_memory()
    config: Any = Wav2Vec2.xls_r_300m(layers=int(layers), dtype=dtype, remat=remat)
    tasks: dict[str, Any] = {}
    for line in sys.stdin:
        request = line.strip()
        answer = {}
        if request not in tasks:
            tasks.clear()
            start = time.perf_counter()
            name, batch = request.split()
            if name == "step":
                tasks[request] = TrainingStep(config, int(batch))
            else:
                freeze = "encoder" if name == "frozen" else None
                tasks[request] = Forward(config.replace(freeze=freeze), int(batch))
            answer["compile"] = time.perf_counter() - start
            answer["bytes"] = bytes_of(tasks[request].compiled)
            jax.block_until_ready(tasks[request]())
        start = time.perf_counter()
        jax.block_until_ready(tasks[request]())
        answer["wall"] = time.perf_counter() - start
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
