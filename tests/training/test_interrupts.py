"""Ctrl-C and SIGTERM at random moments, also while a checkpoint is written."""

import pytest
import signals


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_signals_at_random_moments_end_with_their_status_and_lose_nothing(tiny_corpus, tmp_path):
    counts = signals.signal_often(tiny_corpus() / "tiny.py", tmp_path, each=5)
    assert counts["SIGINT 130"] >= 3
    assert counts["SIGTERM 75"] >= 3
    assert counts["while saving"] >= 1  # otherwise the signals missed the critical moments
    assert counts["finished"] >= 1
