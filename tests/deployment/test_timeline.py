"""Scores of windows become the score of a recording, and the spans that look spoofed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from spoofjax.deployment.timeline import StepScores, Timeline
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


def test_scores_of_steps_take_the_place_of_those_of_windows():
    # Two windows of 0.4 s, 0.2 s apart; their steps of 0.16 s end with the samples.
    first = StepScores.of(0, 6_400, np.array([3.0, 1.0, -1.0, 9.0]), 2_560, 16_000, 0)
    second = StepScores.of(3_200, 6_400, np.array([2.0, -4.0, -6.0]), 2_560, 16_000, 1)
    assert first.end.tolist() == [0.16, 0.32, 0.4]
    windows = timeline(1.0, 1.0, hop=0.2, size=0.4)
    located = dataclasses.replace(windows, steps=StepScores.joined([first, second]))
    edges, llr = located.moments()
    assert edges.tolist() == [0, 0.16, 0.2, 0.32, 0.36, 0.4, 0.52, 0.6]
    assert llr.tolist() == [3, 1, 1.5, 0.5, -2.5, -4, -6]
    [span] = located.spans(RULE)
    assert (span.start, span.end) == (0.36, 0.6)
    assert windows.spans(RULE) == []


def test_steps_of_a_window_of_silence_are_not_judged():
    steps = StepScores.of(0, 3_200, np.array([-1.0, -1.0]), 1_600, 16_000, 0)
    silent = dataclasses.replace(timeline(None, hop=0.2, size=0.2), steps=steps)
    assert np.isnan(silent.moments()[1]).all()
    assert silent.every_moment()[1].tolist() == [-1, -1]
