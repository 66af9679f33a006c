"""The folder of an export: model, card, licence note, example and facts."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import jax
import numpy as np

from spoofjax.audio.clips import most_samples
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.exporting import arrays, card, example, onnx_file, stablehlo_file
from spoofjax.deployment.exporting.comparison import TOLERANCE, Compared, compare, scores_of_run
from spoofjax.deployment.exporting.precision import Precision, reduced
from spoofjax.deployment.exporting.utterances import Utterances
from spoofjax.deployment.program import FACTS, PROGRAM, checksum
from spoofjax.errors import RunError
from spoofjax.evaluation.rule import Rule
from spoofjax.files import naming, new_folder, write_json, write_text
from spoofjax.json_files import read_json
from spoofjax.runs.detector_files import copy_settings
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.weights import save_weights

Format = Literal["onnx", "stablehlo", "safetensors", "orbax"]


def export_as(
    detector: Detector,
    source: Path,
    out: Path,
    to: Format,
    utterances: Utterances,
    precision: Precision = "float32",
) -> dict[str, Any]:
    """Write a detector to the folder `out` in a format of other programs; return its facts.

    `source` is the folder that the detector was loaded from. ONNX and StableHLO hold a program from
    waveforms to calibrated scores, the others weights. What was written is read again and compared
    with the run on `utterances`. A `precision` other than float32 is for ONNX alone; its changes
    are measured instead. Raises RunError where a score differs by more than 1e-4, where the
    example fails, or where `out` is not empty; `out` is then left as it was.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out} is not empty. Choose another --out.")
    detector.require_audio()
    if to == "onnx":
        onnx_file.require_onnx()
    with new_folder(out) as folder:
        write = {"onnx": _onnx, "stablehlo": _stablehlo, "safetensors": _weights, "orbax": _orbax}
        facts, files = write[to](detector, source, folder, utterances, precision)
        facts = {**_facts(detector), **facts}
        write_json(folder / FACTS, facts)
        files |= {
            example.EXAMPLE: "how to use it",
            FACTS: "inputs, outputs, clip, decision and checks, as JSON",
            card.NOTICE: "what is known of the licence",
        }
        imported = RunFolder(source).imported
        rights = read_json(imported) if imported.is_file() else {}
        write_text(folder / card.NOTICE, card.notice(detector, rights))
        write_text(folder / card.CARD, card.card(detector, source, facts, files))
    return facts


Written = tuple[dict[str, Any], dict[str, str]]
"""Facts of an export, and what each of its files holds."""


def _onnx(
    detector: Detector, source: Path, folder: Path, utterances: Utterances, precision: Precision
) -> Written:
    model = onnx_file.onnx_model(detector)
    whole = model.SerializeToString()
    compared = compare(detector, utterances, onnx_file.OnnxProgram(whole))
    compared.check()
    facts = _checked(compared, utterances)
    data = whole
    if precision != "float32":
        data, changes = reduced(model, precision, utterances, compared)
        facts |= changes
    _write(folder / onnx_file.FILE, data)
    printed = _output_of_example(detector, folder, onnx_file.FILE, example.ONNX, utterances)
    _check_example(detector, utterances, printed, facts)
    facts |= {
        "format": "ONNX",
        "opset": model.opset_import[0].version,
        "precision": precision,
        "bytes": len(data),
        "sha256": checksum(data),
        "weights_sha256": detector.fingerprint,
        **_signature(),
    }
    return facts, {onnx_file.FILE: "the detector from waveform to calibrated score"}


def _stablehlo(
    detector: Detector, source: Path, folder: Path, utterances: Utterances, precision: Precision
) -> Written:
    program = stablehlo_file.stablehlo_program(detector)
    _write(folder / PROGRAM, program)
    with ThreadPoolExecutor(1) as pool:
        # The example compiles the program again, on one core, so it runs beside the comparison.
        printed = pool.submit(
            _output_of_example, detector, folder, PROGRAM, example.STABLEHLO, utterances
        )
        compared = compare(detector, utterances, stablehlo_file.StableHLOProgram(program))
        compared.check()
        facts = _checked(compared, utterances)
        _check_example(detector, utterances, printed.result(), facts)
    facts |= {
        "format": "StableHLO by jax.export",
        "jax": jax.__version__,
        "platforms": list(stablehlo_file.PLATFORMS),
        "bytes": len(program),
        "sha256": checksum(program),
        **_signature(),
    }
    return facts, {PROGRAM: "the detector from waveform to calibrated score, for cpu, cuda and tpu"}


