"""What a run measures between two lines of its history."""

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
