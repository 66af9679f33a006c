"""Each architecture gives in onnxruntime the scores of its run; example.py needs no spoofjax."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
import soundfile
import untrained_runs

from spoofjax.config import Clip
from spoofjax.config_files import load_config
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting.comparison import compare, scores_of_run
from spoofjax.deployment.exporting.folder import export_as
from spoofjax.deployment.exporting.onnx_file import OnnxProgram, onnx_model
from spoofjax.features import LFCC, Waveform
from spoofjax.models import AASIST, CNNLSTM, LCNN, LSTM

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.slow

PADDED = Clip(evaluate=8_000, short="pad", level_dbfs=-26.0)
TILED = Clip(evaluate=6_400)
DETECTORS = {
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
    assert compared.difference < 1e-4


def test_the_example_needs_no_spoofjax(detector, run, utterances, tmp_path):
    out = tmp_path / "export"
    export_as(detector, run, out, "onnx", utterances)
    waveform = utterances.waveforms[2]
    soundfile.write(tmp_path / "a.wav", waveform, 16_000, subtype="FLOAT")
    program = (out / "example.py").read_text()
    refusing = f"import sys; sys.modules.update(spoofjax=None, jax=None)\n{program}"
    refusing = refusing.replace("__file__", repr(str(out / "example.py")))
    done = subprocess.run(
        [sys.executable, "-c", refusing, str(tmp_path / "a.wav")],
        capture_output=True,
        text=True,
        check=True,
    )
    (expected,) = scores_of_run(detector, waveform[None], np.array([len(waveform)]))
    assert float(done.stdout.split()[-1]) == pytest.approx(expected, abs=1e-4)
    assert len(program.splitlines()) < 30


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
