"""How fast are the features? Our kernel beside other libraries, interleaved in one run.

    python -m bench.features [--quick] [--clips 32] [--repeats 15] [--json FILE] [--only TEXT]

The timed LFCC-60: clips of 64,600 samples, 320-sample Hamming window, hop 160, FFT 512, no
centring, 402 frames, 20 linear filters 0-8 kHz, natural log, orthonormal DCT-II, delta and
delta-delta. Peers of the groups 'lfcc' and 'kaldi' compute the same numbers as ours, and the table
shows their largest difference. 'fft' is the transforms alone, of frames that are windowed and
padded beforehand; 'other' has another definition. Peers are called clip by clip, which keeps their
arrays in the cache; 'one call' gives them the whole batch, as a data loader would. Figures on one
thread are CPU time; those on two are elapsed time and need an idle machine. Peers that are not
installed are named and left out.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

for _variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # the threads are ours, not those of the libraries
if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import numpy as np  # noqa: E402

from bench.peers.features_peers import PEERS, Peer  # noqa: E402
from bench.timing import Row, interleave, print_table, write_json  # noqa: E402
from spoofjax.features import (  # noqa: E402
    LFCC,
    LogLinear,
    LogMel,
    available_simd_levels,
    simd_level,
)
from spoofjax.features.framed import Framed  # noqa: E402

SAMPLES = 64_600
OURS = "spoofjax LFCC-60"
PACKAGES = (
    "scipy", "ducc0", "torch", "torchaudio", "mkl_fft", "librosa", "kaldi-native-fbank", "jax",
)  # fmt: skip


def clips(count: int) -> np.ndarray:
    """Return float32 (count, 64600): noise with the slope and the pauses of speech."""
    rng = np.random.default_rng(0)
    spectrum = np.fft.rfft(rng.normal(size=(count, SAMPLES)))
    spectrum /= 1 + np.arange(spectrum.shape[1]) / 2_000
    envelope = 0.02 + np.abs(np.sin(np.linspace(0, 12, SAMPLES)))
    waves = np.fft.irfft(spectrum, SAMPLES) * envelope
    return (0.5 * waves / np.abs(waves).max()).astype(np.float32)


def our_call(
    front_end: Framed, batch: np.ndarray, threads: int, level: str | None = None
) -> Callable[[], Any]:
    """Return a call that fills the same output each time, at a SIMD level (default: the best)."""
    out = np.empty((len(batch), front_end.frames(SAMPLES), front_end.coefficients), np.float32)

    def call() -> None:
        front_end(batch, out=out, threads=threads)

    def call_lower() -> None:
        usual = os.environ.get("SPOOFJAX_SIMD", "")
        os.environ["SPOOFJAX_SIMD"] = level or usual
        call()
        os.environ["SPOOFJAX_SIMD"] = usual

    return call if level is None else call_lower


def our_calls(batch: np.ndarray) -> dict[str, Callable[[], Any]]:
    """Return our own calls on one thread, by name; the first is the reference of the table."""
    levels = available_simd_levels()
    short = (batch * 32_767).astype(np.int16)
    calls = {OURS: our_call(LFCC(), batch, 1), f"{OURS}, int16": our_call(LFCC(), short, 1)}
    for level in reversed(levels):
        if level != simd_level():
            calls[f"{OURS}, {level}"] = our_call(LFCC(), batch, 1, level)
    calls["spoofjax LFCC-60 of 2021, FFT 1024"] = our_call(LFCC.asvspoof2021(), batch, 1)
    calls["spoofjax log-mel-80"] = our_call(LogMel(), batch, 1)
    calls["spoofjax log-linear-80"] = our_call(LogLinear(), batch, 1)
    calls["spoofjax Kaldi fbank-80"] = our_call(LogMel.kaldi(), batch, 1)
    return calls


def difference(peer: Peer, run: Callable[[np.ndarray], Any], clip: np.ndarray) -> float | None:
    """Return the largest difference between a peer's features and ours of the same definition."""
    ours = {"lfcc": LFCC(), "kaldi": LogMel.kaldi()}.get(peer.group)
    return None if ours is None else float(np.abs(np.asarray(run(clip)) - ours(clip)).max())


def ready_peers(
    clip: np.ndarray, only: str = "", group: str | None = None
) -> dict[str, tuple[Peer, Callable[[np.ndarray], Any]]]:
    """Build the peers that are installed, all or those of a group; say which are not."""
    ready = {}
    for peer in PEERS:
        if only not in peer.name or group not in (None, peer.group):
            continue
        try:
            ready[peer.name] = peer, peer.build(clip)
        except (ImportError, OSError) as error:
            print(f"left out: {peer.name} ({str(error).splitlines()[0]})", file=sys.stderr)
    return ready


def one_thread(batch: np.ndarray, repeats: int, only: str) -> list[Row]:
    """Time ours and the peers on one thread, in CPU time."""
    peers = ready_peers(batch[0], only)
    calls = our_calls(batch)
    for name, (peer, run) in peers.items():
        calls[name] = lambda run=run: [run(clip) for clip in batch]
        if peer.batches:
            calls[f"{name}, one call"] = lambda run=run: run(batch)
    rows = interleave(calls, repeats, "cpu")
    for row in rows:
        if row.name in peers:
            peer, run = peers[row.name]
            row.notes["group"] = peer.group
            largest = difference(peer, run, batch[0])
            if largest is not None:
                row.notes["difference"] = f"differs by {largest:.1e}"
    return rows


def two_threads(batch: np.ndarray, repeats: int, only: str) -> list[Row]:
    """Time our pool, and the peers with whole clips on each thread, in elapsed time."""
    calls = {
        f"{OURS}, 1 thread": our_call(LFCC(), batch, 1),
        f"{OURS}, 2 threads": our_call(LFCC(), batch, 2),
    }
    with ThreadPoolExecutor(2) as pool:
        for name, (peer, run) in ready_peers(batch[0], only).items():
            if peer.group == "lfcc":
                calls[f"{name}, 2 threads"] = lambda run=run: list(pool.map(run, batch))
        return interleave(calls, repeats, "wall")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="8 clips, 5 rounds")
    parser.add_argument("--clips", type=int, default=32, help="clips per call")
    parser.add_argument("--repeats", type=int, default=15, help="rounds")
    parser.add_argument("--only", default="", help="only peers whose name contains this")
    parser.add_argument("--json", type=Path, help="write the figures here")
    options = parser.parse_args()
    count, repeats = (8, 5) if options.quick else (options.clips, options.repeats)
    batch = clips(count)
    print(f"kernel: {simd_level()}, {count} clips of {SAMPLES} samples, {repeats} rounds\n")
    alone = one_thread(batch, repeats, options.only)
    print_table("one thread, CPU time per clip", alone, per=count, reference=OURS)
    print()
    together = two_threads(batch, repeats, options.only)
    print_table("elapsed time per clip", together, per=count, reference=f"{OURS}, 2 threads")
    if options.json:
        write_json(
            options.json, "features", alone + together,
            packages=PACKAGES, clips=count, samples=SAMPLES, kernel=simd_level(),
        )  # fmt: skip


if __name__ == "__main__":
    main()
