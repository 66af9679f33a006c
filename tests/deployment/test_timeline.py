"""Scores of windows become the score of a recording, and the spans that look spoofed."""

from __future__ import annotations

import numpy as np
import pytest

from spoofjax.deployment.timeline import Timeline
from spoofjax.evaluation.rule import Rule

RULE = Rule(prior=0.5, threshold=0.0)


def timeline(*llrs: float | None, hop: float = 2.0, size: float = 4.0) -> Timeline:
    """Return windows of `size` seconds every `hop` seconds; None is a window of silence."""
    start = hop * np.arange(len(llrs))
    llr = np.array([np.nan if value is None else value for value in llrs])
    reasons = tuple("silence" if value is None else None for value in llrs)
    return Timeline(start, start + size, np.nan_to_num(llr), llr, reasons, float(start[-1] + size))


def test_a_recording_has_the_mean_or_the_lowest_score_of_its_windows():
    several = timeline(3.0, None, -1.0, 4.0)
    assert several.pooled() == several.pooled_llr() == 2.0
    assert several.pooled("lowest") == several.pooled_llr("lowest") == -1.0
    assert several.pooled("start") == 3.0
    assert several.heard == several.seconds == 10


def test_silence_is_not_judged():
    silent = timeline(None, None)
    assert silent.reason == "silence"
    assert np.isnan(silent.pooled_llr())
    assert np.isfinite(silent.pooled())
    assert silent.spans(RULE) == []
    assert timeline(None, 1.0).reason is None


def test_a_span_is_where_the_windows_say_spoof_on_average():
    # Seconds 0-2 are in the first window, 2-4 in the first two, and so on.
    [span] = timeline(5.0, -1.0, -4.0, -4.0).spans(RULE)
    assert (span.start, span.end) == (4, 10)
    assert span.llr == pytest.approx((-2.5 - 4.0 - 4.0) / 3)
    assert span.p_spoof == pytest.approx(1 / (1 + np.exp(span.llr)))


def test_spans_are_apart_where_speech_or_silence_lies_between():
    spans = timeline(-1.0, None, None, None, -2.0, 9.0, 9.0, -3.0).spans(RULE)
    assert [(span.start, span.end) for span in spans] == [(0, 4), (8, 10), (16, 18)]


def test_a_recording_without_a_spoofed_part_has_no_span():
    assert timeline(1.0, 2.0).spans(RULE) == []
