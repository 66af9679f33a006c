"""Features inside a jax graph: the same numbers as the kernel's."""

import jax
import jax.export
import numpy as np
import pytest

from spoofjax.errors import ConfigError
from spoofjax.features import LFCC, LogLinear, LogMel, LogSpectrogram, Waveform
from spoofjax.features.in_graph import frames_of
from spoofjax.features.windows import WINDOWS

FRONT_ENDS = {
    "lfcc": LFCC(),
    "lfcc of the 2019 models": LFCC.nii2019(),
    "lfcc of the 2021 baseline": LFCC.asvspoof2021(),
    "log-linear": LogLinear(),
    "log-mel, regression deltas": LogMel(mel="slaney", deltas=2, delta_width=2),
    "kaldi": LogMel.kaldi(),
    "normalised": LogLinear(normalize="mean_variance"),
    "odd sizes": LogMel(frame_length=401, hop=133, fft=1024, center=True, periodic=False),
    "spectrogram in dB": LogSpectrogram(spectrum="magnitude", log="db", eps=1e-5),
}


@pytest.fixture(scope="module")
def clips() -> np.ndarray:
    rng = np.random.default_rng(5)
    envelope = np.linspace(0.01, 0.3, 8_000)
    return (rng.normal(size=(3, 8_000)) * envelope).astype(np.float32)


@pytest.mark.parametrize("dft", ["fft", "matrix"])
@pytest.mark.parametrize("name", FRONT_ENDS)
def test_graph_and_kernel_agree(clips, name, dft):
    front_end = FRONT_ENDS[name]
    graph = jax.jit(front_end.in_graph(dft=dft))(clips)
    assert graph.dtype == np.float32
    np.testing.assert_allclose(graph, front_end(clips), atol=1e-3)


@pytest.mark.parametrize("name", ["log-mel, regression deltas", "normalised", "odd sizes"])
def test_padding_is_heard_as_little_as_by_the_kernel(clips, name):
    front_end = FRONT_ENDS[name]
    lengths = np.array([8_000, 3_001, 250], np.int32)
    graph = jax.jit(front_end.in_graph())(clips, lengths)
    np.testing.assert_allclose(graph, front_end(clips, lengths), atol=1e-3)


@pytest.mark.parametrize("front_end", [LFCC(), LogMel(center=True)], ids=["cut", "centred"])
def test_lengths_give_the_frames_of_the_front_end(front_end):
    lengths = np.array([1, 319, 320, 321, 480, 8_000], np.int32)
    expected = [front_end.frames(int(length)) for length in lengths]
    np.testing.assert_array_equal(frames_of(front_end, lengths), expected)


@pytest.mark.parametrize("window", WINDOWS)
def test_every_window_is_in_the_graph_too(clips, window):
    front_end = LogLinear(window=window)
    graph = front_end.in_graph()(clips)
    np.testing.assert_allclose(graph, front_end(clips), atol=1e-3)


@pytest.mark.parametrize("samples", [0, 1, 319, 320, 321, 480])
@pytest.mark.parametrize("center", [False, True])
def test_short_clips_have_the_kernels_shape(samples, center):
    front_end = LFCC(center=center)
    clips = np.full((2, samples), 0.1, np.float32)
    expected = front_end(clips)
    graph = front_end.in_graph()(clips)
    assert graph.shape == expected.shape
    np.testing.assert_allclose(graph, expected, atol=1e-3)


def test_nan_is_passed_on_by_the_graph_too(clips):
    broken = clips.copy()
    broken[1, 4_000] = np.nan
    graph = np.asarray(LogLinear().in_graph()(broken))
    kernel = LogLinear()(broken)
    np.testing.assert_array_equal(np.isnan(graph), np.isnan(kernel))


def test_exports_with_a_symbolic_batch():
    front_end = LogLinear()
    shape = jax.ShapeDtypeStruct(jax.export.symbolic_shape("b, 4000"), np.float32)
    exported = jax.export.export(jax.jit(front_end.in_graph(dft="matrix")))(shape)
    clips = np.random.default_rng(0).normal(size=(2, 4_000)).astype(np.float32)
    np.testing.assert_allclose(exported.call(clips), front_end(clips), atol=1e-3)


def test_waveform_adds_the_last_axis(clips):
    np.testing.assert_array_equal(Waveform().in_graph()(clips), Waveform()(clips))


def test_unknown_transform_is_named():
    with pytest.raises(ConfigError, match="fft, matrix"):
        LFCC().in_graph(dft="dft")  # type: ignore[arg-type]
