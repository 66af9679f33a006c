"""Requests that mean harm, or are broken: each gets a status of 4xx and one sentence."""

import io
import os
import socket
import struct
import time

import numpy as np
import pytest
import soundfile


def wav(samples: np.ndarray, subtype: str = "PCM_16", rate: int = 16_000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="WAV", subtype=subtype)
    return file.getvalue()


def flac(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, 16_000, format="FLAC")
    return file.getvalue()


NOISE = 0.1 * np.random.default_rng(1).standard_normal(16_000)
GOOD = wav(NOISE)
HOURS = GOOD[:40] + struct.pack("<I", 2 * 16_000 * 7_200) + GOOD[44:]
NAN = wav(np.where(np.arange(16_000) == 9_000, np.nan, NOISE), "FLOAT")
FORM = "multipart/form-data; boundary=b"

BODIES = {
    "nothing": (b"", "", 400),
    "text": (b"hello", "text/plain", 422),
    "JSON": (b'{"file": "/etc/passwd"}', "application/json", 422),
    "a play list": (b"#EXTM3U\nfile:///etc/passwd\n", "audio/x-mpegurl", 422),
    "a list of files": (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "", 422),
    "a truncated WAV file": (GOOD[:-9_000], "audio/wav", 422),
    "half a header": (GOOD[:20], "audio/wav", 422),
    "a truncated FLAC file": (flac(NOISE)[:-4_000], "audio/flac", 422),
    "a header that announces hours": (HOURS, "audio/wav", 422),
    "hours of silence in few bytes": (flac(np.zeros(16_000 * 60)), "audio/flac", 413),
    "NaN": (NAN, "audio/wav", 422),
    "no samples": (wav(np.zeros(0)), "audio/wav", 422),
    "an implausible rate": (wav(NOISE, rate=900), "audio/wav", 422),
    "more than the limit": (bytes(3 << 20), "audio/wav", 413),
    "what begins like a film": (b"\0\0\0 ftypM4A " + os.urandom(2_000), "audio/mp4", 422),
    "what begins like WebM": (b"\x1aE\xdf\xa3" + os.urandom(2_000), "audio/webm", 422),
    "a form without a boundary": (b"--b", "multipart/form-data", 400),
    "a form without an end": (b'--b\r\nX: y; name="file"\r\n\r\nabc', FORM, 400),
    "a form without a file": (b'--b\r\nX: y; name="a"\r\n\r\n1\r\n--b--', FORM, 400),
    "a form of many parts": (b'--b\r\nX: y; name="a"\r\n\r\n1\r\n' * 99 + b"--b--", FORM, 400),
    "a form that is another form": (b"--c\r\n\r\n\r\n--c--", FORM, 400),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_fit_audio_is_refused_in_one_sentence(service, name):
    body, content_type, status = BODIES[name]
    answer = service.post("/score", body, Content_Type=content_type)
    assert answer.status == status, answer.body
    error = answer.json["error"]
    assert error[0].isupper()
    assert error.endswith(".")
    assert len(error) < 250
    assert "/proc/" not in error
    assert "passwd" not in error


@pytest.mark.parametrize(
    "path", ["/../../etc/passwd", "/page/../../../etc/passwd", "/page/%2e%2e%2fserver.py", "//x"]
)
def test_no_path_leads_to_a_file(service, path):
    answer = service.get(path)
    assert answer.status == 404
    assert answer.json == {"error": "There is no such path. /openapi.json lists them."}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_another_method_is_refused(service, method):
    assert service.ask(method, "/score").status == 405


def test_names_of_a_request_create_no_files(service, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + bytes(tmp_path / "planted.wav")
        + b'"\r\n\r\n'
        + GOOD
        + b"\r\n--b--\r\n"
    )
    assert service.post("/score", body, Content_Type=FORM).status == 200
    assert list(tmp_path.iterdir()) == []


def test_another_site_is_refused(service):
    assert service.get("/health", Host="attacker.example").status == 403
    here = f"{service.host}:{service.port}"
    assert service.get("/health", Origin="https://attacker.example").status == 403
    assert service.get("/health", Origin=f"http://{here}").status == 200


SLOW = {
    "silent": b"",
    "half a line": b"POST /score HT",
    "half a body": b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nRIFF",
    "half a chunk": b"POST /score HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n4\r\nRIFF",
}


def test_slow_senders_are_told_so_and_left(service):
    begin = time.monotonic()
    connections = {name: socket.create_connection(service, timeout=20) for name in SLOW}
    for name, connection in connections.items():
        connection.sendall(SLOW[name])
    for name, connection in connections.items():
        with connection:
            assert connection.recv(4096).startswith(b"HTTP/1.1 408 Request Timeout\r\n"), name
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    "request_",
    [
        b"\x00\xff\x00\xff\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
    ids=["noise", "version", "negative length", "long header"],
)
def test_what_is_not_http_is_refused(service, request_):
    with socket.create_connection(service, timeout=20) as connection:
        connection.sendall(request_)
        assert connection.recv(4096).startswith(b"HTTP/1.1 4")


def test_the_service_still_answers_after_all_of_this(service):
    assert service.post("/score", GOOD).status == 200


def test_a_full_service_refuses_more_bodies(serving):
    with serving(waiting=2, receive_seconds=2) as address:
        held = [socket.create_connection(address) for _ in range(3)]
        for connection in held:
            head = b"POST /score HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n1"
            connection.sendall(head)
        time.sleep(0.3)
        answer = address.post("/score", GOOD)
        assert answer.status == 429
        assert answer.headers["retry-after"] == "1"
        for connection in held:
            connection.close()
