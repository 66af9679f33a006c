"""A batch in parts takes the step of the undivided batch with the memory of one part."""

import shutil
import subprocess
import sys

import jax
import numpy as np
import pytest
import started_runs

from spoofjax import config_files
from spoofjax.config import Checkpoints, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError
from spoofjax.features import LogLinear
from spoofjax.loading.batches import Batch
from spoofjax.loading.sampling import Balanced
from spoofjax.models import CNN
from spoofjax.runs.folder import RunFolder
from spoofjax.training.accumulation import ONE_PART, Parts, accumulated, digit_sums, split_in_parts
from spoofjax.training.assembly import assemble
from spoofjax.training.best_checkpoint import evaluate_best
from spoofjax.training.compiled_step import compile_step
from spoofjax.training.loop import train
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam
from spoofjax.training.sharding import check_batch, make_mesh
from spoofjax.training.step import apply

SLOTS = np.arange(128)
STEPS = 4


def experiment_of(model, **changes):
    experiment = Experiment(
        data=ASVspoof5(root="/nowhere"),
        front_end=LogLinear(filters=24),
        model=model,
        sampling=Balanced(),
        loss=BinaryCrossEntropy(),
        optimizer=Adam(learning_rate=1e-2, warm_up=1, clip=0.1, eps=1e-3),
        batch=16,
        steps=STEPS,
        average=0.9,
    )
    return experiment.replace(**changes)


def batch_of(size, frames=24, seed=0):
    features = np.random.default_rng(seed).normal(size=(size, frames, 24)).astype(np.float32)
    labels = (np.arange(size) % 2).astype(np.int32)
    return Batch(features, np.full(size, frames, np.int32), labels, np.arange(size))


def trained(experiment, steps=STEPS):
    """Return the state after some steps, and every step's loss and gradient norm."""
    assembly = assemble(experiment, STEPS)
    state, measured = assembly.state, []
    batches = [assembly.put(batch_of(experiment.batch, seed=step)) for step in range(steps)]
    program = assembly.train_step.lower(state, batches[0], assembly.key)
    advance = program.compile({"xla_backend_optimization_level": 0})
    for inputs in batches:
        state, metrics = advance(state, inputs, assembly.key)
        measured.append((float(metrics.loss), float(metrics.gradient_norm)))
    return jax.device_get(state), np.array(measured)


