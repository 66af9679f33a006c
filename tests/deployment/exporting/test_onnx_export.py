"""Each architecture gives in onnxruntime the scores of its run; example.py needs no spoofjax."""

import dataclasses
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
import untrained_runs
from flax import nnx

from spoofjax.config import Clip
from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.comparison import compare, scores_of_run
from spoofjax.deployment.exporting.folder import export_as
from spoofjax.deployment.exporting.onnx_file import OnnxProgram, onnx_model
from spoofjax.deployment.onnx_graph.smaller import halved
from spoofjax.features import LFCC, LogMel, Waveform
from spoofjax.models import AASIST, CNN2D, CNNLSTM, LCNN, LSTM, Ensemble
from spoofjax.models.arrays import flatten
from spoofjax.models.building import build_network

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.slow

PADDED = Clip(evaluate=8_000, short="pad", level_dbfs=-26.0)
TILED = Clip(evaluate=6_400)
DETECTORS = {
    "CNN2D": (CNN2D(channels=(4, 6), convolutions=(1, 1)), LFCC(), PADDED),
    "LSTM": (LSTM(units=(8,)), LFCC(), PADDED),
    "CNN-LSTM": (CNNLSTM(channels=(8,), units=(6,), bidirectional=True), LFCC(), PADDED),
    "LCNN-BLSTM": (LCNN(), LFCC(), PADDED),
    "AASIST": (AASIST(filters=12, taps=33, channels=(4, 4), graph=(6, 4)), Waveform(), TILED),
}


@pytest.mark.parametrize("parts", DETECTORS.values(), ids=DETECTORS)
def test_the_model_gives_the_scores_of_the_run(uneven_corpus, utterances, tmp_path, parts):
    model, front_end, clip = parts
    base = load_config(uneven_corpus / "tiny.py")
    experiment = dataclasses.replace(base, model=model, front_end=front_end, clip=clip)
    detector = Detector.load(untrained_runs.write_run(tmp_path / "run", experiment))
    compared = compare(detector, utterances, OnnxProgram(onnx_model(detector).SerializeToString()))
    assert np.std(compared.expected) > 1e-6
    compared.check()  # raises where a score differs by more than is allowed


def test_the_front_ends_of_an_ensemble_keep_their_precision(uneven_corpus, utterances):
    base = load_config(uneven_corpus / "tiny.py")
    small = CNN2D(channels=(4, 8), convolutions=(1, 1))
    ensemble = Ensemble(members=(small, small), front_ends=(LFCC(), LogMel()))
    experiment = dataclasses.replace(base, model=ensemble, front_end=Waveform(), clip=TILED)
    _, *states = nnx.split(build_network(experiment, nnx.Rngs(0)), nnx.Param, ...)
    detector = Detector(experiment, untrained_runs.DECISION, *map(flatten, states))
    model = onnx_model(detector)
    assert compare(detector, utterances, OnnxProgram(model.SerializeToString())).difference < 1e-4
    halves = [
        tensor.name
        for tensor in onnx.load_from_string(halved(model)).graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT16
    ]
    assert halves
    assert not any("front_end" in name for name in halves)


@pytest.fixture(scope="module")
def export(detector, run, utterances, tmp_path_factory) -> Path:
    """The folder of an export."""
    out = tmp_path_factory.mktemp("onnx") / "export"
    export_as(detector, run, out, "onnx", utterances)
    return out


RUN = """import runpy, sys
sys.path.append(sys.argv.pop(1))
runpy.run_path(sys.argv.pop(1), run_name="__main__")"""
"""Runs a program with the packages of one folder and the standard library alone."""
SCORE = """import sys
import numpy, onnxruntime
waveform = numpy.load(sys.argv[2])[None]
lengths = numpy.array([waveform.shape[1]], "int32")
session = onnxruntime.InferenceSession(sys.argv[1])
print(session.run(["score"], {"waveform": waveform, "lengths": lengths})[0].item())"""


def output_of(program: Path, *arguments: Path, packages: Path) -> str:
    command = [sys.executable, "-I", "-S", "-c", RUN, packages, program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def link_packages(folder: Path, *names: str) -> Path:
    """Make a folder with these installed packages alone."""
    folder.mkdir()
    for name in names:
        distribution = importlib.metadata.distribution(name)
        for part in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
            (folder / part).symlink_to(Path(str(distribution.locate_file(part))))
    return folder


def test_the_model_needs_onnxruntime_and_numpy_alone(export, detector, utterances, tmp_path):
    packages = link_packages(tmp_path / "packages", "onnxruntime", "numpy")
    waveform = utterances.waveforms[2]
    np.save(tmp_path / "waveform.npy", waveform)
    (tmp_path / "score.py").write_text(SCORE)
    score = output_of(
        tmp_path / "score.py", export / "model.onnx", tmp_path / "waveform.npy", packages=packages
    )
    (expected,) = scores_of_run(detector, waveform[None], np.array([len(waveform)]))
    assert float(score) == pytest.approx(expected, abs=1e-4)


def test_the_example_reads_files_with_soundfile(export, detector, utterances, tmp_path):
    names = ("onnxruntime", "numpy", "soundfile", "cffi", "pycparser", "typing_extensions")
    packages = link_packages(tmp_path / "packages", *names)
    waveform = utterances.waveforms[2]
    soundfile.write(tmp_path / "a.wav", waveform, 16_000, subtype="FLOAT")
    judged = output_of(export / "example.py", tmp_path / "a.wav", packages=packages)
    (expected,) = scores_of_run(detector, waveform[None], np.array([len(waveform)]))
    assert float(judged.split()[-1]) == pytest.approx(expected, abs=1e-4)
    assert len((export / "example.py").read_text().splitlines()) < 30


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_a_smaller_precision_is_measured(detector, run, utterances, tmp_path, precision):
    out = tmp_path / precision
    facts = export_as(detector, run, out, "onnx", utterances, precision)
    assert json.loads((out / "export.json").read_text())["precision"] == precision
    changes = facts["reduced"]
    assert facts["bytes"] == (out / "model.onnx").stat().st_size
    assert changes["float32_difference"] < 1e-4
    assert 0 < facts["largest_difference"] < 0.1
    assert len(changes["eer"]) == 2
    assert f"in {precision}:" in (out / "README.md").read_text()
