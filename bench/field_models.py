"""How fast are the field's detectors, beside the same networks in torch?

    python -m bench.field_models [--batch 4] [--repeats 5] [--models aasist rawnet2 ...]
                                 [--torch-python PYTHON] [--checkpoints FOLDER] [--json FILE]

AASIST, AASIST-L, RawNet2 and LFCC-LCNN-BLSTM on clips of 64,600 samples, forward and a training
step with Adam, float32. The torch versions are bench/peers/*_torch.py. Both sides have the same
weights and the same allocator, and take turns, so that a machine shared with others slows both.
Before that, the scores of both are compared. With --checkpoints, a folder of the published files
(aasist.pth, aasist_l.pth, lfcc_lcnn_blstm.pt), these are the weights; otherwise they are random.
Figures are the processor time of all threads, with the elapsed time beside it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
sys.path.append(str(Path(__file__).resolve().parent / "peers"))

from field_job import MODULES, write_input  # type: ignore[import-not-found]

from bench.peers.process import PeerProcess, find_python, version
from bench.timing import Row, print_table, summarise, write_json

OURS = "spoofjax"
TOLERANCE = 2e-3
TASKS = ("forward", "step")


def check(model: str, peers: dict[str, PeerProcess]) -> float:
    """Return the largest difference of the scores, relative to the largest score or 1.

    Raises SystemExit if it is above TOLERANCE.
    """
    theirs, ours = (np.array(peer.ask(f"{model} check")) for peer in peers.values())
    difference = float(np.abs(ours - theirs).max() / max(np.abs(theirs).max(), 1))
    if not difference <= TOLERANCE:
        raise SystemExit(f"{model}: the scores differ by {difference:.2g}: {ours} and {theirs}.")
    return difference


def measure(model: str, task: str, peers: dict[str, PeerProcess], repeats: int) -> list[Row]:
    """Let both do `task` in turn, once to warm up and `repeats` times for the figures."""
    times: dict[str, list[dict[str, float]]] = {name: [] for name in peers}
    for round_ in range(repeats + 1):
        names = list(peers) if round_ % 2 else list(peers)[::-1]
        for name in names:
            answer = peers[name].ask(f"{model} {task}")
            if round_:
                times[name].append(answer)
    rows = []
    for name, answers in times.items():
        row = summarise(name, [answer["cpu"] for answer in answers], "cpu")
        wall = summarise(name, [answer["wall"] for answer in answers], "wall")
        row.notes = {"elapsed": f"elapsed {wall.median:.2f} s, at best {wall.minimum:.2f}"}
        rows.append(row)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--models", nargs="+", choices=MODULES, default=tuple(MODULES))
    parser.add_argument("--torch-python", help="an interpreter with torch, if this one has none")
    parser.add_argument("--checkpoints", type=Path, help="a folder of published weights")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    torch = find_python(options.torch_python, "torch")
    if torch is None:
        raise SystemExit("This benchmark needs torch==2.13.0; name an interpreter that has it.")
    results: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_input(folder, options.batch)
        for model in options.models:
            for file in (options.checkpoints or folder).glob(f"{model}.pt*"):
                shutil.copy(file, folder / f"{model}.pth")
        # torch comes first because it writes the weights that are not there.
        peers = {
            f"torch {version(torch, 'torch')}": PeerProcess(
                torch, "field_torch.py", folder, "keep"
            ),
            OURS: PeerProcess(sys.executable, "field_ours.py", folder, "keep"),
        }
        for model in options.models:
            print(f"\n{model}: both agree to {check(model, peers):.1e}", flush=True)
            for task in TASKS:
                rows = measure(model, task, peers, options.repeats)
                title = f"{model} {task}, batch {options.batch}"
                print_table(title, rows, unit="ms", reference=OURS)
                for row in rows:
                    row.name = f"{title}: {row.name}"
                results += rows
        for peer in peers.values():
            peer.close()
    if options.json:
        write_json(
            options.json, "detectors of the field", results, packages=("jax", "flax", "optax"),
            batch=options.batch, clock="cpu",
        )  # fmt: skip


if __name__ == "__main__":
    main()
