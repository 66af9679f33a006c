"""The official LFCC-LCNN-BLSTM weights give the official scores in our network."""

import collections
import json
import pickle
import zipfile

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.models import LCNN

# Where each stage's convolution and normalisation stand in the published module list.
CONVOLUTIONS = (0, 3, 6, 10, 13, 16, 19, 22, 25)
NORMS = {1: 5, 2: 9, 3: 12, 5: 18, 6: 21, 7: 24}
ITEMS = {
    "rand": "noise",
    "real_11463_11657_000002__first64600": "audio/real_11463_11657_000002.flac",
}


class Arrays(pickle.Unpickler):
    """Reads torch's own file format as numpy arrays; refuses everything else."""

    def __init__(self, archive):
        self.archive = archive
        self.root = archive.namelist()[0].split("/")[0]
        super().__init__(archive.open(f"{self.root}/data.pkl"))

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, shape, *_: storage[
                offset : offset + int(np.prod(shape))
            ].reshape(shape)
        if module == "torch" and name in ("FloatStorage", "LongStorage"):
            return {"FloatStorage": np.float32, "LongStorage": np.int64}[name]
        raise pickle.UnpicklingError(f"unexpected {module}.{name}")

    def persistent_load(self, pid):
        _, dtype, key, _, _ = pid
        return np.frombuffer(self.archive.read(f"{self.root}/data/{key}"), dtype)


@pytest.fixture(scope="module")
def network(shared):
    with zipfile.ZipFile(shared / "fixtures/checkpoints/lfcc_lcnn_blstm.pt") as archive:
        weights = Arrays(archive).load()
    module = LCNN().build(60, nnx.Rngs(0))
    for k, stage in enumerate(module.stages):
        convolution = f"m_transform.0.{CONVOLUTIONS[k]}"
        stage.convolution.kernel[...] = weights[f"{convolution}.weight"].transpose(2, 3, 1, 0)
        stage.convolution.bias[...] = weights[f"{convolution}.bias"]
        if stage.norm is not None:
            stage.norm.mean[...] = weights[f"m_transform.0.{NORMS[k]}.running_mean"]
            stage.norm.variance[...] = weights[f"m_transform.0.{NORMS[k]}.running_var"]
    for k, layer in enumerate(module.recurrent):
        for direction, suffix in zip(layer.directions, ("", "_reverse"), strict=True):
            part = {
                name: weights[f"m_before_pooling.0.{k}.l_blstm.{name}_l0{suffix}"]
                for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            }
            direction.kernel[...] = part["weight_ih"].T
            direction.recurrent[...] = part["weight_hh"].T
            direction.bias[...] = part["bias_ih"] + part["bias_hh"]
    module.head.kernel[...] = weights["m_output_act.0.weight"].T
    module.head.bias[...] = weights["m_output_act.0.bias"]
    graph, state = nnx.split(module)
    return jax.jit(lambda x: nnx.merge(graph, state)(x, None).score)


@pytest.mark.parametrize("item", ITEMS)
def test_official_weights_give_the_official_scores(item, network, shared):
    golden = json.loads((shared / "fixtures/golden.json").read_text())["lfcc_lcnn_blstm.pt"]
    lfcc = np.load(shared / "fixtures/lfcc_golden.npz")[item]
    (score,) = network(jnp.asarray(lfcc)[None])
    assert score == pytest.approx(golden[ITEMS[item]], abs=2e-3)
