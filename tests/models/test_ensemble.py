"""An ensemble scores the mean of its members, each on features of its own where it has them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.config import Clip
from spoofjax.config_files import from_json, to_json
from spoofjax.errors import ConfigError
from spoofjax.features import LFCC, LogMel, Waveform
from spoofjax.models import CNN, RawNet2
from spoofjax.models.arrays import flatten
from spoofjax.models.ensemble import Ensemble
from spoofjax.models.network import Network
from spoofjax.models.networks.ensemble import EnsembleNetwork
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.mixup import loss_of
from spoofjax.training.step import Inputs

FRONT_ENDS = (LFCC(), LogMel(filters=24, normalize="mean"))
MEMBERS = (CNN(channels=(2, 4), hidden=4), CNN(channels=(3, 4), hidden=4))


def test_members_on_their_own_front_ends_score_as_they_do_alone():
    draw = np.random.default_rng(0)
    samples = draw.normal(0, 0.1, (2, 4_000)).astype(np.float32)
    lengths = np.array([4_000, 3_000], np.int32)
    samples[1, 3_000:] = 0
    network = Ensemble(MEMBERS, FRONT_ENDS).build(1, nnx.Rngs(0))
    alone = []
    for member, front_end in zip(network.members, FRONT_ENDS, strict=True):
        features = front_end(samples, lengths)
        frames = np.array([front_end.frames(int(n)) for n in lengths], np.int32)
        alone.append(np.asarray(member(features, frames).score))
    x = Waveform()(samples, lengths)
    score = jax.jit(lambda x, lengths: network(x, lengths).score)(x, lengths)
    np.testing.assert_allclose(score, np.mean(alone, axis=0), atol=1e-4)
    assert abs(alone[0] - alone[1]).min() > 1e-3


class Constant(Network):
    """A member that gives everything the same score."""

    def __init__(self, score: float):
        self.score = score

    def __call__(self, x, lengths, *, train, key):
        return Output(jnp.full(len(x), self.score))


def test_members_with_weights_score_their_weighted_sum():
    network = EnsembleNetwork([Constant(2.0), Constant(3.0)], weights=(2.0, -0.5), offset=0.25)
    assert network(jnp.zeros((2, 4, 1)), None).score.tolist() == [2.75, 2.75]


def test_front_ends_that_do_not_match_are_refused():
    with pytest.raises(ConfigError, match="has 1 front ends for 2 members"):
        Ensemble(MEMBERS, FRONT_ENDS[:1]).build(1, nnx.Rngs(0))
    with pytest.raises(ConfigError, match=r"Use front_end=Waveform\(\)"):
        Ensemble(MEMBERS, FRONT_ENDS).build(60, nnx.Rngs(0))
    with pytest.raises(ConfigError, match="has 1 weights for 2 members"):
        Ensemble(MEMBERS, weights=(1.0,)).build(60, nnx.Rngs(0))


def test_a_clip_that_one_member_refuses_is_refused():
    mixed = Ensemble((MEMBERS[0], RawNet2()), (LFCC(), Waveform()))
    with pytest.raises(ConfigError, match=r"clip\.short='tile'"):
        mixed.check_clip(Clip(short="pad"))


def test_its_configuration_is_written_and_read():
    ensemble = Ensemble(MEMBERS, FRONT_ENDS, weights=(0.5, 2.0), offset=-1.0)
    assert from_json(to_json(ensemble)) == ensemble


def test_members_that_are_trained_together_learn_each_for_itself():
    network = Ensemble(MEMBERS).build(3, nnx.Rngs(0))
    draw = np.random.default_rng(0)
    x = jnp.asarray(draw.normal(size=(4, 40, 3)), jnp.float32)
    inputs = Inputs(x, None, jnp.array([0, 1, 1, 0]))

    def gradient(network):
        graph, params, others = nnx.split(network, nnx.Param, ...)

        def loss(params):
            output = nnx.merge(graph, params, others, copy=True)(x, None)
            return loss_of(BinaryCrossEntropy(), output, inputs).mean()

        return flatten(jax.grad(loss)(params))

    together = gradient(network)
    for number, member in enumerate(network.members):
        for name, alone in gradient(member).items():
            half = 2 * together[f"members/{number}/{name}"]
            np.testing.assert_allclose(half, alone, atol=1e-6)


def test_members_that_are_trained_together_get_the_statistics_of_the_features():
    together = Ensemble(MEMBERS)
    assert together.standardizes
    assert not Ensemble(MEMBERS, standardize=False).standardizes
    assert not Ensemble(MEMBERS, FRONT_ENDS).standardizes  # they are those of the samples
    network = together.build(2, nnx.Rngs(0))
    network.set_statistics(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    for member in network.members:
        assert member.standardize.mean[...].tolist() == [1.0, 2.0]
        assert member.standardize.deviation[...].tolist() == [3.0, 4.0]
