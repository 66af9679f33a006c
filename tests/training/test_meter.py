"""What a run measures between two lines of its history."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from spoofjax.training.meter import Counts, Meter


def send(meter, step, loss):
    """Record a step with this loss."""
    batch = SimpleNamespace(indices=np.arange(2), labels=np.array([0, 1]), skipped=0)
    measured = SimpleNamespace(loss=np.float32(loss), gradient_norm=np.float32(1), finite=True)
    meter.sent(step, batch, measured)


def test_the_first_loss_line_after_a_resume_averages_the_same_steps_as_undisturbed():
    undisturbed = Meter(Counts())
    for step, loss in enumerate([4, 2, 3, 1], 1):
        send(undisturbed, step, loss)
    stopped = Meter(Counts())
    send(stopped, 1, 4)
    send(stopped, 2, 2)
    stopped.check(None)
    notes = stopped.notes()
    resumed = Meter(Counts.restored(notes), notes["losses"])
    send(resumed, 3, 3)
    send(resumed, 4, 1)
    assert resumed.report(None)["loss"] == undisturbed.report(None)["loss"] == pytest.approx(2.5)


class Transfer:
    """An array that arrives on the device after a while."""

    def block_until_ready(self):
        time.sleep(0.1)


@pytest.mark.parametrize("is_idle", [True, False])
def test_a_wait_ends_with_the_transfer_and_counts_where_the_device_is_idle(is_idle):
    meter = Meter(Counts())
    loss = SimpleNamespace(is_ready=lambda: is_idle)
    batch = SimpleNamespace(indices=np.arange(2), labels=np.array([0, 1]), skipped=0)
    meter.sent(1, batch, SimpleNamespace(loss=loss, gradient_norm=1.0, finite=True))
    assert meter.next(iter([(batch, [Transfer()])]))[0] is batch
    assert meter._waited >= 0.1 if is_idle else meter._waited == 0
