"""Networks without some of their channels score as if these were zero."""

import jax
import numpy as np
import pytest
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models import CNN, CNN2D, CNN2DLSTM, CNNLSTM, LSTM
from spoofjax.models.arrays import flatten, make_predict
from spoofjax.models.channels import importance, with_widths, without
from spoofjax.models.layers import Dense
from spoofjax.training.losses import AMSoftmax

COEFFICIENTS, FRAMES = 20, 32
CNN2D_OF_FIVE = CNN2D(channels=(4, 6, 8), convolutions=(1, 2, 2))
MODELS = [
    CNN2D_OF_FIVE,
    CNNLSTM(channels=(8, 12), units=(6, 10)),
]
FURTHER = [
    CNN(channels=(8, 12), hidden=10),
    CNN(channels=(8, 12), hidden=10, batch_norm=False, pooling="mean"),
    CNN(channels=(8, 12), hidden=10, pooling="flatten", frames=FRAMES),
    CNN2DLSTM(channels=(4, 6), convolutions=(1, 2), units=(6, 4), pooling="statistics"),
    LSTM(units=(6, 4), pooling="last"),
]


def split(network):
    graph, params, constants = nnx.split(network, nnx.Param, ...)
    params, constants = (
        {name: np.array(value) for name, value in flatten(group).items()}
        for group in (params, constants)
    )
    return jax.jit(make_predict(graph)), params, constants


def batch():
    x = np.random.default_rng(1).normal(size=(3, FRAMES, COEFFICIENTS)).astype(np.float32)
    return x, None


def pruned_scores(model, params, constants, channels, kept):
    """The scores of the network that the smaller configuration builds, with the kept weights."""
    smaller = with_widths(model, channels, kept).build(COEFFICIENTS, nnx.Rngs(7))
    predict, own_params, own_constants = split(smaller)
    arrays = without({**params, **constants}, channels, kept)
    for name, value in {**own_params, **own_constants}.items():
        assert arrays[name].shape == value.shape, name
    groups = ({name: arrays[name] for name in own} for own in (own_params, own_constants))
    return predict(*groups, *batch())


def made_zero(params, channels, kept):
    """The parameters with which the channels that are not kept are zero for any input."""
    params = {name: value.copy() for name, value in params.items()}
    for layer, keeps in zip(channels, kept, strict=True):
        for along in layer.made:
            if along.array in params:
                array = np.moveaxis(params[along.array], along.axis, -1)
                channel = along.channel_at(array.shape[-1], layer.count)
                array[..., ~keeps[channel]] = 0
    return params


@pytest.mark.parametrize(
    "model", [*MODELS, *(pytest.param(each, marks=pytest.mark.slow) for each in FURTHER)]
)
def test_removing_channels_leaves_what_scores_as_if_they_were_zero(model):
    network = model.build(COEFFICIENTS, nnx.Rngs(0))
    channels = network.removable_channels()
    predict, params, constants = split(network)
    kept = [np.arange(layer.count) % 2 == number % 2 for number, layer in enumerate(channels)]
    expected = predict(made_zero(params, channels, kept), constants, *batch())
    scores = pruned_scores(model, params, constants, channels, kept)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert not np.allclose(scores, predict(params, constants, *batch()), atol=1e-3)


@pytest.mark.parametrize("model", [*MODELS, *FURTHER])
def test_keeping_every_channel_changes_no_array(model):
    network = model.build(COEFFICIENTS, nnx.Rngs(0))
    channels = network.removable_channels()
    _, params, constants = split(network)
    kept = [np.ones(layer.count, bool) for layer in channels]
    assert with_widths(model, channels, kept) == model
    arrays = {**params, **constants}
    left = without(arrays, channels, kept)
    assert left.keys() == arrays.keys()
    assert all(np.array_equal(left[name], arrays[name]) for name in arrays)


def test_a_dead_channel_is_the_first_to_go_and_leaves_no_trace():
    model = CNN2D_OF_FIVE
    network = model.build(COEFFICIENTS, nnx.Rngs(0))
    channels = network.removable_channels()
    predict, params, constants = split(network)
    scales = [name for name in params if name.endswith("/scale")]
    for name in scales:
        # ReLU makes zero of a channel whose batch norm gives -1 for every input.
        params[name][1] = 0
        params[name.replace("scale", "bias")][1] = -1
    scores = predict(params, constants, *batch())
    values = [importance(params, layer) for layer in channels]
    kept = [
        np.arange(layer.count) != np.argmin(v) for layer, v in zip(channels, values, strict=True)
    ]
    assert all(not keeps[1] for keeps in kept)
    smaller = pruned_scores(model, params, constants, channels, kept)
    np.testing.assert_allclose(smaller, scores, atol=1e-5)


def test_without_batch_norm_the_weights_that_make_a_channel_count():
    network = LSTM(units=(3,), bidirectional=False).build(COEFFICIENTS, nnx.Rngs(0))
    _, params, _ = split(network)
    [layer] = network.removable_channels()
    name = "recurrent/layers/0/directions/0"
    weights = np.concatenate([params[f"{name}/kernel"], params[f"{name}/recurrent"]])
    expected = np.abs(weights).reshape(len(weights), 4, 3).sum((0, 1))
    np.testing.assert_allclose(importance(params, layer), expected, rtol=1e-5)


def test_the_vectors_of_a_cosine_loss_are_cut_too():
    model = CNN2D_OF_FIVE
    network = model.build(COEFFICIENTS, nnx.Rngs(0))
    AMSoftmax().prepare(network, nnx.Rngs(1))
    channels = network.removable_channels()
    assert channels[-1].read[0].array == "replaced_head/vectors"
    network.replaced_head = Dense(4, 1, nnx.Rngs(1))
    with pytest.raises(ConfigError, match="a head of the class Dense"):
        network.removable_channels()
