"""A run that starts from the weights of an earlier one, with new heads and frozen parts."""

import json

import jax
import numpy as np
import pytest
import started_runs
from flax import nnx
from safetensors.numpy import load_file, save_file
from untrained_runs import write_run

from spoofjax.config import Evaluation, Transfer
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.deployment.detector import Detector
from spoofjax.errors import ConfigError
from spoofjax.models.arrays import flatten
from spoofjax.models.building import build_network
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import read_source
from spoofjax.training.loop import train
from spoofjax.training.transfer import load_source

pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.fixture(scope="module")
def tiny(tiny_corpus):
    experiment = load_config(tiny_corpus() / "tiny.py")
    return experiment.replace(
        optimizer=experiment.optimizer.replace(schedule="constant", rates=(("head", 0.5),)),
        evaluation=Evaluation(every=4, batch=16, warm_up=0),
        steps=8,
    )


@pytest.fixture(scope="module")
def source(tiny, tmp_path_factory):
    """A finished run of the tiny model with random weights, and batch norm that is not at rest."""
    folder = write_run(tmp_path_factory.mktemp("source") / "run", tiny)
    arrays = load_file(RunFolder(folder).weights)
    random = np.random.default_rng(0)
    for name in arrays:
        if "norms" in name:
            arrays[name] = random.uniform(0.5, 1.5, arrays[name].shape).astype(np.float32)
    save_file(arrays, RunFolder(folder).weights)
    return folder


@pytest.fixture(scope="module")
def finished(tiny, source, tmp_path_factory):
    """A run from that source whose blocks are frozen and whose head is new."""
    folder = tmp_path_factory.mktemp("transfer") / "run"
    transfer = Transfer(str(source), fresh=("head",), freeze=("blocks",))
    train(tiny.replace(transfer=transfer), training_splits(tiny.data), folder, quiet=True)
    return folder


def test_frozen_parts_stay_bit_identical_and_the_others_learn(source, finished):
    before, after = read_source(source), read_source(finished)
    frozen = [name for name in before if name.startswith("blocks/")]
    assert any("norms" in name and "mean" in name for name in frozen)
    for name in frozen:
        np.testing.assert_array_equal(after[name], before[name], err_msg=name)
    assert not np.array_equal(after["hidden/kernel"], before["hidden/kernel"])
    # The statistics of the features come along with the weights that were trained on them.
    np.testing.assert_array_equal(after["standardize/mean"], before["standardize/mean"])


def test_the_run_lists_what_it_took_over(finished):
    facts = json.loads(RunFolder(finished).transfer.read_text())
    assert facts["fresh"] == ["head/bias", "head/kernel"]
    assert facts["skipped"]["head/kernel"] == "starts fresh (transfer.fresh)"
    assert "blocks/0/convolutions/0/kernel" in facts["loaded"]
    assert "blocks/0/convolutions/0/kernel" in facts["frozen"]


def test_a_detector_finds_the_frozen_arrays_among_the_constants(finished):
    detector = Detector.load(finished)
    assert all(not name.startswith("blocks/") for name in detector.params)
    assert "blocks/0/convolutions/0/kernel" in detector.constants
    clip, valid = detector.prepare(np.sin(np.arange(8_000), dtype=np.float32))
    assert np.isfinite(detector.score(clip[None], np.array([valid])))


def test_a_resumed_run_with_frozen_parts_equals_one_in_one_piece(tiny, finished, tmp_path):
    experiment, manifests = RunFolder(finished).experiment(), training_splits(tiny.data)
    train(experiment.replace(steps=4), manifests, tmp_path, quiet=True)
    train(experiment, manifests, tmp_path, resume=True, quiet=True)
    assert started_runs.identical(tmp_path, finished)


def network_of(experiment, freeze=()):
    transfer = experiment.transfer.replace(freeze=freeze)
    return build_network(experiment.replace(transfer=transfer), nnx.Rngs(1))


def test_arrays_of_another_shape_are_skipped_with_a_reason(tiny, source):
    wider = network_of(tiny.replace(model=tiny.model.replace(hidden=24)))
    result = load_source(wider, Transfer(str(source)), read_source(source))
    assert result.skipped["hidden/kernel"] == ("has shape (32, 16), but (32, 24) in the network")
    assert {"hidden/kernel", "hidden/bias", "head/kernel"} <= set(result.fresh)
    assert "skipped hidden/kernel: has shape" in "\n".join(result.lines())


def test_half_precision_files_are_read(tiny, source, tmp_path):
    arrays = {name: value.astype(np.float16) for name, value in read_source(source).items()}
    save_file(arrays, tmp_path / "half.safetensors")
    network = network_of(tiny)
    load_source(network, Transfer("half"), read_source(tmp_path / "half.safetensors"))
    loaded = flatten(nnx.state(network))
    assert loaded["hidden/kernel"].dtype == np.float32
    np.testing.assert_array_equal(loaded["hidden/kernel"], arrays["hidden/kernel"])


def test_unfit_sources_are_refused(tiny, source, tmp_path):
    network = network_of(tiny)
    with pytest.raises(ConfigError, match="no array that fits"):
        load_source(network, Transfer("other"), {"a/b": np.zeros(3, np.float32)})
    broken = {"hidden/bias": np.full(16, np.nan, np.float32)}
    with pytest.raises(ConfigError, match="hidden/bias holds NaN"):
        load_source(network, Transfer("broken"), broken)
    with pytest.raises(ConfigError, match="'hed', which the network does not have"):
        load_source(network, Transfer("x", fresh=("hed",)), read_source(source))
    with pytest.raises(ConfigError, match="no weights to start from"):
        read_source(tmp_path / "missing")


def test_a_part_that_does_not_exist_cannot_be_frozen(tiny):
    with pytest.raises(ConfigError, match=r"'block'.*Did you mean blocks"):
        network_of(tiny, ("block",))
    # `block` is not the beginning of the part `blocks`, and head/kernel is one array.
    frozen = nnx.state(network_of(tiny, ("head/kernel",)), nnx.Param)
    assert "head/kernel" not in flatten(frozen)


def test_batch_norm_of_a_frozen_part_uses_its_running_statistics(tiny):
    network = network_of(tiny, ("blocks",))
    x = jax.numpy.asarray(np.random.default_rng(0).normal(3, 2, (4, 60, 24)), np.float32)
    options = {"train": True, "key": jax.random.key(0)}
    # Without dropout, training and evaluation then give the same embedding.
    trained = network(x, None, **options).embedding
    np.testing.assert_allclose(trained, network(x, None).embedding, rtol=2e-5, atol=1e-6)


@pytest.mark.slow
def test_the_command_starts_from_a_run(tiny_corpus, source, tmp_path):
    config, out = tiny_corpus() / "tiny.py", tmp_path / "run"
    options = ("--out", out, "--init-from", source, "--steps", 2, "--transfer.freeze", "blocks")
    output = started_runs.train(config, *options)
    assert f"weights from {source}: " in output
    assert "0 of the network start fresh" in output
