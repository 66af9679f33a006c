"""How fast is augmentation? Our kernels beside the same work in numpy and scipy, in one run.

    python -m bench.augmentation [--quick] [--clips 16] [--repeats 9] [--json FILE]

Clips have 64,600 samples; figures are CPU time per clip on one thread. The plain versions work clip
by clip in double precision and draw the same random numbers, so that the results can be compared;
the table shows the largest difference. RawBoost is algorithm 4 with its published parameters:
'lfilter' filters as the published code does, 'FFT' by overlap-add. The other rows have no peer.
Attacks copy clips of 1.5 s, the clips of training in most configurations.
Noise and measured rooms come from small folders that are made for this in the layouts of MUSAN and
OpenSLR 28; their files are in memory when the clock starts. Transmission draws among the bit
rates of a codec; codecs that are not installed are left out.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")
if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402
import soundfile  # noqa: E402

from bench.features import SAMPLES, clips  # noqa: E402
from bench.peers import augmentation_peers as plain  # noqa: E402
from bench.timing import Row, interleave, print_table, write_json  # noqa: E402
from spoofjax.audio.augmentation import (  # noqa: E402
    G711,
    BandLimit,
    ChannelVariation,
    Noise,
    NoiseAt,
    PacketLoss,
    RawBoost,
    Resampling,
    RoomResponse,
    Transmission,
)
from spoofjax.audio.codecs.table import CODECS  # noqa: E402
from spoofjax.audio.seeds import draw_seeds  # noqa: E402
from spoofjax.config import Attack, Augmentation  # noqa: E402
from spoofjax.features import LFCC, available_simd_levels, simd_level  # noqa: E402
from spoofjax.features.masking import Masking  # noqa: E402
from spoofjax.synthesis import GriffinLim, World  # noqa: E402
from spoofjax.synthesis.choosing import ATTACKS  # noqa: E402

RATE = 16_000
COPIED = 24_000
"""Samples of a clip that an attack copies."""
PEERS: dict[str, tuple[Augmentation, Callable[..., np.ndarray]]] = {
    "scipy RawBoost, lfilter": (RawBoost(), plain.rawboost),
    "scipy RawBoost, FFT": (RawBoost(), lambda *a: plain.rawboost(*a, by_fft=True)),
    "scipy ChannelVariation, FFT": (ChannelVariation(), plain.channel),
}


def our_call(
    part: Augmentation, batch: np.ndarray, seeds: np.ndarray, level: str | None = None
) -> Callable[[], Any]:
    """Return a call on one thread, at a SIMD level (default: the best)."""

    def call() -> np.ndarray:
        return part(batch, seeds, RATE, threads=1)

    def call_lower() -> None:
        usual = os.environ.get("SPOOFJAX_SIMD", "")
        os.environ["SPOOFJAX_SIMD"] = level or usual
        call()
        os.environ["SPOOFJAX_SIMD"] = usual

    return call if level is None else call_lower


def write_collections(root: Path) -> None:
    """Write recordings of noise and impulse responses in the published layouts below `root`."""
    rng = np.random.default_rng(0)
    sounds = {f"musan/{kind}/made/{n}.wav": 10 * RATE for kind in Noise.kinds for n in range(4)}
    sounds |= {f"RIRS_NOISES/simulated_rirs/smallroom/Room001/{n}.wav": RATE // 2 for n in range(4)}
    for name, samples in sounds.items():
        sound = 0.1 * rng.normal(size=samples) * np.geomspace(1, 0.01, samples)
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(root / name, sound, RATE)


def measure(count: int, repeats: int, root: Path) -> list[Row]:
    """Return the rows of ours and of the peers, in seconds per call of `count` clips.

    `root` is a folder for files that are made.
    """
    batch, seeds = clips(count), draw_seeds(0, np.arange(count))
    features = LFCC()(batch)
    calls: dict[str, Callable[[], Any]] = {}
    for part in (RawBoost(), ChannelVariation()):
        name = f"spoofjax {type(part).__name__}"
        calls[name] = our_call(part, batch, seeds)
        for level in reversed(available_simd_levels()):
            if level != simd_level():
                calls[f"{name}, {level}"] = our_call(part, batch, seeds, level)
    for name, (part, peer) in PEERS.items():
        calls[name] = lambda part=part, peer=peer: peer(part, batch, seeds, RATE)
    others = (NoiseAt(), RoomResponse(), BandLimit(), PacketLoss(), Resampling())
    for part in (*others, G711(), G711(resample=False)):
        quantised = ", quantisation alone" if part == G711(resample=False) else ""
        calls[f"spoofjax {type(part).__name__}{quantised}"] = our_call(part, batch, seeds)
    write_collections(root)
    for kind in Noise.kinds:
        noise = Noise(root / "musan", kinds=(kind,))
        calls[f"spoofjax Noise, {kind}"] = our_call(noise, batch, seeds)
    rooms = RoomResponse(root / "RIRS_NOISES")
    calls["spoofjax RoomResponse, measured, 0.5 s"] = our_call(rooms, batch, seeds)
    for name, codec in CODECS.items():
        if not codec.missing():
            coded = Transmission(codecs=(name,))
            calls[f"spoofjax Transmission, {name}"] = our_call(coded, batch, seeds)
    calls["spoofjax Masking of LFCC-60"] = lambda: Masking()(features, seeds)
    rows = interleave(calls, repeats, "cpu")
    for row in rows:
        if row.name in PEERS:
            part, peer = PEERS[row.name]
            difference = np.abs(peer(part, batch, seeds, RATE) - part(batch, seeds, RATE)).max()
            row.notes["difference"] = f"differs by {difference:.1e}"
    return rows


def measure_attacks(count: int, repeats: int) -> list[Row]:
    """Return a row for each attack, in seconds per call of `count` clips of 1.5 s."""
    batch = [clip[:COPIED] for clip in clips(count)]

    def copies(attack: Attack) -> Callable[[], Any]:
        return lambda: [attack(clip, np.random.default_rng(n)) for n, clip in enumerate(batch)]

    short = {
        "griffin_lim, 4 iterations": GriffinLim(iterations=4),
        "griffin_lim_mel, 4 iterations": GriffinLim(scale="mel", iterations=4),
    }
    attacks = {**ATTACKS, **short}
    if find_spec("pyworld") is None:
        attacks = {name: one for name, one in attacks.items() if not isinstance(one, World)}
    return interleave({name: copies(attack) for name, attack in attacks.items()}, repeats, "cpu")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="4 clips, 3 rounds")
    parser.add_argument("--clips", type=int, default=16, help="clips per call")
    parser.add_argument("--repeats", type=int, default=9, help="rounds")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    count, repeats = (4, 3) if options.quick else (options.clips, options.repeats)
    print(f"kernel: {simd_level()}, {count} clips of {SAMPLES} samples, {repeats} rounds\n")
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(count, repeats, Path(folder))
    for name in ("RawBoost", "ChannelVariation"):
        group = [row for row in rows if name in row.name]
        print_table(f"{name}, CPU time per clip", group, per=count, reference=f"spoofjax {name}")
        print()
    others = [row for row in rows if "RawBoost" not in row.name and "Channel" not in row.name]
    print_table("others, CPU time per clip", others, per=count)
    attacks = measure_attacks(count, repeats)
    print()
    print_table("attacks, CPU time per clip of 1.5 s", attacks, per=count, unit="ms")
    if options.json:
        write_json(
            options.json, "augmentation", [*rows, *attacks],
            packages=("scipy", "soxr"), clips=count, samples=SAMPLES, kernel=simd_level(),
        )  # fmt: skip


if __name__ == "__main__":
    main()
