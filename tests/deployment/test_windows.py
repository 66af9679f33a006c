"""A recording is cut into overlapping windows that hold every sample of it."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.audio.blocks import Block, open_recording
from spoofjax.audio.reading import read
from spoofjax.deployment.windows import Windows
from spoofjax.errors import AudioError


def windows_of(samples: np.ndarray, sizes: list[int], size: int, hop: int) -> list:
    """Return the windows of samples that arrive in blocks of these sizes."""
    parts = np.split(samples, np.cumsum(sizes))
    blocks = [Block(part, np.square(part).sum(keepdims=True), len(part)) for part in parts]
    return list(Windows(blocks, 16_000, 16_000, size, hop))


@given(
    length=st.integers(1, 200),
    sizes=st.lists(st.integers(0, 40), max_size=8),
    size=st.integers(1, 50),
    share=st.floats(0.01, 1),
)
def test_windows_are_parts_of_the_recording_and_cover_it(length, sizes, size, share):
    samples = np.arange(length, dtype=np.float32)
    hop = max(int(share * size), 1)
    windows = windows_of(samples, sizes, size, hop)
    for window in windows:
        np.testing.assert_array_equal(
            window.samples, samples[window.start : window.start + len(window.samples)]
        )
    starts = [window.start for window in windows]
    assert starts[:-1] == [hop * n for n in range(len(windows) - 1)]
    assert all(len(window.samples) == min(size, length) for window in windows)
    assert windows[-1].start + len(windows[-1].samples) == length
    assert all(later - earlier <= hop for earlier, later in itertools.pairwise(starts))


def test_a_window_knows_its_loudest_channel():
    blocks = [
        Block(np.zeros(100, np.float32), np.array([4.0, 1.0]), 100),
        Block(np.zeros(100, np.float32), np.array([0.0, 9.0]), 100),
    ]
    first, second = Windows(blocks, 100, 100, size=100, hop=100)
    assert first.origin.loudest == pytest.approx(0.2)
    assert second.origin.loudest == pytest.approx(0.3)
    assert second.origin.channels == 2
    assert (first.origin.seconds, second.origin.seconds) == (1, 2)


@pytest.mark.parametrize(
    ("name", "rate", "channels", "subtype"),
    [
        ("a.flac", 16_000, 1, "PCM_16"),
        ("a.flac", 16_000, 2, "PCM_24"),
        ("a.wav", 16_000, 2, "FLOAT"),
        ("a.wav", 44_100, 1, "PCM_16"),
        ("a.wav", 8_000, 2, "PCM_16"),
        ("a.mp3", 44_100, 2, "MPEG_LAYER_III"),
        ("a.ogg", 16_000, 1, "VORBIS"),
    ],
)
def test_the_blocks_of_a_file_are_its_samples(tmp_path, name, rate, channels, subtype):
    random = np.random.default_rng(0)
    samples = 0.1 * random.standard_normal((2 * rate + 77, channels))
    soundfile.write(tmp_path / name, samples, rate, subtype=subtype)
    with open_recording(tmp_path / name) as recording:
        blocks = list(recording)
    whole = read(tmp_path / name)
    np.testing.assert_allclose(
        np.concatenate([block.samples for block in blocks]), whole, atol=1e-6
    )
    assert sum(block.frames for block in blocks) == pytest.approx(len(samples), abs=2_000)
    assert {block.energy.shape for block in blocks} == {(channels,)}


def test_compressed_files_are_not_held_in_memory(tmp_path):
    minute = 0.1 * np.random.default_rng(0).standard_normal(60 * 16_000)
    soundfile.write(tmp_path / "long.mp3", minute, 16_000)
    tracemalloc.start()
    with open_recording(tmp_path / "long.mp3") as recording:
        samples = sum(len(block.samples) for block in recording)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert samples == pytest.approx(len(minute), abs=2_000)
    assert peak < 4 * len(minute) / 4  # a quarter of its samples as float32


def test_a_truncated_compressed_file_is_told_when_it_ends(tmp_path):
    samples = 0.1 * np.random.default_rng(0).standard_normal(32_000)
    soundfile.write(tmp_path / "a.mp3", samples, 16_000)
    data = (tmp_path / "a.mp3").read_bytes()
    (tmp_path / "a.mp3").write_bytes(data[: len(data) // 2])
    with open_recording(tmp_path / "a.mp3") as recording:
        with pytest.raises(AudioError, match="truncated"):
            list(recording)
