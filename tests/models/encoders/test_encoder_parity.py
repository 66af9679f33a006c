"""Encoders compute what transformers computes: all hidden states, and gradients."""

import dataclasses

import numpy as np
import pytest
from encoder_reference import FOLDER, TOLERANCE, VARIANTS, Reference, jit, run
from flax import nnx
from safetensors.numpy import load_file

DEFAULT = ("wavlm_group",)
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in VARIANTS if name not in DEFAULT]
"""Forms whose derivatives the others have in parts; a gradient takes long to compile."""


def check_hidden_states(reference, encoder, encoded):
    for clip, count in enumerate(encoded.lengths):
        arrays = {
            name.removeprefix(f"clip{clip}."): array for name, array in reference.arrays.items()
        }
        states = [encoded.embedding, *encoded.layers]
        assert len(states) == encoder.depth + 1
        for level, state in enumerate(states):
            np.testing.assert_allclose(state[clip, :count], arrays[f"hidden{level}"], **TOLERANCE)
        np.testing.assert_allclose(encoded.last[clip, :count], arrays["last"], **TOLERANCE)


def check_gradients(reference, encoder, gradient):
    expected = reference.gradient(encoder)
    assert len(expected) >= 8
    for key, value in expected.items():
        path, _, layer = key.partition("@")
        own = gradient[path][int(layer)] if layer else gradient[path]
        np.testing.assert_allclose(own, value, **TOLERANCE, err_msg=key)


@pytest.mark.parametrize("name", [*DEFAULT, *SLOW])
def test_gradients_of_a_padded_batch_equal_those_of_each_clip(name, tmp_path):
    reference = Reference(name)
    encoder = reference.encoder(tmp_path)
    loss, encoded, gradient = run(encoder, reference.weights, *reference.batch())
    check_hidden_states(reference, encoder, encoded)
    np.testing.assert_allclose(loss, reference.arrays["loss"], **TOLERANCE)
    check_gradients(reference, encoder, gradient)


@pytest.mark.parametrize("name", VARIANTS)
def test_hidden_states_of_a_padded_batch_equal_those_of_each_clip(forward, name, tmp_path):
    _, encode = forward
    reference = Reference(name)
    encoder = reference.encoder(tmp_path)
    encoded = encode(encoder, reference.weights, *reference.batch())
    check_hidden_states(reference, encoder, encoded)


@pytest.fixture(scope="module")
def forward():
    """One program of the XLS-R form, for all tests that only change its weights."""
    reference = Reference("wav2vec2_layer")

    def encode(encoder, weights, waves, lengths=None):
        network = encoder.build(nnx.Rngs(0))
        encoder.load(network, weights)
        graph, state = nnx.split(network)
        return compiled(graph, state, waves, lengths)

    compiled = jit(
        lambda graph, state, waves, lengths: nnx.merge(graph, state)(waves, lengths),
        static_argnums=0,
    )
    return reference, encode


@pytest.mark.parametrize("name", ["older_names", "fairseq_names"])
def test_files_with_other_names_are_the_same_encoder(forward, name, tmp_path):
    reference, encode = forward
    encoder = reference.encoder(tmp_path)
    waves, _ = reference.batch()
    expected = encode(encoder, reference.weights, waves)
    encoded = encode(encoder, load_file(FOLDER / f"{name}.safetensors"), waves)
    np.testing.assert_array_equal(encoded.last, expected.last)


def test_a_shortened_encoder_has_the_first_layers(forward, tmp_path):
    reference, encode = forward
    encoder = reference.encoder(tmp_path)
    waves, lengths = reference.batch()
    full = encode(encoder, reference.weights, waves, lengths)
    short = encode(encoder.replace(layers=1), reference.weights, waves, lengths)
    assert short.layers.shape[0] == 1
    np.testing.assert_allclose(short.layers[0], full.layers[0], rtol=1e-6, atol=1e-6)


def test_padding_changes_nothing(forward, tmp_path):
    reference, encode = forward
    encoder = reference.encoder(tmp_path)
    waves, lengths = reference.batch()
    # What stands behind the end of a clip does not count either.
    noisy = np.where(np.arange(waves.shape[1]) < lengths[:, None], waves, 7).astype(np.float32)
    padded = encode(encoder, reference.weights, noisy, lengths)
    count = padded.lengths[1]
    assert count < padded.last.shape[1]
    np.testing.assert_allclose(padded.last[1, :count], reference.arrays["clip1.last"], **TOLERANCE)


def test_bfloat16_stays_close_and_returns_float32(forward, tmp_path):
    reference, encode = forward
    encoder = reference.encoder(tmp_path)
    waves, _ = reference.batch()
    exact = encode(encoder, reference.weights, waves).layers
    rounded = encode(encoder.replace(dtype="bfloat16"), reference.weights, waves).layers
    assert rounded.dtype == np.float32
    error = np.linalg.norm(rounded - exact) / np.linalg.norm(exact)
    assert 0 < error < 0.02


def test_a_frozen_encoder_has_the_same_output_with_its_weight_norm_folded(forward, tmp_path):
    reference, encode = forward
    encoder = reference.encoder(tmp_path)
    waves, _ = reference.batch()
    frozen = encode(encoder.replace(freeze="encoder"), reference.weights, waves)
    expected = encode(encoder, reference.weights, waves)
    np.testing.assert_allclose(frozen.last, expected.last, **TOLERANCE)


@pytest.mark.slow
@pytest.mark.parametrize("remat", ["dots", "layers"])
def test_repeating_work_in_the_backward_pass_changes_no_gradient(remat, tmp_path):
    reference = Reference("wav2vec2_layer")
    encoder = dataclasses.replace(
        reference.encoder(tmp_path), remat=remat, remat_features=remat == "layers"
    )
    _, _, gradient = run(encoder, reference.weights, *reference.batch())
    check_gradients(reference, encoder, gradient)
