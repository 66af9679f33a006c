"""The service names the attack of a spoof, as `spoofjax score` does."""

import json

import pytest
import soundfile
import untrained_runs

from spoofjax.config import Clip
from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.scoring import score_files
from spoofjax.evaluation.rule import Rule

FIELDS = ("attack", "likeliest_attack", "attack_score")


@pytest.fixture(scope="module")
def traced(tiny_corpus, tmp_path_factory) -> Detector:
    """A detector that traces attacks, rejects every one, and calls everything a spoof."""
    experiment = load_config(tiny_corpus() / "tiny.py").replace(
        clip=Clip(train=6_400, evaluate=8_000, short="pad")
    )
    folder = untrained_runs.write_traced_run(tmp_path_factory.mktemp("t") / "run", experiment, 1e9)
    detector = Detector.load(folder)
    detector.decision["threshold"] = 1_000.0
    return detector


def test_the_attack_of_a_file_is_that_of_score(serving, traced, recording):
    with serving(another=traced) as address:
        answer = address.post("/score", recording.read_bytes()).json
    [row] = score_files(traced, [recording], Rule.of(traced.decision))
    assert (answer["verdict"], answer["attack"]) == ("spoof", "unknown")
    assert answer["likeliest_attack"] == row.likeliest_attack in ("A01", "A02")
    assert answer["attack_score"] == pytest.approx(row.attack_score, abs=1e-4)


def test_live_audio_has_the_attack_of_its_window(serving, traced, recording, tmp_path):
    websockets = pytest.importorskip("websockets.sync.client", reason="needs the extra `serve`")
    samples = soundfile.read(recording, dtype="int16")[0][:8_000]
    soundfile.write(tmp_path / "window.wav", samples, 16_000)
    [row] = score_files(traced, [tmp_path / "window.wav"], Rule.of(traced.decision))
    with serving(another=traced) as address:
        where = f"ws://{address.host}:{address.port}/live"
        with websockets.connect(where, open_timeout=30) as live:
            live.send('{"rate": 16000}')
            live.send(samples.tobytes())
            verdict = json.loads(live.recv(timeout=30))
            live.send(bytes(16_000))
            silence = json.loads(live.recv(timeout=30))
    assert verdict["likeliest_attack"] == row.likeliest_attack
    assert verdict["attack_score"] == pytest.approx(row.attack_score, abs=1e-4)
    assert [silence[name] for name in FIELDS] == [None, None, None]


def test_a_detector_without_tracing_names_no_attack(service, recording):
    answer = service.post("/score", recording.read_bytes()).json
    assert [answer[name] for name in FIELDS] == [None, None, None]
