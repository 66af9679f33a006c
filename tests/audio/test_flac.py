"""The FLAC decoder in C gives libsndfile's samples, or None for files left to libsndfile."""

import numpy as np
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spoofjax.audio import _flac
from spoofjax.audio.cropping import crop_start
from spoofjax.audio.reading import read, read_clip
from spoofjax.audio.seeds import CROP, uniform
from spoofjax.errors import AudioError


def signal(kind: str, samples: int, seed: int = 0) -> np.ndarray:
    """Int16 (samples,): kinds that make an encoder choose each form of subframe."""
    rng = np.random.default_rng(seed)
    wave = {
        "silence": lambda: np.zeros(samples),
        "white noise": lambda: rng.integers(-32768, 32768, samples),
        "low bits unused": lambda: rng.integers(-100, 100, samples) * 16,
        "tone": lambda: 12_000 * np.sin(np.arange(samples) / 20),
        "random walk": lambda: np.clip(np.cumsum(rng.normal(size=samples) * 50), -3e4, 3e4),
        "clicks": lambda: np.where(np.arange(samples) % 997, rng.integers(-3, 3, samples), 32767),
    }[kind]()
    return wave.astype(np.int16)


KINDS = ("silence", "white noise", "low bits unused", "tone", "random walk", "clicks")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("samples", [1, 15, 16, 4095, 4096, 4097, 50_000])
def test_every_sample_is_that_of_libsndfile(tmp_path, kind, samples):
    path = tmp_path / "x.flac"
    sf.write(path, signal(kind, samples), 16_000)
    decoded, rate = _flac.whole(path)
    assert rate == 16_000
    assert np.array_equal(decoded, sf.read(path, dtype="int16")[0])


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(KINDS), st.integers(1, 60_000), st.integers(1, 70_000), st.integers(0, 2**63)
)
def test_a_clip_is_that_part_of_the_whole(tmp_path, kind, samples, wanted, seed):
    path = tmp_path / "x.flac"
    wave = signal(kind, samples)
    sf.write(path, wave, 16_000)
    start = crop_start(samples, wanted, seed)
    for dtype, scale in ((np.int16, 1), (np.float32, 32768)):
        out = np.empty(wanted, dtype)
        length, count = _flac.clip(path, 16_000, uniform(seed, CROP), out)
        assert (length, count) == (samples, min(wanted, samples))
        assert np.array_equal(out[:count] * scale, wave[start : start + count])


def test_other_files_are_left_to_another_decoder(tmp_path):
    rng = np.random.default_rng(0)
    out = np.empty(100, np.float32)
    stereo, deep, wave, other = (
        tmp_path / name for name in ("s.flac", "d.flac", "w.wav", "o.flac")
    )
    sf.write(stereo, rng.normal(size=(500, 2)) / 9, 16_000)
    sf.write(deep, rng.normal(size=500) / 9, 16_000, subtype="PCM_24")
    sf.write(wave, rng.normal(size=500) / 9, 16_000)
    sf.write(other, rng.normal(size=500) / 9, 8_000)
    for path in (stereo, deep, wave, other, tmp_path / "absent.flac", tmp_path):
        assert _flac.clip(path, 16_000, -1.0, out) is None
    assert len(read_clip(stereo, 16_000, 100).samples) == 100
    assert read_clip(other, 16_000, 100).length == 1000


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_damaged_frame_is_noticed(tmp_path, data):
    path = tmp_path / "x.flac"
    wave = signal("random walk", 20_000)
    sf.write(path, wave, 16_000)
    good = path.read_bytes()
    first = good.index(b"\xff\xf8")
    at = data.draw(st.integers(first, len(good) - 1))
    bad = bytearray(good)
    bad[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bad)
    assert _flac.whole(path) is None


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_a_truncated_file_is_an_error_of_reading(tmp_path, share):
    path = tmp_path / "x.flac"
    sf.write(path, signal("random walk", 40_000), 16_000)
    good = path.read_bytes()
    path.write_bytes(good[: int(len(good) * share)])
    assert _flac.whole(path) is None
    with pytest.raises(AudioError, match="damaged"):
        read(path, 16_000)
    with pytest.raises(AudioError, match="damaged"):
        read_clip(path, 16_000, 40_000)