# ----------------------------------------------------------------------- the parts
@pytest.mark.parametrize("parts", [2, 4, 8])
def test_every_slot_is_in_one_part_and_neighbours_stay_together(parts):
    split = np.asarray(split_in_parts(SLOTS, Parts(parts, 2)))
    assert split.shape == (parts, 128 // parts)
    assert sorted(split.ravel()) == SLOTS.tolist()
    np.testing.assert_array_equal(split[:, 0::2] + 1, split[:, 1::2])
    assert (split % 2).mean(1).tolist() == [0.5] * parts  # balanced sampling alternates classes


def test_groups_of_four_stay_together():
    split = np.asarray(split_in_parts(SLOTS, Parts(2, 4)))
    assert sorted(split.ravel()) == SLOTS.tolist()
    groups = split.reshape(2, -1, 4)
    np.testing.assert_array_equal(groups % 4, np.broadcast_to(np.arange(4), groups.shape))


@pytest.mark.parametrize("parts", [2, 4, 8])
@pytest.mark.parametrize("devices", [2, 4, 8])
def test_a_device_finds_its_share_of_every_part_among_its_own_rows(parts, devices):
    shares = np.asarray(split_in_parts(SLOTS, Parts(parts, 2))).reshape(parts, devices, -1)
    assert (shares // (128 // devices) == np.arange(devices)[:, None]).all()


@pytest.mark.parametrize("parts", [2, 4, 8])
def test_attacks_drawn_in_rotation_all_meet_in_every_part(parts):
    attacks = SLOTS // 2 % 8
    split = np.asarray(split_in_parts(attacks, Parts(parts, 2)))
    assert [set(part) for part in split.tolist()] == [set(range(8))] * parts


def test_digit_sums_in_bases_two_and_three():
    assert digit_sums(8, 2).tolist() == [0, 1, 1, 2, 1, 2, 2, 3]
    assert digit_sums(10, 3).tolist() == [0, 1, 2, 1, 2, 3, 2, 3, 4, 1]


# ------------------------------------------------------------------------ the step
def test_one_part_is_the_plain_step():
    assert accumulated(trained, ONE_PART) is trained


@pytest.mark.slow
def test_parts_give_the_step_of_the_whole_batch_with_dropout_on():
    model = CNN(channels=(4, 8), hidden=8, dropout=0.5, batch_norm=False)
    one, by_one = trained(experiment_of(model))
    four, by_four = trained(experiment_of(model, accumulate=4))
    np.testing.assert_allclose(by_four, by_one, rtol=1e-5)
    assert by_one[:, 1].min() > 0.1  # the gradient is clipped
    for name in one.params:
        np.testing.assert_allclose(four.params[name], one.params[name], atol=1e-6, err_msg=name)
        np.testing.assert_allclose(four.average[name], one.average[name], atol=1e-6, err_msg=name)
    assert int(four.step) == STEPS


@pytest.mark.slow
def test_batch_norm_moves_its_running_statistics_once_per_part():
    experiment = experiment_of(CNN(channels=(4,), hidden=8, dropout=0.0), accumulate=2)
    assembly = assemble(experiment, STEPS)
    inputs = assembly.put(batch_of(16))
    expected = assembly.state.constants
    for part in range(2):
        # The parts of 16 slots: each takes one pair of two, in the order 01 10 10 01.
        pairs = [[0, 3, 5, 6], [1, 2, 4, 7]][part]
        rows = np.ravel([(2 * pair, 2 * pair + 1) for pair in pairs])
        own = jax.tree.map(lambda x, rows=rows: x[rows], inputs)
        _, expected = apply(assembly.graph, assembly.state.params, expected, own, train=True)
    expected = jax.device_get(expected)
    constants = jax.device_get(
        assembly.train_step(assembly.state, inputs, assembly.key)[0].constants
    )
    assert constants.keys() == expected.keys()
    for name in constants:
        np.testing.assert_allclose(constants[name], expected[name], atol=1e-6, err_msg=name)


@pytest.mark.slow
def test_memory_falls_with_the_number_of_parts():
    # A kernel of one frame is a plain product; the compiler counts a loop's body only once.
    model = CNN(channels=(32,), kernel=1, hidden=8)
    needed = {}
    for parts in (1, 4):
        assembly = assemble(experiment_of(model, batch=64, accumulate=parts), STEPS)
        compiled = compile_step(assembly, assembly.put(batch_of(64, frames=200)))
        needed[parts] = compiled.temporary_bytes, compiled.flops
    assert needed[4][0] < 0.5 * needed[1][0]
    assert needed[4][1] == pytest.approx(needed[1][1], rel=0.05)  # the work stays the same


# ---------------------------------------------------------------------- the errors
@pytest.mark.parametrize(("batch", "remedy"), [(18, "--batch 16 or 24"), (6, "--batch 8 ")])
def test_a_batch_that_does_not_divide_into_parts_is_an_error_with_a_remedy(batch, remedy):
    with pytest.raises(ConfigError, match=rf"batch of {batch} .* 4 parts .*{remedy}.*--accumulate"):
        assemble(experiment_of(CNN(), batch=batch, accumulate=4), STEPS)


def test_whole_groups_are_needed_for_several_parts_only():
    check_batch(3, make_mesh(1))
    with pytest.raises(ConfigError, match="2 x 3 x 1"):
        check_batch(9, make_mesh(1), Parts(3, 2))


def test_no_parts_at_all_is_a_contradiction():
    with pytest.raises(ConfigError, match="`accumulate` must be positive"):
        config_files.checked(experiment_of(CNN(), accumulate=0))


# ------------------------------------------------------------------------- devices
ON_DEVICES = """
import re, sys
sys.path[:0] = sys.argv[1:3]
from spoofjax.config import Parallel
from test_accumulation import *

model = CNN(channels=(4,), hidden=8, dropout=0.5)
two = experiment_of(model, accumulate=2)
one, by_one = trained(two.replace(parallel=Parallel(devices=1)))
for parallel in (
    Parallel(devices=2),
    Parallel(devices=4),
    Parallel(devices=4, api="pmap"),
):
    state, measured = trained(two.replace(parallel=parallel))
    np.testing.assert_allclose(measured, by_one, rtol=1e-4, err_msg=str(parallel))
    for name in one.params:
        np.testing.assert_allclose(state.params[name], one.params[name], atol=1e-5, err_msg=name)
    for name in one.constants:
        np.testing.assert_allclose(
            state.constants[name], one.constants[name], atol=1e-5, err_msg=name
        )

# Sums go from device to device, rows do not.
assembly = assemble(two.replace(parallel=Parallel(devices=4)), STEPS)
text = compile_step(assembly, assembly.put(batch_of(16))).step.as_text()
assert " all-reduce" in text
assert not re.search(" (all-gather|all-to-all|collective-permute)", text)
"""


@pytest.mark.slow
def test_devices_and_pmap_learn_from_parts_as_one_device_does(repository):
    tests = repository / "tests"
    done = subprocess.run(
        [sys.executable, "-c", ON_DEVICES, tests, tests / "training"],
        env=started_runs.environment(devices=4),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_two_processes_learn_from_parts_as_one_does(tiny_corpus, tmp_path):
    arguments = (tiny_corpus() / "tiny.py", "--steps", 20, "--accumulate", 2)
    started_runs.train_together(2, *arguments, "--out", tmp_path / "together", devices=2)
    started_runs.train(*arguments, "--out", tmp_path / "alone")
    np.testing.assert_allclose(
        started_runs.losses(tmp_path / "together"),
        started_runs.losses(tmp_path / "alone"),
        atol=1e-4,
        rtol=0,
    )


# --------------------------------------------------------------------------- a run
@pytest.fixture(scope="module")
def tiny(tiny_corpus):
    return config_files.load_config(tiny_corpus() / "tiny.py").replace(
        accumulate=4,
        steps=8,
        evaluation=Evaluation(every=8, batch=16),
        checkpoints=Checkpoints(every=4),
    )


@pytest.fixture(scope="module")
def uninterrupted(tiny, tmp_path_factory):
    """A finished run that nothing disturbed."""
    out = tmp_path_factory.mktemp("accumulation") / "uninterrupted"
    train(tiny, training_splits(tiny.data), out, quiet=True)
    return out


@pytest.mark.slow
def test_a_resumed_run_in_parts_ends_with_the_same_bits(tiny, uninterrupted, tmp_path):
    folder = shutil.copytree(uninterrupted, tmp_path / "run")
    shutil.rmtree(folder / "checkpoints" / "latest" / "8")
    train(tiny, training_splits(tiny.data), folder, resume=True, quiet=True)
    assert started_runs.identical(folder, uninterrupted)
    assert (started_runs.losses(folder) == started_runs.losses(uninterrupted)).all()


@pytest.mark.slow
def test_a_run_is_evaluated_where_its_batch_does_not_divide_into_parts(
    tiny, uninterrupted, tmp_path
):
    folder = shutil.copytree(uninterrupted, tmp_path / "run")
    elsewhere = tiny.replace(accumulate=3)  # as if on other devices
    dev = {"dev": tiny.data.manifest("dev")}
    assert evaluate_best(RunFolder(folder), elsewhere, dev)["dev"]["eer"] <= 1
    np.testing.assert_array_equal(
        started_runs.scores(folder, "dev"), started_runs.scores(uninterrupted, "dev")
    )
