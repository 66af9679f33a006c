"""The page listens by itself: its answers are those of the service, and no audio leaves it."""

import asyncio
import base64
import contextlib
import dataclasses
import io
import json
import os
from pathlib import Path
from typing import Any

import browser
import numpy as np
import pytest
import soundfile

from spoofjax.audio.judging import TrainingAudio
from spoofjax.evaluation.rule import Rule
from spoofjax.service.counters import Counters
from spoofjax.service.engine import Engine
from spoofjax.service.in_browser import InBrowser
from spoofjax.service.limits import Limits
from spoofjax.service.page_settings import settings_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(browser.chromium() is None, reason="needs Chromium"),
]

RATE = 16_000
SENTENCE = "document.getElementById('sentence').textContent"
SHOWN = "!document.getElementById('result').hidden && document.getElementById('status').hidden"


def tone(seconds: float, hertz: float = 300.0) -> np.ndarray:
    return 0.1 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)


def noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 0.1, round(seconds * RATE))


def wav(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="FLOAT")
    return file.getvalue()


RECORDINGS = {
    "speech": lambda speech: speech,
    "shorter than a window": lambda speech: speech[:6_000],
    "a stereo file": lambda speech: np.stack([speech, 0.5 * speech], axis=1),
    "speech after silence": lambda speech: np.concatenate([np.zeros(12_000), speech]),
    "silence": lambda speech: np.zeros(RATE),
    "speech far below the level of training": lambda speech: 0.01 * speech,
    "near silence": lambda speech: 0.005 * tone(1.0),
    "an offset": lambda speech: speech + 0.3,
    "channels that cancel": lambda speech: np.stack([speech, -speech], axis=1),
    "a tone": lambda speech: tone(1.3),
    "a tone beyond speech": lambda speech: tone(1.0, 7_000.0),
    "noise": lambda speech: noise(1.1),
}
"""Recordings that are judged, in part or not at all, for all the reasons that there are."""


@pytest.fixture(scope="module")
def speech(recording) -> np.ndarray:
    return soundfile.read(recording)[0]


@pytest.fixture(scope="module")
def rule(detector, speech) -> Rule:
    """A rule that calls some windows of the speech spoofed, and abstains from some."""
    engine = Engine(detector, Rule.of(detector.decision), Limits(), Counters())
    [answer] = answers_of(engine, [speech])
    llrs = [window["llr"] for window in answer["timeline"]]
    middle, width = float(np.median(llrs)), float(np.ptp(llrs))
    abstain = (middle - 0.1 * width, middle + 0.1 * width)
    return Rule(0.3, middle, 1.0, 1.0, abstain, is_calibrated=True)


@pytest.fixture(scope="module")
def engine(detector, rule) -> Engine:
    heard = TrainingAudio(largest_dc_share=0.02, level_dbfs=(-30.0, -15.0))
    detector = dataclasses.replace(detector, training_audio=heard)
    return Engine(detector, rule, Limits(), Counters(), note="A note.")


@pytest.fixture(scope="module")
def answers(engine, speech) -> dict[str, dict[str, Any]]:
    """What the service answers about each recording."""
    samples = [make(speech) for make in RECORDINGS.values()]
    return dict(zip(RECORDINGS, answers_of(engine, samples), strict=True))


def answers_of(engine: Engine, recordings: list[np.ndarray]) -> list[dict[str, Any]]:
    async def judge_all() -> list[dict[str, Any]]:
        async with engine.running():
            return [await engine.judge(wav(samples)) for samples in recordings]

    return asyncio.run(judge_all())


@pytest.fixture(scope="module")
def page(service, tmp_path_factory):
    """The page of a service without a detector for the browser, whose modules tests import."""
    address = f"http://{service.host}:{service.port}/"
    with browser.opened(address, tmp_path_factory.mktemp("browser") / "profile") as page:
        yield page


LISTEN = """(async () => {
  const { listen } = await import("/page/listening.js");
  const floats = (text) => new Float32Array(
    Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer,
  );
  const scores = SCORES;
  const answer = await listen(CHANNELS.map(floats), SETTINGS, async () => scores.shift());
  const { pictures } = answer;
  for (const name of ["outline", "spectrogram"]) pictures[name] = [...pictures[name]];
  return answer;
})()"""
"""Listens to channels with a model whose scores are given."""


