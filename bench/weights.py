"""How long does it take to read 1.2 GB of weights, and in how much memory?

    python -m bench.weights [--quick] [--repeats 3] [--folder DIR] [--json FILE]

A file of random weights with the names and shapes of XLS-R 300M is written to a temporary folder.
A new process reads each of its tensors: one after the other, all of them into one dictionary, and
into the network of `Wav2Vec2.xls_r_300m(weights=...)`, which it builds as well. Beside them:
safetensors' own reader. Memory is the peak of the process above what it has after its imports, as a
multiple of the file; pages of a file that is mapped count.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import jax
import numpy as np
from flax import nnx

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.timing import summarise, write_json

WIDTH, INNER, LAYERS = 1024, 4096, 24
CONVOLUTIONS = ((1, 10), (512, 3), (512, 3), (512, 3), (512, 3), (512, 2), (512, 2))
"""Input channels and kernel of each convolution of the extractor."""


def shapes(layers: int = LAYERS) -> dict[str, tuple[int, ...]]:
    """Return the shape of each tensor of a file of XLS-R 300M, by its name in transformers."""
    named: dict[str, tuple[int, ...]] = {"masked_spec_embed": (WIDTH,)}
    for n, (channels, kernel) in enumerate(CONVOLUTIONS):
        part = f"feature_extractor.conv_layers.{n}"
        named[f"{part}.conv.weight"] = (512, channels, kernel)
        named |= dict.fromkeys((f"{part}.conv.bias", *_norm(f"{part}.layer_norm")), (512,))
    named |= dict.fromkeys(_norm("feature_projection.layer_norm"), (512,))
    named["feature_projection.projection.weight"] = (WIDTH, 512)
    named["feature_projection.projection.bias"] = (WIDTH,)
    named["encoder.pos_conv_embed.conv.bias"] = (WIDTH,)
    named["encoder.pos_conv_embed.conv.weight_g"] = (1, 1, 128)
    named["encoder.pos_conv_embed.conv.weight_v"] = (WIDTH, WIDTH // 16, 128)
    named |= dict.fromkeys(_norm("encoder.layer_norm"), (WIDTH,))
    for n in range(layers):
        part = f"encoder.layers.{n}"
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            named[f"{part}.attention.{name}.weight"] = (WIDTH, WIDTH)
            named[f"{part}.attention.{name}.bias"] = (WIDTH,)
        named[f"{part}.feed_forward.intermediate_dense.weight"] = (INNER, WIDTH)
        named[f"{part}.feed_forward.intermediate_dense.bias"] = (INNER,)
        named[f"{part}.feed_forward.output_dense.weight"] = (WIDTH, INNER)
        named[f"{part}.feed_forward.output_dense.bias"] = (WIDTH,)
        norms = (*_norm(f"{part}.layer_norm"), *_norm(f"{part}.final_layer_norm"))
        named |= dict.fromkeys(norms, (WIDTH,))
    return {f"wav2vec2.{name}": shape for name, shape in named.items()}


def _norm(part: str) -> tuple[str, str]:
    return f"{part}.weight", f"{part}.bias"


def write_random(path: Path, layers: int) -> int:
    """Write a safetensors file of random float32 weights; return its bytes."""
    header, offset = {}, 0
    for name, shape in shapes(layers).items():
        size = int(np.prod(shape)) * 4
        offsets = [offset, offset + size]
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": offsets}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for shape in shapes(layers).values():
            file.write((random.standard_normal(shape, np.float32) * np.float32(0.02)).data)
    return path.stat().st_size


def one_by_one(path: str) -> float:
    """Read each tensor, and let it go."""
    from spoofjax.tensors.reading import read_tensors

    return sum(float(array.ravel()[0]) for array in read_tensors(path).values())


def together(path: str) -> float:
    """Read all tensors into one dictionary."""
    from spoofjax.tensors.reading import read_tensors

    return _first_elements(dict(read_tensors(path)))


def into_a_network(path: str) -> float:
    """Build the network of an encoder, and read its weights."""
    from spoofjax.models.encoders.wav2vec2 import Wav2Vec2
    from spoofjax.tensors.reading import read_tensors

    tensors = read_tensors(path)
    encoder = Wav2Vec2.xls_r_300m(weights=path, full_depth=depth_of(tensors))
    network = encoder.build(nnx.Rngs(0))
    encoder.load(network, tensors)
    jax.block_until_ready(nnx.state(network))
    return math.nan


def depth_of(names: Iterable[str]) -> int:
    """Return the number of transformer layers that a file has."""
    return sum(name.endswith(".attention.q_proj.bias") for name in names)


def safetensors(path: str) -> float:
    """Read all tensors by the safetensors package."""
    from safetensors.numpy import load_file

    return _first_elements(load_file(path))


def _first_elements(arrays: Mapping[str, np.ndarray]) -> float:
    return sum(float(array.ravel()[0]) for array in arrays.values())


READERS: dict[str, Callable[[str], float]] = {
    "read_tensors, one by one": one_by_one,
    "read_tensors, together": together,
    "Wav2Vec2, built and loaded": into_a_network,
    "safetensors.load_file": safetensors,
}


def peak() -> int:
    """Return the greatest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def read_here(name: str, path: str) -> None:
    """Read a file in this process; print its time, CPU time, bytes of memory and a sum as JSON."""
    import safetensors.numpy  # noqa: F401

    from spoofjax.models.encoders import network  # noqa: F401
    from spoofjax.tensors import reading  # noqa: F401

    jax.block_until_ready(jax.numpy.zeros(1))  # starts the devices
    before, began, worked = peak(), time.perf_counter(), time.process_time()
    total = READERS[name](path)
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    print(json.dumps([seconds, work, peak() - before, total]))


def read_elsewhere(name: str, path: Path) -> tuple[float, float, int, float]:
    """Return what `read_here` prints in a new process."""
    command = [sys.executable, "-m", "bench.weights", "--reader", name, "--file", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, work, memory, total = json.loads(done.stdout)
    return seconds, work, memory, total


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two layers, one round")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the file is written (default: /tmp)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reader:
        read_here(options.reader, options.file)
        return
    layers, repeats = (2, 1) if options.quick else (LAYERS, options.repeats)
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = Path(folder, "model.safetensors")
        size = write_random(path, layers)
        results = {name: [read_elsewhere(name, path) for _ in range(repeats)] for name in READERS}
    totals = {total for rounds in results.values() for *_, total in rounds if total == total}
    if len(totals) != 1:
        raise SystemExit(f"The readers disagree: {totals}")
    print(f"{size / 1e9:.2f} GB of weights: seconds, seconds of the processor, peak memory / file")
    rows = []
    for name, rounds in results.items():
        row = summarise(name, [seconds for seconds, *_ in rounds], "wall")
        row.notes["processor"] = statistics.median(work for _, work, _, _ in rounds)
        row.notes["memory"] = max(memory for _, _, memory, _ in rounds) / size
        rows.append(row)
        print(f"{name:28}{row.median:8.2f}{row.notes['processor']:8.2f}{row.notes['memory']:8.2f}")
    if options.json:
        write_json(options.json, "weights", rows, packages=("safetensors", "ml_dtypes"), bytes=size)


if __name__ == "__main__":
    main()
