"""An export for other programs is complete, checked and documented, or it does not appear."""

import builtins
import json

import numpy as np
import pytest

from spoofjax.commands import export as command
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting import comparison
from spoofjax.deployment.exporting.arrays import read_orbax
from spoofjax.deployment.exporting.comparison import scores_of_run
from spoofjax.deployment.exporting.folder import export_as
from spoofjax.deployment.exporting.stablehlo_file import StableHLOProgram
from spoofjax.deployment.exporting.utterances import noise
from spoofjax.deployment.program import load_program
from spoofjax.errors import ConfigError, RunError


def test_utterances_of_both_classes_come_in_turn_from_all_of_the_split(utterances):
    assert utterances.labels == [1, 0] * 5
    lengths = [len(waveform) for waveform in utterances.waveforms]
    assert min(lengths) < 8_000 < max(lengths)


def test_a_stablehlo_program_judges_waveforms(detector, run, utterances, tmp_path):
    out = tmp_path / "export"
    facts = export_as(detector, run, out, "stablehlo", utterances)
    assert sorted(path.name for path in out.iterdir()) == [
        "NOTICE.md",
        "README.md",
        "example.py",
        "export.json",
        "model.stablehlo",
    ]
    assert json.loads((out / "export.json").read_text()) == facts
    assert facts["checked_utterances"] == 10
    program = StableHLOProgram((out / "model.stablehlo").read_bytes())
    (waveform, lengths), *_ = utterances.batches()
    expected = scores_of_run(detector, waveform[:3], lengths[:3])
    np.testing.assert_allclose(program(waveform[:3], lengths[:3]), expected, atol=1e-4)
    assert len(load_program(out).out_avals) == 2


def test_the_card_says_what_a_user_must_know(detector, run, utterances, tmp_path):
    out = tmp_path / "export"
    export_as(detector, run, out, "safetensors", utterances)
    card = (out / "README.md").read_text()
    for title in ("Data", "Results", "Calibration", "Intended use", "Limits", "Licence"):
        assert f"\n## {title}" in card
    assert "CNN on LogLinear" in card
    assert "asvspoof5" in card
    assert "0.50 seconds" in card
    assert "10 utterances of dev give the scores of the run" in card
    copy = Detector.load(out)
    (waveform, lengths), *_ = utterances.batches()
    np.testing.assert_array_equal(
        scores_of_run(copy, waveform, lengths), scores_of_run(detector, waveform, lengths)
    )


@pytest.mark.slow
def test_an_orbax_checkpoint_has_the_weights_by_name(detector, run, tmp_path):
    out = tmp_path / "export"
    export_as(detector, run, out, "orbax", noise(16_000))
    params, constants = read_orbax(out / "checkpoint")
    assert params.keys() == detector.params.keys()
    assert constants.keys() == detector.constants.keys()
    for name, array in params.items():
        np.testing.assert_array_equal(array, detector.params[name])


def test_a_program_that_differs_from_the_run_is_refused_with_the_figure(
    detector, run, utterances, tmp_path, monkeypatch
):
    out = tmp_path / "export"
    monkeypatch.setattr(comparison, "TOLERANCE", -1.0)
    with pytest.raises(RunError, match=r"differ from the run's by 0; nothing was exported"):
        export_as(detector, run, out, "safetensors", utterances)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_as_it_is(detector, run, utterances, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match="is not empty"):
        export_as(detector, run, tmp_path, "safetensors", utterances)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_missing_package_is_named_with_its_extra(
    detector, run, utterances, tmp_path, monkeypatch
):
    real = builtins.__import__

    def without_onnx(name, *args, **kwargs):
        if name == "onnx":
            raise ImportError("No module named 'onnx'", name="onnx")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_onnx)
    with pytest.raises(ConfigError, match=r"needs onnx\. .*pip install 'spoofjax\[onnx\]'"):
        export_as(detector, run, tmp_path / "export", "onnx", utterances)
    assert list(tmp_path.iterdir()) == []


def test_a_precision_is_for_onnx_alone(run, tmp_path):
    from spoofjax.cli import build_parser

    words = ["export", str(run), "--to", "stablehlo", "--precision", "int8", "--out", "x"]
    with pytest.raises(ConfigError, match="--precision int8 needs --to onnx"):
        command.run(build_parser().parse_args(words))
