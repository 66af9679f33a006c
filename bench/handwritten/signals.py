"""Features, augmentation and FLAC decoding, against numpy, scipy and soundfile."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from bench.corpus import RATE, utterance
from bench.features import clips as speech_like
from bench.features import ready_peers
from bench.handwritten.piece import Piece
from bench.peers import augmentation_peers as plain
from spoofjax.audio.augmentation import ChannelVariation, RawBoost
from spoofjax.audio.cropping import crop_start
from spoofjax.audio.reading import read_clip
from spoofjax.audio.seeds import draw_seeds
from spoofjax.features import LFCC

SAMPLES = 64_600


def signal_pieces(clips: int) -> Iterator[Piece]:
    """Yield the pieces that work on `clips` clips of 64,600 samples, on one thread."""
    batch, seeds = speech_like(clips), draw_seeds(0, np.arange(clips))
    yield features(batch)
    yield Piece(
        f"RawBoost of {clips} clips",
        lambda: RawBoost()(batch, seeds, RATE, threads=1),
        {
            "scipy, lfilter": lambda: plain.rawboost(RawBoost(), batch, seeds, RATE),
            "scipy, FFT": lambda: plain.rawboost(RawBoost(), batch, seeds, RATE, by_fft=True),
        },
        tolerance=1e-3,
        repeats=5,
    )
    yield Piece(
        f"channel variation of {clips} clips",
        lambda: ChannelVariation()(batch, seeds, RATE, threads=1),
        {"scipy, FFT": lambda: plain.channel(ChannelVariation(), batch, seeds, RATE)},
        tolerance=1e-3,
    )
    with tempfile.TemporaryDirectory() as folder:
        yield flac(Path(folder), clips)


def features(batch: np.ndarray) -> Piece:
    """Compare LFCC-60 with every installed library of the same definition."""
    out = np.empty((len(batch), LFCC().frames(SAMPLES), LFCC().coefficients), np.float32)

    def ours() -> np.ndarray:
        return LFCC()(batch, out=out, threads=1)

    libraries = {
        name: lambda run=run: [run(clip) for clip in batch]
        for name, (_, run) in ready_peers(batch[0], group="lfcc").items()
    }
    return Piece(f"LFCC-60 of {len(batch)} clips", ours, libraries, tolerance=1e-3)


def flac(folder: Path, count: int) -> Piece:
    """Compare the reading of clips from the middle of FLAC files of eight seconds."""
    paths = [folder / f"{number}.flac" for number in range(count)]
    for number, path in enumerate(paths):
        soundfile.write(path, utterance(number, (8, 8), spoof=False), RATE)
    length, seed = 8 * RATE, 1
    start = crop_start(length, SAMPLES, seed)

    def by_soundfile() -> list[np.ndarray]:
        clips = []
        for path in paths:
            with soundfile.SoundFile(path) as file:
                file.seek(start)
                clips.append(file.read(SAMPLES, dtype="float32"))
        return clips

    return Piece(
        f"{count} clips from FLAC files",
        lambda: [read_clip(path, RATE, SAMPLES, seed).samples for path in paths],
        {"soundfile": by_soundfile},
        tolerance=0.0,
    )
