"""How long do neural codecs and vocoders take for a second of speech? Full sizes, random weights.

    python -m bench.codecs [--only NAME ...] [--seconds 4] [--batch 1] [--repeats 3] [--json FILE]

The real-time factor is time divided by the duration of all clips of a batch: CPU time of all
threads on a CPU, which other work on the machine does not change much, and elapsed time on an
accelerator. Compilation does not count; the first call is shown beside it. Codecs make a round trip
with all their quantisers, and vocoders a copy by way of the log-mel spectrum.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import jax

from bench.timing import Row, interleave, print_table, write_json
from spoofjax.vocoders.architecture import Architecture, CodecArchitecture, VocoderArchitecture
from spoofjax.vocoders.codec import Codec
from spoofjax.vocoders.dac import DAC
from spoofjax.vocoders.encodec import EnCodec
from spoofjax.vocoders.hifi_gan import HiFiGAN
from spoofjax.vocoders.mimi import Mimi
from spoofjax.vocoders.univnet import UnivNet
from spoofjax.vocoders.vocoder import Vocoder

MODELS: dict[str, Architecture] = {
    "EnCodec 24 kHz": EnCodec(),
    "DAC 16 kHz": DAC(n_codebooks=12),
    "Mimi 24 kHz": Mimi(),
    "HiFi-GAN 16 kHz": HiFiGAN(),
    "UnivNet 24 kHz": UnivNet(),
}


def random_weights(architecture: Architecture) -> dict[str, jax.Array]:
    """Return weights of the published shapes; biases are small, and all scales are positive."""
    random = np.random.default_rng(0)
    weights = {}
    for name, shape in architecture.shapes().items():
        if name.endswith(("alpha", "scale", "cluster_usage")):
            value = random.uniform(0.5, 1.5, shape)
        else:
            value = random.normal(size=shape) / math.sqrt(max(1, math.prod(shape[1:])))
        weights[name] = jax.device_put(value.astype(np.float32))
    return weights


def task_of(architecture: Architecture, batch: int, seconds: float) -> Callable[[], np.ndarray]:
    """Return a function that passes clips of noise through a model."""
    random = np.random.default_rng(1)
    shape = batch, int(seconds * architecture.sampling_rate)
    clips = (0.1 * random.normal(size=shape)).astype(np.float32)
    weights = random_weights(architecture)
    if isinstance(architecture, CodecArchitecture):
        codec = Codec(architecture, weights)
        return lambda: codec.round_trip(clips)
    assert isinstance(architecture, VocoderArchitecture)
    vocoder = Vocoder(architecture, weights)
    return lambda: vocoder.copy(clips)


def measure(name: str, options: argparse.Namespace) -> Row:
    """Return the row of one model."""
    task = task_of(MODELS[name], options.batch, options.seconds)
    is_on_cpu = jax.default_backend() == "cpu"
    now = time.process_time if is_on_cpu else time.perf_counter
    begin = now()
    task()
    first = now() - begin
    (row,) = interleave({name: task}, options.repeats, "cpu" if is_on_cpu else "wall", warm_up=0)
    elements = sum(map(math.prod, MODELS[name].shapes().values()))
    row.notes = {
        "real-time factor": f"{row.median / (options.batch * options.seconds):.3f} x real time",
        "first call": f"first call {first:.1f} s",
        "parameters": f"{elements / 1e6:.1f} M",
    }
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--seconds", type=float, default=4.0, help="of a clip")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [measure(name, options) for name in options.only]
    title = f"{options.batch} clips of {options.seconds:g} s on {jax.default_backend()}"
    print_table(title, rows, per=1, unit="s", reference=rows[0].name)
    if options.json:
        write_json(options.json, "codecs", rows, packages=("jax", "jaxlib"))


if __name__ == "__main__":
    main()
