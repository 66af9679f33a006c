"""The memory that docs/encoders.md states for large encoders, by the same function."""

import re

import jax
import numpy as np
import pytest
from flax import nnx

from spoofjax.models.arrays import flatten
from spoofjax.models.encoders import Wav2Vec2, WavLM
from spoofjax.models.encoders.memory import memory_of, parameters_of


@pytest.mark.parametrize("freeze", [None, "features", "encoder"])
@pytest.mark.parametrize("kind", [Wav2Vec2, WavLM])
def test_parameters_are_counted_as_the_network_has_them(kind, freeze):
    config = kind(freeze=freeze, layers=2)
    network = nnx.eval_shape(lambda: config.build(nnx.Rngs(0)))
    _, params, constants = nnx.split(network, nnx.Param, ...)
    trained = sum(array.size for array in flatten(params).values())
    frozen = sum(array.size for array in flatten(constants).values())
    assert parameters_of(config) == (trained + frozen, frozen)


def test_the_state_is_that_of_adam():
    config = Wav2Vec2()
    total, _ = parameters_of(config)
    assert memory_of(config).state == 16 * total
    assert memory_of(config, devices=8).state == 2 * total
    frozen = config.replace(freeze="encoder")
    assert memory_of(frozen).total(clips=8) == 4 * parameters_of(frozen)[1]


@pytest.mark.slow
@pytest.mark.parametrize("remat", ["none", "layers"])
def test_what_is_kept_of_a_clip_is_what_the_compiler_allocates(remat):
    # Of a wide and deep encoder, so that what is kept outweighs buffers of the moment.
    config = Wav2Vec2(full_depth=24, width=128, inner=512, channels=(8,) * 7, remat=remat)
    network = config.build(nnx.Rngs(0))
    graph, params, rest = nnx.split(network, nnx.Param, ...)

    def temporary(batch):
        def loss(params, waves):
            encoded = nnx.merge(graph, params, rest, copy=True)(waves)
            return (encoded.layers * np.arange(24)[:, None, None, None]).var()

        waves = jax.ShapeDtypeStruct((batch, 16_000), np.float32)
        compiled = jax.jit(jax.grad(loss)).lower(params, waves).compile()
        return compiled.memory_analysis().temp_size_in_bytes

    per_clip = (temporary(24) - temporary(8)) / 16
    # The plain attention of the CPU keeps weights of pairs of frames as well.
    frames = config.frames(16_000)
    pairs = 0 if remat == "layers" else 24 * 4 * frames**2 * 4
    expected = memory_of(config, 16_000).clip + pairs
    assert 0.6 * expected < per_clip < 1.8 * expected


def test_the_table_in_the_guide_is_computed_by_this_function(repository):
    text = (repository / "docs" / "encoders.md").read_text()
    sizes = {
        "300M": Wav2Vec2.xls_r_300m,
        "1B": Wav2Vec2.xls_r_1b,
        "2B": Wav2Vec2.xls_r_2b,
    }
    rows = re.findall(r"^\| XLS-R (\w+) \| (\w+) \| ([\d. |]+) \|$", text, re.MULTILINE)
    assert len(rows) == 9
    for size, remat, cells in rows:
        config = sizes[size](dtype="bfloat16", remat=remat, remat_features=remat == "layers")
        one, eight = memory_of(config), memory_of(config, devices=8)
        expected = [one.state, eight.state, one.clip, one.total(32), eight.total(4)]
        assert cells.split(" | ") == [f"{value / 2**30:.2f}" for value in expected]