def _weights(
    detector: Detector, source: Path, folder: Path, utterances: Utterances, precision: Precision
) -> Written:
    files = copy_settings(source, folder)
    save_weights(folder, detector.params, detector.constants)
    name = RunFolder(folder).weights.name
    copy = Detector.load(folder)
    facts = _checked_copy(detector, copy, utterances)
    _write_example(folder, example.SAFETENSORS.format(file=name))
    return {"format": "safetensors", **facts}, {name: "the weights by name", **files}


def _orbax(
    detector: Detector, source: Path, folder: Path, utterances: Utterances, precision: Precision
) -> Written:
    files = copy_settings(source, folder)
    arrays.write_orbax(detector, folder / arrays.CHECKPOINT)
    params, constants = arrays.read_orbax(folder / arrays.CHECKPOINT)
    copy = Detector(detector.experiment, detector.decision, params, constants)
    facts = _checked_copy(detector, copy, utterances)
    _write_example(folder, example.ORBAX.format(file=arrays.CHECKPOINT))
    return {"format": "orbax", **facts}, {arrays.CHECKPOINT: "the weights by name", **files}


def _checked_copy(detector: Detector, copy: Detector, utterances: Utterances) -> dict[str, Any]:
    compared = compare(
        detector, utterances, lambda waveform, lengths: scores_of_run(copy, waveform, lengths)
    )
    compared.check()
    return _checked(compared, utterances)


def _checked(compared: Compared, utterances: Utterances) -> dict[str, Any]:
    return {
        "checked_utterances": len(compared.scores),
        "checked_on": utterances.what,
        "largest_difference": compared.difference,
    }


def _output_of_example(
    detector: Detector, folder: Path, file: str, parts: dict[str, str], utterances: Utterances
) -> str:
    """Write the example of a program and run it on one utterance; return what it prints."""
    rate, rule = detector.experiment.front_end.rate, Rule.of(detector.decision)
    write_text(folder / example.EXAMPLE, example.scoring_example(parts, file, rate, rule))
    return example.run_example(folder, utterances.waveforms[0], rate)


def _check_example(
    detector: Detector, utterances: Utterances, printed: str, facts: Mapping[str, Any]
) -> None:
    """Raise RunError unless the example printed the score of the run."""
    waveform = utterances.waveforms[0]
    lengths = np.array([len(waveform)])
    expected = float(scores_of_run(detector, waveform[None], lengths)[0])
    allowed = max(TOLERANCE, 2 * facts["largest_difference"])
    example.check_score(printed, expected, allowed)


def _write_example(folder: Path, text: str) -> None:
    write_text(folder / example.EXAMPLE, text)
    example.run_example(folder)


def _write(path: Path, data: bytes) -> None:
    with naming(path):
        path.write_bytes(data)


def _signature() -> dict[str, Any]:
    """Return the inputs and outputs of a program, as JSON values."""
    return {
        "inputs": {
            "waveform": {"type": "float32", "shape": ["batch", "samples"]},
            "lengths": {"type": "int32", "shape": ["batch"], "is": "samples of each utterance"},
        },
        "outputs": {
            "score": {"type": "float32", "shape": ["batch"], "is": "higher = more bona fide"},
            "llr": {"type": "float32", "shape": ["batch"], "is": "log-likelihood ratio"},
        },
    }


def _facts(detector: Detector) -> dict[str, Any]:
    """Return what a caller needs to know of the detector, as JSON values."""
    experiment, rule = detector.experiment, Rule.of(detector.decision)
    return {
        "model": type(experiment.model).__name__,
        "rate": experiment.front_end.rate,
        "clip": {
            "samples": most_samples(experiment.clip),
            "shorter_utterances": "repeated" if experiment.clip.short == "tile" else "padded",
            "level_dbfs": experiment.clip.level_dbfs,
        },
        "calibrated": rule.is_calibrated,
        "prior": rule.prior,
        "threshold": rule.threshold,
    }
