"""Front ends: their features, the input that they accept, and the input that they refuse."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import features

from spoofjax.errors import AudioError, ConfigError
from spoofjax.features import (
    LFCC,
    LogLinear,
    LogMel,
    LogSpectrogram,
    Waveform,
    available_simd_levels,
    simd_level,
)
from spoofjax.features.framed import Framed
from spoofjax.features.windows import WINDOWS

PRESETS = {
    "lfcc-60": LFCC(),
    "lfcc of the 2019 models": LFCC.nii2019(),
    "lfcc of the 2021 baseline": LFCC.asvspoof2021(),
    "lfcc of the 2021 GMM": LFCC.gmm2021(),
    "log-linear": LogLinear(),
    "log-mel of htk": LogMel(),
    "log-mel of slaney": LogMel(mel="slaney", center=True, window="hann"),
    "kaldi fbank": LogMel.kaldi(),
    "spectrogram in dB": LogSpectrogram(log="db"),
}


@pytest.fixture(params=available_simd_levels())
def level(request, monkeypatch) -> str:
    monkeypatch.setenv("SPOOFJAX_SIMD", request.param)
    return request.param


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return (0.1 * np.random.default_rng(seed).normal(size=shape)).astype(np.float32)


# The numbers.


@pytest.mark.parametrize("name", PRESETS)
def test_presets_give_their_definition(level, name):
    front_end = PRESETS[name]
    clip = noise(16_123)
    np.testing.assert_allclose(front_end(clip), features(front_end, clip), atol=5e-4)


@pytest.mark.parametrize("fft", [256, 512, 1024, 2048])
@pytest.mark.parametrize("share", [0.1, 0.625, 1.0])
def test_the_spectrum_is_that_of_every_fft_size(level, fft, share):
    front_end = LogSpectrogram(fft=fft, frame_length=int(fft * share), hop=77, log="none")
    clip = noise(6_000)
    expected = features(front_end, clip)
    np.testing.assert_allclose(front_end(clip), expected, atol=1e-6 * expected.max())


def front_ends() -> st.SearchStrategy[Framed]:
    """Front ends of odd sizes with every option."""

    def build(draw_kind, fft, share, hop, filters, cepstra, options):
        sizes = dict(fft=fft, frame_length=max(1, int(share * fft)), hop=min(hop, fft))
        if draw_kind is LFCC:
            filters = max(filters, 2)
            sizes |= dict(filters=filters, cepstra=min(cepstra, filters), energy=hop % 2 == 0)
        elif draw_kind is not LogSpectrogram:
            sizes |= dict(filters=filters)
        return draw_kind(**sizes, **options)

    options = st.fixed_dictionaries(
        dict(
            window=st.sampled_from(WINDOWS),
            periodic=st.booleans(),
            center=st.booleans(),
            pre_emphasis=st.sampled_from([0.0, 0.97]),
            pre_emphasis_over=st.sampled_from(["waveform", "frame"]),
            remove_dc=st.booleans(),
            spectrum=st.sampled_from(["power", "magnitude"]),
            log=st.sampled_from(["natural", "log10", "db"]),
            eps=st.just(1e-2),
            deltas=st.integers(0, 2),
            delta_width=st.integers(0, 4),
            normalize=st.sampled_from(["none", "mean"]),
        )
    )
    return st.builds(
        build,
        st.sampled_from([LFCC, LogLinear, LogMel, LogSpectrogram]),
        st.sampled_from([256, 512, 1024]),
        st.floats(0.01, 1.0),
        st.integers(20, 600),
        st.integers(1, 40),
        st.integers(1, 40),
        options,
    )


@settings(max_examples=100, deadline=None)
@given(front_end=front_ends(), samples=st.integers(0, 5_000), seed=st.integers(0, 99))
def test_any_options_and_any_length_give_the_definition(front_end, samples, seed):
    clip = noise(samples, seed=seed)
    expected = features(front_end, clip)
    actual = front_end(clip)
    assert actual.shape == expected.shape == (front_end.frames(samples), front_end.coefficients)
    np.testing.assert_allclose(actual, expected, atol=2e-3)


def test_a_custom_filter_bank_replaces_the_triangles():
    matrix = np.zeros((2, 257))
    matrix[0, 10:20], matrix[1, 250:] = 1.0, 0.5
    front_end = LogLinear(filters=2, matrix=tuple(map(tuple, matrix)))
    assert front_end == LogLinear(filters=2, matrix=matrix.tolist())
    clip = noise(2_000)
    np.testing.assert_allclose(front_end(clip), features(front_end, clip), atol=1e-4)


def test_a_bin_may_lie_in_any_number_of_filters(level):
    rng = np.random.default_rng(0)
    matrix = rng.random((7, 257)) * (rng.random((7, 257)) < 0.6)
    matrix[3] = 0.0
    matrix[4] = matrix[5]
    front_end = LogLinear(filters=7, matrix=matrix.tolist())
    clip = noise(4_000)
    np.testing.assert_allclose(front_end(clip), features(front_end, clip), atol=1e-4)


def test_a_filter_of_one_bin_gives_that_bin(level):
    """To the last bit, whether or not the next filter begins beside it."""
    matrix = np.zeros((4, 257))
    matrix[[0, 1, 2, 3], [9, 40, 41, 200]] = 1.0
    one_bin = LogLinear(filters=4, matrix=matrix.tolist(), log="none")
    whole = LogSpectrogram(log="none")
    clip = noise(4_000)
    np.testing.assert_array_equal(one_bin(clip), whole(clip)[:, [9, 40, 41, 200]])


@pytest.mark.parametrize(
    ("front_end", "tolerance"),
    [(LFCC(), 5e-4), (LogMel(), 1e-3), (LogLinear(), 1e-3)],
    ids=["lfcc", "log-mel", "log-linear"],
)
def test_real_speech_is_as_accurate_as_promised(shared, level, front_end, tolerance):
    files = sorted((shared / "mini5" / "flac_D").glob("*.flac"))[:40]
    assert files
    worst = 0.0
    for file in files:
        samples, _ = soundfile.read(file, dtype="int16")
        worst = max(worst, np.abs(front_end(samples) - features(front_end, samples)).max())
    assert worst < tolerance


# Batches, lengths, layouts.


def test_a_batch_gives_what_its_clips_give(level):
    clips = noise(5, 9_000)
    together = LFCC()(clips)
    assert together.dtype == np.float32
    for clip, alone in zip(clips, together, strict=True):
        np.testing.assert_array_equal(LFCC()(clip), alone)


@pytest.mark.parametrize("threads", [1, 2, 3, 7, None])
def test_bits_do_not_depend_on_threads(level, threads):
    clips = noise(9, 7_000)
    np.testing.assert_array_equal(LFCC()(clips, threads=threads), LFCC()(clips, threads=1))


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("normalize", ["none", "mean_variance"])
def test_a_padded_clip_gives_the_frames_of_the_unpadded_one(level, name, normalize):
    front_end = PRESETS[name].replace(normalize=normalize)
    lengths = np.array([0, 1, 319, 480, 2_345, 6_000])
    padded = noise(len(lengths), 6_000)
    for clip, length in zip(padded, lengths, strict=True):
        clip[length:] = np.nan  # whatever lies there must not matter
    batch = front_end(padded, lengths)
    assert batch.shape == (6, front_end.frames(6_000), front_end.coefficients)
    for clip, length, rows in zip(padded, lengths, batch, strict=True):
        own = front_end.frames(length)
        np.testing.assert_array_equal(rows[:own], front_end(clip[:length]))
        assert not rows[own:].any()


def test_int16_is_float32_times_32768(level):
    clip = (noise(5_000) * 20_000).astype(np.int16)
    np.testing.assert_array_equal(LFCC.nii2019()(clip), LFCC.nii2019()(clip / np.float32(32768)))


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_strided_input_gives_the_same(level, dtype):
    wide = (noise(4, 3, 6_000) * (20_000 if dtype == np.int16 else 1)).astype(dtype)
    for view in (wide[:, 1], wide[:, 0, ::2], wide[::-1, 2, ::-1], wide[:, 0, :1_000].repeat(2, 1)):
        np.testing.assert_array_equal(LFCC()(view), LFCC()(np.ascontiguousarray(view)))


def test_features_are_written_where_the_caller_says():
    clips, front_end = noise(3, 3_000), LogLinear()
    room = np.full((3, 20, 100), 7.0, np.float32)
    out = room[:, :, 10:90]
    assert front_end(clips, out=out) is out
    rows = front_end.frames(3_000)
    np.testing.assert_array_equal(out[:, :rows], front_end(clips))
    assert not out[:, rows:].any()
    assert (room[:, :, :10] == 7).all()
    assert (room[:, :, 90:] == 7).all()


@pytest.mark.parametrize("front_end", [LogLinear(), LFCC(normalize="mean"), Waveform()])
def test_fewer_rows_than_frames_are_refused(front_end):
    clips, rows = noise(2, 3_000), front_end.frames(2_000)
    out = np.empty((2, rows, front_end.coefficients), np.float32)
    with pytest.raises(AudioError, match=f"out has {rows} rows"):
        front_end(clips, out=out)
    with pytest.raises(AudioError, match=f"out has {rows} rows"):
        front_end(clips[0], out=out[0])
    # The padding of shorter clips needs no rows.
    shorter = np.array([1_000, 2_000])
    np.testing.assert_array_equal(
        front_end(clips, shorter, out=out), front_end(clips, shorter)[:, :rows]
    )


@pytest.mark.parametrize("samples", [0, 1, 319])
def test_too_short_a_clip_has_no_frames(samples):
    assert LFCC()(noise(samples)).shape == (0, 60)
    assert LFCC()(noise(2, samples)).shape == (2, 0, 60)


def test_an_empty_batch_is_no_error():
    assert LFCC()(np.zeros((0, 5_000), np.float32)).shape == (0, 30, 60)


# Samples that are not sound.


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("front_end", [LogLinear(), LogMel.kaldi(), LFCC(deltas=0)])
def test_a_broken_sample_spoils_its_own_frames_and_no_other(level, front_end, value):
    clip = noise(8_000)
    expected = front_end(clip)
    clip[3_210] = value
    actual = front_end(clip)
    starts = front_end.hop * np.arange(len(expected))
    hit = (starts <= 3_210) & (starts + front_end.frame_length > 3_210)
    assert (~np.isfinite(actual[hit])).any(axis=1).all()
    np.testing.assert_array_equal(actual[~hit], expected[~hit])


def test_a_broken_sample_spoils_a_normalised_clip_but_not_its_neighbours(level):
    clips = noise(3, 8_000)
    front_end = LFCC(normalize="mean_variance")
    expected = front_end(clips)
    clips[1, 100] = np.nan
    actual = front_end(clips)
    assert np.isnan(actual[1]).all()
    np.testing.assert_array_equal(actual[[0, 2]], expected[[0, 2]])


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("level_of_sound", [0.0, 1e-40, 1e-30])
def test_silence_is_finite(level, name, level_of_sound):
    front_end = PRESETS[name].replace(normalize="mean_variance")
    clip = np.full(4_000, level_of_sound, np.float32)
    assert np.isfinite(front_end(clip)).all()


# What is refused.


@pytest.mark.parametrize(
    ("waveforms", "words"),
    [
        (np.zeros(500), "float64.*int16, or float32"),
        (np.zeros(500, np.int32), "int32"),
        (np.zeros((2, 3, 500), np.float32), r"\(2, 3, 500\)"),
        (np.float32(0), r"shape \(\)"),
    ],
)
def test_other_arrays_are_refused_with_a_remedy(waveforms, words):
    for front_end in (LFCC(), Waveform()):
        with pytest.raises(AudioError, match=words):
            front_end(waveforms)


@pytest.mark.parametrize(
    "lengths", [[500], [500, 501], [-1, 500], [[500, 500]], [250.0, 250.0]], ids=str
)
def test_lengths_that_do_not_fit_are_refused(lengths):
    for front_end in (LFCC(), Waveform()):
        with pytest.raises(AudioError, match="length"):
            front_end(np.zeros((2, 500), np.float32), np.array(lengths))


@pytest.mark.parametrize(
    "out",
    [
        np.empty((2, 2, 60), np.float64),
        np.empty((1, 2, 60), np.float32),
        np.empty((2, 2, 59), np.float32),
        np.empty((2, 2, 120), np.float32)[:, :, ::2],
        np.broadcast_to(np.float32(0), (2, 2, 60)),
    ],
)
def test_an_output_that_does_not_fit_is_refused(out):
    with pytest.raises(AudioError, match="output must be"):
        LFCC()(np.zeros((2, 500), np.float32), out=out)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(fft=400), "fft=400"),
        (dict(frame_length=513), "frame_length=513"),
        (dict(hop=0), "hop=0"),
        (dict(window="haming"), "Did you mean hamming"),
        (dict(eps=0.0), "eps or floor"),
        (dict(eps=float("nan")), "eps"),
        (dict(gain=0.0), "gain"),
        (dict(deltas=3), "deltas=3"),
        (dict(high=9_000.0), "high=9000"),
        (dict(low=4_000.0, high=300.0), "low=4000"),
        (dict(cepstra=21), "cepstra=21"),
        (dict(filters=0), "filters=0"),
        (dict(matrix=((1.0,) * 257,)), "1 rows"),
        (dict(filters=1, cepstra=1, matrix=((1.0,) * 256,)), "257"),
    ],
)
def test_options_that_make_no_sense_are_named(options, words):
    with pytest.raises(ConfigError, match=words):
        LFCC(**options)


# Processes, threads, builds.


def test_the_build_can_be_chosen_and_a_wrong_name_is_explained(monkeypatch):
    monkeypatch.delenv("SPOOFJAX_SIMD", raising=False)
    assert simd_level() == available_simd_levels()[-1]
    monkeypatch.setenv("SPOOFJAX_SIMD", "Baseline")
    assert simd_level() == "baseline"
    monkeypatch.setenv("SPOOFJAX_SIMD", "avx1024")
    with pytest.raises(ConfigError, match="avx1024"):
        LFCC()(noise(500))


AFTER_FORK = """
import os, sys
import numpy as np
from spoofjax.features import LFCC
clips = np.random.default_rng(0).normal(size=(6, 9000)).astype(np.float32)
before = LFCC()(clips, threads=3)
child = os.fork()
if child == 0:
    same = all(np.array_equal(LFCC()(clips, threads=n), before) for n in (3, 1, 5))
    os._exit(0 if same else 1)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status) or not np.array_equal(LFCC()(clips, threads=3), before))
