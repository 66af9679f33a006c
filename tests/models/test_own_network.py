"""Networks that a user writes on the shared base: a GRU, raw waveforms, a second head."""

import itertools
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.classifier import Classifier
from spoofjax.models.layers import Dense, mean_over_time, valid
from spoofjax.models.network import Network
from spoofjax.models.output import Output


@dataclass(frozen=True)
class GRU(Classifier):
    units: int = 8
    layers: int = 2

    def network(self):
        return GRUNetwork


class GRUNetwork(Network):
    def add_layers(self, config, coefficients, rngs):
        widths = (coefficients, *(config.units,) * config.layers)
        self.layers = nnx.List(
            nnx.RNN(nnx.GRUCell(inputs, outputs, rngs=rngs), rngs=False)
            for inputs, outputs in itertools.pairwise(widths)
        )
        return config.units

    def embed(self, x, lengths, *, train, key):
        for layer in self.layers:
            start = jnp.zeros((x.shape[0], layer.cell.hidden_features))
            x = layer(x, initial_carry=start, seq_lengths=lengths)
        return mean_over_time(x, valid(lengths, x.shape[1]))


class Energies(Network):
    """Reads waveforms and has a second head that judges attacks."""

    def add_layers(self, config, coefficients, rngs):
        return coefficients

    def embed(self, x, lengths, *, train, key):
        return (x * x).mean(1)

    def add_head(self, width, rngs):
        super().add_head(width, rngs)
        self.attacks = Dense(width, 3, rngs)

    def judge(self, embedding, *, train, key):
        output = super().judge(embedding, train=train, key=key)
        return output._replace(attack_logits=self.attacks(embedding))


@dataclass(frozen=True)
class EnergyModel(Classifier):
    standardizes = False

    def network(self):
        return Energies


def test_a_gru_inherits_standardization_dropout_and_head():
    network = GRU(dropout=0.5).build(5, nnx.Rngs(0))
    network.set_statistics(np.full(5, 2.0), np.full(5, 3.0))
    x = jax.random.normal(jax.random.key(0), (2, 7, 5))
    lengths = jnp.array([7, 4])
    output = network(x, lengths)
    assert output.score.shape == (2,)
    assert output.embedding.shape == (2, 8)
    dropped = network(x, lengths, train=True, key=jax.random.key(1))
    assert not np.allclose(output.score, dropped.score)
    padding_changed = network(x.at[1, 4:].set(9.0), lengths)
    np.testing.assert_allclose(padding_changed.score, output.score, atol=1e-6)
    network.set_statistics(np.zeros(5), np.ones(5))
    np.testing.assert_allclose(network((x - 2) / 3, lengths).score, output.score, atol=1e-6)


def test_a_waveform_model_has_no_statistics_and_a_second_head_fills_its_output():
    network = EnergyModel().build(1, nnx.Rngs(0))
    assert not [path for path, _ in nnx.to_flat_state(nnx.state(network)) if "mean" in path]
    output = network(jnp.ones((2, 100, 1)), None)
    assert isinstance(output, Output)
    assert output.attack_logits.shape == (2, 3)


def test_a_layer_with_random_state_of_its_own_is_refused():
    class WithRandomState(GRUNetwork):
        def add_layers(self, config, coefficients, rngs):
            self.own_dropout = nnx.Dropout(0.5, rngs=rngs)
            return super().add_layers(config, coefficients, rngs)

    with pytest.raises(ConfigError, match="holds random state in own_dropout"):
        WithRandomState(GRU(), 5, nnx.Rngs(0))


def test_every_model_checks_its_dropout():
    with pytest.raises(ConfigError, match=r"model\.dropout of GRU must be at least 0 and below 1"):
        GRU(dropout=1.0).build(5, nnx.Rngs(0))