@pytest.mark.parametrize("name", RECORDINGS)
def test_the_page_draws_the_conclusions_of_the_service(page, engine, answers, speech, name):
    channels = np.atleast_2d(RECORDINGS[name](speech).T).astype(np.float32)
    expected = answers[name]
    script = (
        LISTEN.replace("SCORES", json.dumps([part["score"] for part in expected["timeline"]]))
        .replace("CHANNELS", json.dumps([base64.b64encode(c.tobytes()).decode() for c in channels]))
        .replace("SETTINGS", json.dumps(settings_of(engine)))
    )
    answer = page.value(script)
    drawn, pictures = answer.pop("pictures"), expected["pictures"]
    assert answer == approximately(expected, without="pictures")
    for picture, dtype in (("outline", np.int8), ("spectrogram", np.uint8)):
        levels = np.frombuffer(base64.b64decode(pictures[picture]), dtype)
        np.testing.assert_allclose(drawn[picture], levels.astype(int), atol=2)
    assert drawn["columns"] == pictures["columns"]
    assert page.problems == []


def test_the_recordings_are_judged_for_all_kinds_of_reasons(answers):
    verdicts = {part["verdict"] for part in answers["speech"]["timeline"]}
    assert verdicts == {"bonafide", "spoof", "unknown"}
    assert answers["speech"]["spans"]
    reasons = {answer["reason"] for answer in answers.values() if answer["p_spoof"] is None}
    assert len(reasons) == 9


def approximately(value: Any, without: str = "") -> Any:
    """A value that equals another one whose numbers differ by 1e-6."""
    if isinstance(value, dict):
        return {key: approximately(part) for key, part in value.items() if key != without}
    if isinstance(value, list):
        return [approximately(part) for part in value]
    return pytest.approx(value, abs=1e-6) if isinstance(value, float) else value


@pytest.fixture(scope="module")
def in_browser(detector, run_folder, tmp_path_factory) -> InBrowser:
    """The detector for the browser, where onnxruntime-web is on this machine."""
    pytest.importorskip("onnx", reason="needs the extra `onnx`")
    pytest.importorskip("onnxruntime", reason="needs the extra `onnx`")
    from spoofjax.deployment.exporting.folder import export_as
    from spoofjax.deployment.exporting.utterances import noise

    runtime = os.environ.get("SPOOFJAX_TEST_ONNXRUNTIME_WEB")
    if not runtime:
        pytest.skip("needs SPOOFJAX_TEST_ONNXRUNTIME_WEB, the folder of that package of npm")
    out = tmp_path_factory.mktemp("export") / "onnx"
    export_as(detector, run_folder, out, "onnx", noise(RATE))
    return InBrowser.read(out, Path(runtime), detector)


FACT = """[...document.querySelectorAll("#facts dt")]
  .find((name) => name.textContent === "raw score").nextSibling.textContent"""


def test_speech_and_recordings_are_judged_without_the_service(
    serving, in_browser, recording, tmp_path
):
    samples, rate = soundfile.read(recording, dtype="int16")
    soundfile.write(tmp_path / "microphone.wav", np.tile(samples, 4), rate, subtype="PCM_16")
    with contextlib.ExitStack() as browsers:
        with serving(in_browser=in_browser, token="secret") as address:
            data = recording.read_bytes()
            expected = address.post("/score", data, Authorization="Bearer secret").json
            url = f"http://{address.host}:{address.port}/"
            page = browsers.enter_context(
                browser.opened(url, tmp_path / "profile", tmp_path / "microphone.wav")
            )
            page.wait_for("!document.getElementById('in-browser-row').hidden")
            page.value("document.getElementById('token').value = 'secret'")
            page.value("document.getElementById('in-browser').click()")
            page.wait_for("document.getElementById('status').textContent.includes('is in this')")
            page.value("document.getElementById('speak').click()")
            page.wait_for(f"{SENTENCE}.includes('latest seconds')")
            page.value("document.getElementById('speak').click()")
            page.wait_for(f"{SHOWN} && {SENTENCE}.startsWith('This recording')")
            metrics = address.get("/metrics", Authorization="Bearer secret").body.decode()
            # The request of this test, and none of the page.
            assert 'spoofjax_requests_total{path="/score",status="200"} 1' in metrics
        # The service has ended.
        page.value(f"{SENTENCE} = ''")
        page.choose_file(recording)
        page.wait_for(f"{SHOWN} && {SENTENCE} === {json.dumps(expected['sentence'])}")
        assert page.problems == []
        assert float(page.value(FACT)) == pytest.approx(expected["score"], abs=1e-3)
        count = page.value("document.querySelectorAll('#windows tr').length")
        assert count == len(expected["timeline"]) > 1
