"""The files with which the page runs the detector itself."""

import json
from pathlib import Path

import pytest

from spoofjax.cli import main
from spoofjax.deployment.program import checksum
from spoofjax.errors import ConfigError
from spoofjax.service.in_browser import RUNTIME, InBrowser

MODEL = b"an ONNX model"


@pytest.fixture
def export(detector, tmp_path) -> Path:
    """A folder as `export --to onnx` writes it, as far as the service reads it."""
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(MODEL)
    write_facts(folder, sha256=checksum(MODEL), weights_sha256=detector.fingerprint)
    return folder


@pytest.fixture
def runtime(tmp_path) -> Path:
    """A package of onnxruntime-web, as npm installs it."""
    folder = tmp_path / "onnxruntime-web"
    (folder / "dist").mkdir(parents=True)
    for name in RUNTIME:
        (folder / "dist" / name).write_bytes(name.encode())
    return folder


def write_facts(folder: Path, **facts: str) -> None:
    (folder / "export.json").write_text(json.dumps({"format": "ONNX", **facts}))


def test_the_page_gets_the_model_its_runtime_and_how_to_listen(serving, detector, export, runtime):
    with serving(in_browser=InBrowser.read(export, runtime, detector)) as address:
        assert address.get("/health").json["in_browser"]
        assert address.get("/detector/model.onnx").body == MODEL
        settings = address.get("/detector/settings.json").json
        assert (settings["window"], settings["hop"], settings["rate"]) == (8_000, 4_000, 16_000)
        wasm = address.get("/onnxruntime/ort-wasm-simd-threaded.wasm")
        assert wasm.headers["content-type"] == "application/wasm"
        assert "'wasm-unsafe-eval'" in wasm.headers["content-security-policy"]
        for path in ("/onnxruntime/package.json", "/detector/../etc/passwd", "/detector/"):
            assert address.get(path).status == 404


def test_the_model_needs_the_token_where_there_is_one(serving, detector, export, runtime):
    with serving("secret", in_browser=InBrowser.read(export, runtime, detector)) as address:
        for path in ("/detector/model.onnx", "/detector/settings.json"):
            assert address.get(path).status == 401
            assert address.get(path, Authorization="Bearer secret").status == 200


def test_a_service_without_these_files_offers_nothing(service):
    assert not service.get("/health").json["in_browser"]
    assert service.get("/detector/model.onnx").status == 404
    assert "wasm" not in service.get("/").headers["content-security-policy"]


def test_the_model_itself_may_be_named(detector, export, runtime):
    assert InBrowser.read(export / "model.onnx", runtime / "dist", detector).model == MODEL


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"format": "StableHLO"}, "holds StableHLO, not ONNX"),
        ({"sha256": "0"}, "model.onnx is damaged"),
        ({"sha256": checksum(MODEL)}, "an export of other weights .* Export the run again"),
    ],
)
def test_an_export_that_does_not_fit_is_refused(detector, export, runtime, facts, problem):
    write_facts(export, **facts)
    with pytest.raises(ConfigError, match=problem):
        InBrowser.read(export, runtime, detector)


def test_missing_files_are_named_with_the_remedy(detector, export, runtime, tmp_path):
    with pytest.raises(ConfigError, match=r"export\.json is missing.*export RUN --to onnx"):
        InBrowser.read(tmp_path, runtime, detector)
    with pytest.raises(ConfigError, match=r"ort.wasm.*mjs cannot be read.*npm install"):
        InBrowser.read(export, tmp_path, detector)


def test_one_folder_without_the_other_is_refused(tmp_path, capsys):
    assert main(["serve", "--onnx", str(tmp_path)]) == 1
    assert "needs both --onnx and --onnxruntime-web" in capsys.readouterr().err
