"""Claims that come with recordings of the speaker, for a speaker encoder."""

import io

import numpy as np
import pytest
import soundfile

from spoofjax.deployment.speaker_encoder import SpeakerEncoder, speaker_score
from spoofjax.evaluation.calibration import Affine
from spoofjax.evaluation.tandem import TandemCosts
from spoofjax.evaluation.verification import Verifier

pytestmark = pytest.mark.slow
BOUNDARY = "four-five-six"


def form(*parts: tuple[str, bytes]) -> tuple[bytes, str]:
    """The body of a form of these fields, several of which may have one name, and its type."""
    body = b""
    for name, content in parts:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="a"'
        body += head.encode() + b"\r\n\r\n" + content + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"


@pytest.fixture(scope="module")
def encoder(tmp_path_factory) -> SpeakerEncoder:
    pytest.importorskip("onnxruntime", reason="needs the extra `onnx`")
    pytest.importorskip("onnx", reason="needs the extra `onnx`")
    import speaker_models

    return SpeakerEncoder(speaker_models.write_encoder(tmp_path_factory.mktemp("e") / "e.onnx"))


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    scale = Affine(scale=(5.0,), offset=-2.0, prior=0.5, trials=(9, 9), errors=(1, 1))
    return Verifier(TandemCosts(), asv=scale)


@pytest.fixture(scope="module")
def address(serving, encoder, verifier):
    """A service with a speaker encoder."""
    with serving(encoder=encoder, verifier=verifier, most_seconds=10) as address:
        yield address


def ask(address, *parts: tuple[str, bytes]):
    """The answer of POST /verify to a form."""
    body, content_type = form(*parts)
    return address.post("/verify", body, Content_Type=content_type)


def wav(samples: np.ndarray) -> bytes:
    """A WAV file of samples at 16 kHz."""
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="WAV", subtype="PCM_16")
    return file.getvalue()


def test_the_score_is_that_of_the_encoder_and_is_calibrated(
    address, encoder, verifier, recording, tiny_corpus
):
    files = sorted((tiny_corpus() / "flac_D").glob("*.flac"))[5:7]
    parts = [("file", recording.read_bytes()), *(("enrol", file.read_bytes()) for file in files)]
    answer = ask(address, *parts).json
    models = [encoder.enrol_file(file)[0] for file in files]
    expected = speaker_score(encoder.embed_file(recording)[0], models)
    assert answer["asv_score"] == pytest.approx(expected, abs=1e-6)
    assert answer["asv_llr"] == pytest.approx(5 * expected - 2, abs=1e-5)
    assert [answer["decision"]] == verifier.decide([answer["cm_score"]], [answer["asv_score"]])


def test_a_score_may_still_be_sent_but_not_beside_recordings(address, recording):
    data = recording.read_bytes()
    assert address.post("/verify?asv_score=0.5", data).json["asv_score"] == 0.5
    body, content_type = form(("file", data), ("enrol", data))
    both = address.post("/verify?asv_score=1", body, Content_Type=content_type)
    assert both.status == 400
    assert "not both" in both.json["error"]
    assert "as enrol" in address.post("/verify", data).json["error"]


@pytest.mark.parametrize(
    ("samples", "status", "problem"),
    [
        (np.zeros(16_000), 422, "recording 2: nobody can be enrolled by this recording: digital"),
        (np.zeros(11 * 16_000), 413, "recording 2: The file"),
        (None, 422, "recording 2: "),
    ],
)
def test_an_enrolment_recording_that_cannot_be_used_is_named_by_its_number(
    address, recording, samples, status, problem
):
    data = recording.read_bytes()
    other = b"no audio" if samples is None else wav(samples)
    answer = ask(address, ("file", data), ("enrol", data), ("enrol", other))
    assert answer.status == status
    assert f"Enrolment {problem}" in answer.json["error"]


def test_silence_is_not_accepted(address, recording):
    answer = ask(address, ("file", wav(np.zeros(16_000))), ("enrol", recording.read_bytes()))
    assert answer.json["decision"] is None


def test_recordings_of_the_speaker_need_an_encoder(service, address, recording):
    data = recording.read_bytes()
    refused = ask(service, ("file", data), ("enrol", data))
    assert refused.status == 400
    assert "asv_score" in refused.json["error"]
    for place, takes_enrolments in ((service, False), (address, True)):
        assert place.get("/health").json["takes_enrolments"] is takes_enrolments
        post = place.get("/openapi.json").json["paths"]["/verify"]["post"]
        schema = post["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert ("enrol" in schema["properties"]) is takes_enrolments
