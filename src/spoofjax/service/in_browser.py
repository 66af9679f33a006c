"""What the page needs to run the detector in the browser, so that no audio leaves the device.

The files are read once, when the service starts, and are sent from memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.onnx_file import FILE
from spoofjax.deployment.program import FACTS, checksum
from spoofjax.errors import ConfigError
from spoofjax.json_files import read_json

RUNTIME = {
    "ort.wasm.bundle.min.mjs": "text/javascript; charset=utf-8",
    "ort-wasm-simd-threaded.wasm": "application/wasm",
}
"""The files of onnxruntime-web that run a model in WebAssembly, with their media types."""


class _Facts(TypedDict):
    """What export.json says of an ONNX model."""

    format: str
    sha256: NotRequired[str]
    weights_sha256: NotRequired[str]


@dataclass(frozen=True)
class InBrowser:
    """The detector as files for the browser."""

    model: bytes
    """The ONNX model, from waveform to score."""
    runtime: dict[str, tuple[bytes, str]]
    """The content and the media type of each file of onnxruntime-web, by its path."""

    @classmethod
    def read(cls, export: Path, runtime: Path, detector: Detector) -> InBrowser:
        """Read an export by `spoofjax export --to onnx`, and a folder with onnxruntime-web.

        `export` is the folder or the model in it; `runtime` is the package of npm or its folder
        `dist`. Raises ConfigError where a file is missing or damaged, and where the export is that
        of another detector.
        """
        folder = export if export.is_dir() else export.parent
        return cls(_model(folder, detector), _runtime(runtime))


def _model(folder: Path, detector: Detector) -> bytes:
    remedy = "Give --onnx the folder that `spoofjax export RUN --to onnx --out DIR` writes."
    facts = read_json(folder / FACTS, _Facts, ConfigError, remedy)
    if facts["format"] != "ONNX":
        raise ConfigError(f"{folder} holds {facts['format']}, not ONNX. {remedy}")
    model = _read(folder / FILE, remedy)
    if facts.get("sha256") != checksum(model):
        raise ConfigError(
            f"{folder / FILE} is damaged: it differs from the checksum in {FACTS}. Export the run "
            "again."
        )
    if facts.get("weights_sha256") != detector.fingerprint:
        raise ConfigError(
            f"{folder} is an export of other weights than those that are served, or of an older "
            "version of spoofjax. Export the run again."
        )
    return model


def _runtime(folder: Path) -> dict[str, tuple[bytes, str]]:
    remedy = (
        "Give --onnxruntime-web the package of that name: `npm install onnxruntime-web` writes it "
        "to node_modules/onnxruntime-web."
    )
    place = folder / "dist" if (folder / "dist").is_dir() else folder
    return {
        f"/onnxruntime/{name}": (_read(place / name, remedy), media_type)
        for name, media_type in RUNTIME.items()
    }


def _read(path: Path, remedy: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}. {remedy}") from None
