"""SIGKILL at random moments, also while a checkpoint is written, loses only some steps."""

import kills
import pytest


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_runs_end_with_the_weights_of_an_uninterrupted_one(tiny_corpus, tmp_path):
    counts = kills.kill_often(tiny_corpus() / "tiny.py", tmp_path, kills=6)
    assert counts.kills == 6
    assert counts.while_saving >= 1  # otherwise the kills missed the critical moments
    assert counts.finished >= 1
