"""The memory that docs/encoders.md states for large encoders, by the same function."""

import re

import jax
import numpy as np
import pytest
from encoder_reference import jit
from flax import nnx

from spoofjax.models.arrays import flatten
from spoofjax.models.encoders import Wav2Vec2, WavLM
from spoofjax.models.encoders.memory import memory_of, parameters_of

REMAT = "none", "layers"


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
def test_what_remat_saves_of_a_clip_is_what_the_compiler_saves():
    config = Wav2Vec2(full_depth=24, width=128, inner=512, channels=(8,) * 7)

    def per_clip(remat):
        network = config.replace(remat=remat).build(nnx.Rngs(0))
        graph, params, rest = nnx.split(network, nnx.Param, ...)

        def loss(params, waves):
            encoded = nnx.merge(graph, params, rest, copy=True)(waves)
            return (encoded.layers * np.arange(24)[:, None, None, None]).var()

        def temporary(batch):
            waves = jax.ShapeDtypeStruct((batch, 16_000), np.float32)
            compiled = jit(jax.grad(loss)).lower(params, waves).compile()
            return compiled.memory_analysis().temp_size_in_bytes

        return (temporary(24) - temporary(8)) / 16

    kept = {remat: memory_of(config.replace(remat=remat), 16_000).clip for remat in REMAT}
    # The plain attention of the CPU keeps weights of pairs of frames as well.
    pairs = config.depth * config.heads * config.frames(16_000) ** 2 * 4
    expected = kept["none"] + pairs - kept["layers"]
    np.testing.assert_allclose(per_clip("none") - per_clip("layers"), expected, rtol=0.2)


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
