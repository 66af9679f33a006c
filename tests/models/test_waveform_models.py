"""AASIST, RawGAT-ST and RawNet2: their sizes, what they refuse, and that they learn."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from spoofjax.config import Clip
from spoofjax.errors import ConfigError
from spoofjax.models import AASIST, LCNN, RawGATST, RawNet2
from spoofjax.models.arrays import make_predict
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.step import Inputs, initial_state, make_train_step

SECOND = 16_000
NARROW = {
    "aasist": AASIST(filters=12, channels=(4, 4, 8, 8, 8, 8), graph=(8, 8), dtype="float32"),
    "rawgat_st": RawGATST(
        samples=8000, filters=12, channels=(4, 4, 8, 8, 8, 8), graph=(8, 8), nodes=6
    ),
    "rawnet2": RawNet2(taps=65, channels=(8, 8, 16, 16, 16, 16), units=(16, 16), hidden=16),
}


@pytest.mark.parametrize(
    ("model", "published", "unused"),
    [
        (AASIST(), 297_866, 512),
        (AASIST.light(), 85_306, 272),
        (RawGATST(), 440_810, 5_056),
        (RawGATST.cat(), 445_546, 5_056),
        (RawNet2.asvspoof5(), 17_621_410, 0),
    ],
)
def test_models_have_the_published_number_of_parameters(model, published, unused):
    network = nnx.eval_shape(lambda: model.build(1, nnx.Rngs(0)))
    count = sum(leaf.size for leaf in jax.tree.leaves(nnx.state(network, nnx.Param)))
    assert count == published - unused


@pytest.mark.parametrize("model", [AASIST(), RawGATST(), RawNet2()])
def test_padded_clips_are_refused_because_the_zeros_would_be_heard(model):
    model.check_clip(Clip())
    with pytest.raises(ConfigError, match=r"clip.short='tile'"):
        model.check_clip(Clip(short="pad"))


def test_rawgat_st_names_the_length_that_it_is_built_for():
    with pytest.raises(ConfigError, match=r"64600 samples, but clip.train is 16000"):
        RawGATST().check_clip(Clip(train=SECOND))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (AASIST(taps=128), "model.taps of AASIST must be odd"),
        (AASIST(filters=2), "model.filters of AASIST must be >= 3"),
        (AASIST(ratios=(0.5, 0.0, 0.5)), "model.ratios of AASIST must be above 0"),
        (AASIST(branch_dropout=1.0), "model.branch_dropout of AASIST must be at least 0"),
        (AASIST(silenced=71), "model.silenced of AASIST must be 0 to filters"),
        (RawGATST(samples=2000), "pools 2315 frames into one"),
        (RawNet2(units=()), "model.units of RawNet2 must be >= 1"),
    ],
)
def test_a_field_out_of_range_is_named(model, message):
    with pytest.raises(ConfigError, match=message):
        model.build(1, nnx.Rngs(0))


def test_a_spectral_front_end_is_refused():
    with pytest.raises(ConfigError, match=r"front_end=Waveform\(\)"):
        AASIST().build(60, nnx.Rngs(0))


def test_the_score_is_the_difference_the_logit_or_the_log_probability():
    embedding = jnp.asarray(np.random.default_rng(0).normal(size=(2, 16)), jnp.float32)
    outputs = {}
    for score in ("difference", "bonafide", "log_probability"):
        network = NARROW["rawnet2"].replace(score=score).build(1, nnx.Rngs(0))
        outputs[score] = network.judge(embedding, train=False, key=None)
    logits = np.asarray(outputs["bonafide"].logits)
    np.testing.assert_allclose(outputs["difference"].score, logits[:, 1] - logits[:, 0], atol=1e-6)
    np.testing.assert_allclose(outputs["bonafide"].score, logits[:, 1], atol=1e-6)
    expected = -np.log1p(np.exp(logits[:, 0] - logits[:, 1]))
    np.testing.assert_allclose(outputs["log_probability"].score, expected, atol=1e-6)


def utterances():
    """Return 32 one-second clips of noise, half of which have a whistle, and their labels."""
    draw = np.random.default_rng(3)
    labels = np.arange(32) % 2
    time = np.arange(SECOND) / SECOND
    whistle = np.sin(2 * np.pi * 3000 * time) * draw.uniform(0.1, 0.2, (32, 1))
    waves = draw.normal(0, 0.1, (32, SECOND)) + whistle * (1 - labels[:, None])
    return jnp.asarray(waves, jnp.float32)[..., None], jnp.asarray(labels, jnp.float32)


def fit(model, x, labels, steps, rate, coefficients=1):
    """Train on one batch; return the losses of all steps and the accuracy in evaluation."""
    module, transform = model.build(coefficients, nnx.Rngs(0)), optax.adam(rate)
    graph, state = initial_state(module, transform, average=False)
    step = jax.jit(make_train_step(graph, transform, BinaryCrossEntropy(), None))
    inputs = Inputs(x, np.full(len(x), x.shape[1], np.int32), labels.astype(jnp.int32))
    losses = []
    for _ in range(steps):
        state, metrics = step(state, inputs, jax.random.key(0))
        losses.append(float(metrics.loss))
    predict = jax.jit(make_predict(graph))
    scores = predict(state.params, state.constants, x, inputs.lengths)
    return losses, float(((scores > 0) == (labels > 0)).mean())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "samples"), [("aasist", 5000), ("rawgat_st", 8000)])
def test_a_graph_network_learns_32_utterances_by_heart(name, samples):
    x, labels = utterances()
    model = NARROW[name].replace(dropout=0.0)
    losses, _ = fit(model, x[:, :samples], labels, steps=30, rate=1e-2)
    assert losses[0] > 0.5
    assert np.mean(losses[-5:]) < 0.3


@pytest.mark.slow
def test_rawnet2_learns_32_utterances_by_heart():
    x, labels = utterances()
    losses, _ = fit(NARROW["rawnet2"], x, labels, steps=60, rate=5e-3)
    assert losses[-1] < 0.3


@pytest.mark.slow
def test_lcnn_learns_32_utterances_by_heart():
    from spoofjax.features import LFCC

    x, labels = utterances()
    features = jnp.asarray(LFCC.nii2019()(np.asarray(x)[..., 0]))
    losses, accuracy = fit(LCNN(dropout=0.2), features, labels, 40, 2e-3, coefficients=60)
    assert losses[-1] < 0.3
    assert accuracy == 1.0


@pytest.mark.slow
def test_bfloat16_scores_are_near_those_of_float32():
    x, _ = utterances()
    outputs = []
    for dtype in ("float32", "bfloat16"):
        network = NARROW["aasist"].replace(dtype=dtype).build(1, nnx.Rngs(0))
        outputs.append(jax.jit(lambda x, network=network: network(x, None))(x[:2]))
    assert outputs[1].score.dtype == jnp.float32
    np.testing.assert_allclose(outputs[0].score, outputs[1].score, rtol=0.05, atol=0.05)
