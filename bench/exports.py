"""Do exports give the scores of their runs? ONNX and StableHLO of each run, on the same utterances.

    python -m bench.exports RUN... [--corpus DIR] [--utterances 100] [--json FILE]

A run may be trained or imported. Needs the extra onnx. Differences are of scores; seconds are the
elapsed time of an export with the comparison of all utterances and its example. The status is 1
where an export differs by more than 1e-4, or 1e-4 of the largest score.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.timing import machine, write_json
from spoofjax.corpora import ASVspoof5
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.folder import Format, export_as
from spoofjax.deployment.exporting.utterances import Utterances, utterances_of
from spoofjax.errors import SpoofjaxError

DEMO = Path(__file__).resolve().parent.parent / "demo" / "corpus"
FORMATS: tuple[Format, ...] = ("onnx", "stablehlo")


def exported(detector: Detector, run: Path, to: Format, utterances: Utterances) -> dict[str, Any]:
    """Return the facts of an export, or why there is none, and how long it took."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        try:
            facts = export_as(detector, run, Path(folder) / "export", to, utterances)
        except SpoofjaxError as error:
            facts = {"error": str(error)}
    names = ("checked_utterances", "largest_difference", "bytes", "error")
    result = {name: facts[name] for name in names if name in facts}
    return {**result, "seconds": time.perf_counter() - began}


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folders of runs")
    parser.add_argument("--corpus", default=DEMO, help="in ASVspoof 5 layout (default: demo)")
    parser.add_argument("--utterances", type=int, default=100, help="how many of dev")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    manifest = ASVspoof5(root=str(options.corpus), language="-").manifest("dev")
    print(f"{machine()['processor']}, load {machine()['load']}")
    results = []
    for run in options.runs:
        detector = Detector.load(run)
        utterances = utterances_of(detector.experiment, manifest, "dev", options.utterances)
        for to in FORMATS:
            facts = exported(detector, run, to, utterances)
            model = type(detector.experiment.model).__name__
            results.append({"run": str(run), "model": model, "format": to, **facts})
            print("  ".join(f"{key} {value}" for key, value in results[-1].items()), flush=True)
    if options.json:
        write_json(options.json, "exports", [], packages=("jax", "onnxruntime"), results=results)
    largest = max((result.get("largest_difference", np.inf) for result in results), default=0.0)
    print(f"largest difference of a score: {largest:.1e}")
    return int(any("error" in result for result in results))


if __name__ == "__main__":
    sys.exit(main())
