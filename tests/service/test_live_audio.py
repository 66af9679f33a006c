"""Live connections: samples in, running verdicts back."""

import json

import numpy as np
import pytest
import soundfile

pytest.importorskip("websockets", reason="needs the extra `serve`")


@pytest.fixture
def connect(service):
    """Opens a live connection to the service."""
    from websockets.sync.client import connect

    return lambda: connect(f"ws://{service.host}:{service.port}/live", open_timeout=30)


def spoken(recording) -> np.ndarray:
    return soundfile.read(recording, dtype="int16")[0]


def test_a_verdict_comes_every_half_second_and_equals_that_of_the_window(
    connect, detector, recording
):
    samples = spoken(recording)
    with connect() as live:
        live.send(json.dumps({"rate": 16_000}))
        verdicts = []
        for start in range(0, 32_000, 1_600):
            live.send(samples[start : start + 1_600].tobytes())
            if (start + 1_600) % 8_000 == 0:
                verdicts.append(json.loads(live.recv(timeout=30)))
    assert [verdict["end"] for verdict in verdicts] == pytest.approx([0.5, 1.0, 1.5, 2.0])
    for verdict in verdicts:
        end = round(16_000 * verdict["end"])
        window = samples[end - 8_000 : end].astype(np.float32) / 32768
        clip, valid = detector.prepare(window)
        [expected] = detector.score(clip[None], np.array([valid]))
        assert verdict["score"] == pytest.approx(expected, abs=1e-4)
        assert verdict["start"] == pytest.approx(verdict["end"] - 0.5)


def test_other_rates_are_resampled_and_silence_is_not_judged(connect):
    with connect() as live:
        live.send('{"rate": 48000}')
        live.send(bytes(2 * 48_000))
        verdict = json.loads(live.recv(timeout=30))
    assert verdict["verdict"] == "unknown"
    assert "silence" in verdict["reason"]
    assert verdict["end"] == 0.5


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        (["{}"], 400),
        (["["], 400),
        ([b"\0\0"], 400),
        (['{"rate": 1e9}'], 400),
        (['{"rate": 1}'], 422),
        (['{"rate": 16000}', "text"], 400),
        (['{"rate": 16000}', b"\0"], 400),
        (['{"rate": 16000}'], 408),
        (['{"rate": 16000}', *[bytes(320_000)] * 2], 413),
    ],
)
def test_a_connection_that_breaks_the_rules_is_told_why_and_closed(connect, messages, status):
    from websockets.exceptions import ConnectionClosed

    with connect() as live:
        for message in messages:
            live.send(message)
        answers = []
        try:
            while True:
                answers.append(json.loads(live.recv(timeout=30)))
        except ConnectionClosed as error:
            closed = error
    assert answers[-1]["status"] == status
    assert answers[-1]["error"].endswith(".")
    assert closed.rcvd.code == 1008


def test_more_connections_than_allowed_are_refused(serving):
    from websockets.sync.client import connect

    with serving(streams=1) as address:
        where = f"ws://{address.host}:{address.port}/live"
        with connect(where, open_timeout=30) as first:
            first.send('{"rate": 16000}')
            with connect(where, open_timeout=30) as second:
                assert json.loads(second.recv(timeout=30))["status"] == 429
