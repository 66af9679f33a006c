"""What the service answers to those who use it as intended."""

import io
import json

import numpy as np
import pytest
import soundfile

from spoofjax.deployment.listening import listen
from spoofjax.deployment.scoring import score_files
from spoofjax.evaluation.rule import Rule
from spoofjax.evaluation.tandem import TandemCosts
from spoofjax.evaluation.verification import Verifier

BOUNDARY = "one-two-three"


def form(**parts: bytes) -> tuple[bytes, str]:
    """The body of a form whose field `file` has a file name, and its Content-Type."""
    body = b""
    for name, content in parts.items():
        filename = '; filename="../../etc/passwd"' if name == "file" else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{filename}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


def test_a_file_gets_the_verdict_that_score_gives_it(service, detector, recording):
    answer = service.post("/score", recording.read_bytes())
    assert answer.status == 200
    [row] = score_files(detector, [recording])
    for name in ("verdict", "score", "llr", "p_spoof", "seconds", "heard", "threshold"):
        assert answer.json[name] == pytest.approx(getattr(row, name), abs=1e-6), name
    assert answer.json["sentence"].startswith("This recording ")


def test_the_timeline_is_that_of_listen(service, detector, recording):
    answer = service.post("/score", recording.read_bytes()).json
    expected, rule = listen(detector, recording), Rule.of(detector.decision)
    windows = answer["timeline"]
    assert [w["start"] for w in windows] == pytest.approx(expected.start, abs=1e-3)
    assert [w["end"] for w in windows] == pytest.approx(expected.end, abs=1e-3)
    assert [w["score"] for w in windows] == pytest.approx(expected.score, abs=1e-5)
    spans = [(s["start"], s["end"]) for s in answer["spans"]]
    assert spans == [pytest.approx(span[:2], abs=1e-3) for span in expected.spans(rule)]


def test_a_form_gets_the_answer_of_its_file(service, recording):
    body, content_type = form(note=b"x", file=recording.read_bytes())
    answer = service.post("/score", body, Content_Type=content_type)
    assert answer.json == service.post("/score", recording.read_bytes()).json


def test_pictures_come_unless_they_are_declined(service, recording):
    pictures = service.post("/score", recording.read_bytes()).json["pictures"]
    assert pictures["columns"] == 440
    assert "pictures" not in service.post("/score?pictures=0", recording.read_bytes()).json


def test_silence_is_not_judged(service):
    file = io.BytesIO()
    soundfile.write(file, np.zeros(16_000), 16_000, format="WAV")
    answer = service.post("/score", file.getvalue()).json
    assert answer["verdict"] == "unknown"
    assert answer["sentence"].startswith("This recording cannot be judged: digital silence")
    assert answer["llr"] is None


def test_a_claim_of_a_speaker_is_accepted_or_rejected(service, recording):
    llr = service.post("/score", recording.read_bytes()).json["llr"]
    verifier = Verifier(TandemCosts())
    decisions = set()
    for asv_score in (-30.0, 30.0):
        answer = service.post(f"/verify?asv_score={asv_score}", recording.read_bytes()).json
        assert [answer["decision"]] == verifier.decide([llr], [asv_score])
        assert answer["countermeasure"]["llr"] == llr
        decisions.add(answer["decision"])
    assert "impostor" in decisions
    body, content_type = form(asv_score=b"-30", file=recording.read_bytes())
    assert service.post("/verify", body, Content_Type=content_type).json["decision"] == "impostor"


@pytest.mark.parametrize("asv_score", ["", "?asv_score=", "?asv_score=nan", "?asv_score=high"])
def test_a_claim_without_a_score_of_the_speaker_is_refused(service, recording, asv_score):
    answer = service.post(f"/verify{asv_score}", recording.read_bytes())
    assert answer.status == 400
    assert "asv_score" in answer.json["error"]


def test_health_states_the_limits(service):
    health = service.get("/health").json
    assert health["status"] == "ok"
    assert health["limits"]["most_bytes"] == 1 << 20
    assert health["window_seconds"] == 0.5


def test_metrics_count_requests_and_verdicts(serving, recording):
    with serving() as address:
        verdict = address.post("/score", recording.read_bytes()).json["verdict"]
        address.post("/score", b"no audio")
        text = address.get("/metrics").body.decode()
    assert 'spoofjax_requests_total{path="/score",status="200"} 1' in text
    assert 'spoofjax_requests_total{path="/score",status="422"} 1' in text
    assert f'spoofjax_verdicts_total{{verdict="{verdict}"}} 1' in text
    assert 'spoofjax_answer_seconds_bucket{le="+Inf"} 2' in text
    assert "\nspoofjax_audio_seconds_total 2.2\n" in text


def test_the_description_names_every_path_and_is_true_of_an_answer(service, recording):
    description = service.get("/openapi.json").json
    assert set(description["paths"]) == {
        "/score", "/verify", "/health", "/metrics", "/openapi.json",
    }  # fmt: skip
    for path, parameters in (("/score", ""), ("/verify", "?asv_score=1")):
        answer = service.post(path + parameters, recording.read_bytes()).json
        post = description["paths"][path]["post"]
        schema = post["responses"]["200"]["content"]["application/json"]["schema"]
        assert answer.keys() == schema["properties"].keys()


def test_the_page_and_its_files_come_with_their_types(service):
    page = service.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-security-policy"].startswith("default-src 'self'")
    names = [part.split('"')[0] for part in page.body.decode().split('"/page/')[1:]]
    assert len(names) == 3
    for name in names:
        assert service.get(f"/page/{name}").status == 200
    script = service.get("/page/main.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


def test_a_token_is_needed_where_there_is_one(serving, recording):
    data = recording.read_bytes()
    with serving(token="secret") as address:
        assert address.get("/health").json["needs_token"]
        assert address.post("/score", data).status == 401
        assert address.post("/score", data, Authorization="Bearer other").status == 401
        assert address.get("/metrics").status == 401
        assert address.post("/score", data, Authorization="Bearer secret").status == 200


def test_a_verifier_calibrates_both_scores(serving, run_folder, detector, recording, tmp_path):
    from spoofjax.evaluation.calibration import Affine

    raw = score_files(detector, [recording])
    score = next(raw).score
    calibrations = [
        Affine(scale=(scale,), offset=offset, prior=0.5, trials=(9, 9), errors=(1, 1))
        for scale, offset in ((2.0, 0.5), (3.0, -1.0))
    ]
    verifier = Verifier(TandemCosts(), *calibrations)
    verifier.write(tmp_path / "verifier.json")
    with serving(verifier=Verifier.read(tmp_path / "verifier.json")) as address:
        answer = address.post("/verify?asv_score=1.5", recording.read_bytes()).json
    assert answer["cm_llr"] == pytest.approx(2 * score + 0.5, abs=1e-4)
    assert answer["asv_llr"] == 3.5
    assert json.dumps(answer["decision"]) in ('"accept"', '"impostor"', '"spoof"')
