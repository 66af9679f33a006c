"""Losses in a whole step: on one device, in parts, on four devices, and through pmap."""

import subprocess
import sys

import numpy as np
import pytest
import started_runs
import untrained_runs

from spoofjax.config import Clip
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.deployment.detector import Detector
from spoofjax.features import LogLinear
from spoofjax.models import CNN
from spoofjax.training.losses import OCSoftmax

STEPS = """
import jax, numpy as np
from spoofjax.config import Parallel
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.features import LogLinear
from spoofjax.loading.batches import Batch
from spoofjax.models import CNN
from spoofjax.training.assembly import assemble
from spoofjax.training.losses import BinaryCrossEntropy, OCSoftmax, SupervisedContrastive
from spoofjax.training.optimizers import SGD

random = np.random.default_rng(0)
features = random.normal(size=(16, 24, 12)).astype(np.float32)
lengths = np.array([24, 20, 16, 24] * 4, np.int32)
batch = Batch(features, lengths, (np.arange(16) % 2).astype(np.int32), np.arange(16))

def after(loss, mixup=None, accumulate=1, batch_norm=True, **parallel):
    one = experiment(
        ASVspoof5(root="/nowhere"),
        front_end=LogLinear(filters=12),
        model=CNN(channels=(4, 8), hidden=8, dropout=0.5, batch_norm=batch_norm),
        loss=loss,
        mixup=mixup,
        optimizer=SGD(learning_rate=0.1),
        batch=16,
        accumulate=accumulate,
        average=None,
        parallel=Parallel(**parallel),
    )
    assembly = assemble(one, 2)
    state, measured = assembly.state, []
    for _ in range(2):
        state, metrics = assembly.train_step(state, assembly.put(batch), assembly.key)
        measured.append(float(metrics.loss))
    assert all(np.isfinite(measured)), measured
    return jax.device_get((state.params, state.constants)), measured

def same(a, b):
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, atol=2e-5, rtol=1e-4), a, b)

mixture, contrast = dict(loss=BinaryCrossEntropy(), mixup=0.4), dict(loss=SupervisedContrastive())
one = after(**mixture, devices=1)
same(after(**mixture, devices=4), one)
same(after(**mixture, devices=4, api="pmap"), one)
one = after(**contrast, devices=1)
same(after(**contrast, devices=4, api="pmap"), one)
parts = after(**contrast, accumulate=2, devices=1)
same(after(**contrast, accumulate=2, devices=4, api="pmap"), parts)
# Without batch norm, a batch in parts is the whole batch.
one = after(OCSoftmax(), 0.4, batch_norm=False, devices=1)
same(after(OCSoftmax(), 0.4, accumulate=2, batch_norm=False, devices=4), one)
"""


@pytest.mark.slow
def test_a_step_is_the_same_on_any_devices_and_in_parts():
    environment = started_runs.environment(devices=4)
    # Each program runs twice, so that its compilation takes most of the time.
    environment["XLA_FLAGS"] += " --xla_backend_optimization_level=0"
    done = subprocess.run(
        [sys.executable, "-c", STEPS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]


def test_a_detector_scores_by_the_cosine_that_its_loss_trained(tmp_path):
    one = experiment(
        ASVspoof5(root="/nowhere"),
        front_end=LogLinear(filters=12),
        model=CNN(channels=(4,), hidden=8),
        loss=OCSoftmax(),
        clip=Clip(train=4_000, evaluate=4_000),
    )
    detector = Detector.load(untrained_runs.write_run(tmp_path / "run", one))
    clips = np.random.default_rng(0).normal(0, 0.1, (3, 4_000)).astype(np.float32)
    scores = detector.score(clips, np.full(3, 4_000))
    assert (np.abs(scores) <= 1).all()
    assert len(set(scores.tolist())) == 3