"""


def test_works_in_a_child_after_fork_and_in_its_parent():
    subprocess.run([sys.executable, "-c", AFTER_FORK], check=True, timeout=60)


def test_several_python_threads_may_call_at_once():
    from concurrent.futures import ThreadPoolExecutor

    batches = [noise(7, 5_000, seed=seed) for seed in range(8)]
    expected = [LFCC()(batch, threads=1) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            results = pool.map(lambda batch: LFCC()(batch, threads=3), batches)
            for one, other in zip(results, expected, strict=True):
                np.testing.assert_array_equal(one, other)


def test_importing_and_calling_the_front_ends_needs_no_jax():
    code = (
        "import sys, numpy as np; from spoofjax.features import LFCC; "
        "LFCC()(np.zeros(500, np.float32)); sys.exit('jax' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


# Front ends as parts of an experiment.


def test_front_ends_are_values():
    assert LFCC.nii2019() == LFCC.nii2019()
    assert hash(LFCC()) != hash(LFCC.nii2019())
    assert LFCC(**dataclasses.asdict(LFCC.asvspoof2021())) == LFCC.asvspoof2021()


@pytest.mark.parametrize(
    ("front_end", "frames", "coefficients"),
    [
        (LFCC(), 402, 60),
        (LFCC.nii2019(), 404, 60),
        (LogLinear(), 402, 80),
        (LogMel.kaldi(), 402, 80),
        (LogSpectrogram(), 402, 257),
        (Waveform(), 64_600, 1),
    ],
)
def test_shapes_are_known_beforehand(front_end, frames, coefficients):
    assert (front_end.frames(64_600), front_end.coefficients) == (frames, coefficients)
    assert front_end(np.zeros(64_600, np.int16)).shape == (frames, coefficients)


def test_the_waveform_is_scaled_padded_and_written_in_place():
    clips = np.array([[16_384, -32_768, 5], [1, 2, 3]], np.int16)
    out = np.full((2, 4, 1), 9.0, np.float32)
    assert Waveform()(clips, np.array([2, 3]), out=out) is out
    scaled = np.array([[0.5, -1, 0, 0], [1 / 32768, 2 / 32768, 3 / 32768, 0]], np.float32)
    np.testing.assert_array_equal(out[:, :, 0], scaled)
    alone = np.array([[0.5], [-1], [5 / 32768]], np.float32)
    np.testing.assert_array_equal(Waveform()(clips[0]), alone)
