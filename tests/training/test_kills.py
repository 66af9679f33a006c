"""SIGKILL at random moments, also while a checkpoint is written: nothing is lost but some steps."""

import kills
import pytest


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_trainings_end_with_the_weights_of_an_undisturbed_one(tiny_corpus, tmp_path):
    found = kills.kill_often(tiny_corpus() / "tiny.py", tmp_path, kills=10)
    assert found.kills == 10
    assert found.while_saving >= 1  # else the moments were not the interesting ones
    assert found.finished >= 1
