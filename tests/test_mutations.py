"""Damaged files of a run, an export and a packed corpus give one error, and nothing else happens.

Each file is damaged in many ways drawn from a seed and read by what reads it in use. Whatever is
raised must be a SpoofjaxError, which the command line prints as one line.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from flax import nnx
from mutations import mutated, mutated_header, refusals

from spoofjax.cli import main
from spoofjax.config_files import load_config, to_json
from spoofjax.corpora.packing.formats import open_packed
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.deployment.detector import Detector
from spoofjax.errors import SpoofjaxError
from spoofjax.evaluation.breakdown import breakdown
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.decision import calibrated, decision_at_eer, to_llr
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import Costs, summary
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.files import write_json
from spoofjax.models.arrays import flatten
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.record import RunRecord
from spoofjax.runs.results import results_elsewhere
from spoofjax.runs.scores import write_key
from spoofjax.runs.weights import save_weights


@pytest.fixture(scope="module")
def run(tiny_corpus, tmp_path_factory) -> Path:
    """A finished run whose weights and scores are drawn instead of trained."""
    experiment = load_config(tiny_corpus() / "tiny.py")
    coefficients = experiment.front_end.coefficients
    network = experiment.model.build(coefficients, nnx.Rngs(0))
    network.set_statistics(np.full(coefficients, -8.0), np.full(coefficients, 3.0))
    _, params, constants = nnx.split(network, nnx.Param, ...)
    run = RunFolder(tmp_path_factory.mktemp("mutated") / "run")
    save_weights(run.path, flatten(params), flatten(constants))
    write_json(run.config, to_json(experiment))
    write_json(run.environment, {"python": "3.12", "devices": ["cpu:0"], "time": "2026"})
    manifest = experiment.data.manifest("dev")
    scores = manifest.label + np.random.default_rng(5).normal(0, 1, len(manifest))
    decision = calibrated(decision_at_eer(0.5, 0.5, 0.0), scores, manifest.label, Costs(), 0.1)
    write_json(run.decision, decision)
    heard = {"clips": 128, "largest_dc_share": 0.01, "level_dbfs": [-40.0, -9.0]}
    write_json(run.training_audio, heard)
    keys = Keys.of(manifest)
    write_scores(run.scores("asvspoof5", "dev"), Scores(manifest.ids, scores))
    write_key(run.key("asvspoof5", "dev"), keys)
    metrics = {
        "corpus": "asvspoof5",
        **summary(scores, manifest.label, threshold=decision["threshold"]),
        "collapse": collapse(scores, manifest.label).to_json(),
        "by": breakdown(scores, manifest.label, keys.columns, ["attack"]),
        "alarms": [],
    }
    write_json(run.split_metrics("dev"), metrics)
    other = ASVspoof5(root=str(tiny_corpus()), name="calls")
    place = results_elsewhere(run, other, "dev", other.manifest("dev"))
    place.write_origin()
    write_scores(place.scores, Scores(manifest.ids, scores))
    write_key(place.key, keys)
    write_json(place.metrics, {**metrics, "corpus": "calls"})
    lines = [{"step": n, "seconds": 1.0 * n, "loss": 1 / n} for n in range(1, 5)]
    lines += [{"step": 4, "seconds": 9.0, "dev.eer": 0.2, "dev.min_dcf": 0.5, "best": True}]
    run.metrics.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return run.path


@pytest.fixture(scope="module")
def packed(tiny_corpus, tmp_path_factory) -> Path:
    """A packed dev split of two shards."""
    folder = tmp_path_factory.mktemp("mutated") / "packed"
    manifests = {"dev": ASVspoof5(root=str(tiny_corpus())).manifest("dev")}
    pack(manifests, folder, Packing(shard_rows=16))
    return folder


def load_detector(folder: Path) -> None:
    """Load a detector and bring a clip to what its network receives."""
    detector = Detector.load(folder)
    to_llr(detector.decision, np.zeros(1))
    noise = np.random.default_rng(1).normal(0, 0.1, 9_000).astype(np.float32)
    clip, valid = detector.prepare(noise)
    detector.features(clip[None], np.array([valid]), threads=1)


def read_record(folder: Path) -> None:
    """Read everything that a report needs."""
    record = RunRecord.read(folder)
    for split in record.metrics:
        record.stale(split)


def find_place(folder: Path) -> None:
    """Find the place of results on another corpus, as an evaluation does."""
    run = RunFolder(folder)
    other = run.experiment().data.replace(name="calls")
    results_elsewhere(run, other, "dev", other.manifest("dev"))


def calibrate_elsewhere(folder: Path) -> None:
    """Calibrate a run on the results on another corpus."""
    if main(["calibrate", str(folder), "--on", "calls.dev"]):
        raise SpoofjaxError("refused")


def write_report(folder: Path) -> None:
    """Write the report of a run."""
    out = folder / "page.html"
    if main(["report", str(folder), "--out", str(out), "--resamples", "0", "--examples", "0"]):
        raise SpoofjaxError("refused")


def read_packed(folder: Path) -> None:
    """Read a packed split: manifest and samples."""
    manifest = Packed(str(folder)).manifest("dev")
    manifest.counts()
    audio = open_packed(folder / "dev")
    out = np.zeros((2, 4000), np.int16)
    rows = np.array([0, len(audio.lengths) - 1])
    audio.gather(rows, np.zeros(2, np.int64), out, tile=True, threads=1)
    audio.close()


def pack_again(corpus: Path) -> Callable[[Path], None]:
    """Return what continues the packing of the split."""
    manifests = {"dev": ASVspoof5(root=str(corpus)).manifest("dev")}

    def again(folder: Path) -> None:
        pack(manifests, folder, Packing(shard_rows=16))

    return again


FILES = [
    ("config.json", load_detector),
    ("decision.json", load_detector),
    ("training_audio.json", load_detector),
    ("config.json", read_record),
    ("decision.json", read_record),
    ("environment.json", read_record),
    ("report/metrics.dev.json", read_record),
    ("metrics.jsonl", read_record),
    ("elsewhere/calls.dev/corpus.json", read_record),
    ("elsewhere/calls.dev/corpus.json", find_place),
]


@pytest.mark.parametrize(("file", "read"), FILES)
def test_a_damaged_file_of_a_run_is_refused(run, tmp_path, file, read):
    folder = shutil.copytree(run, tmp_path / "run")
    change = mutated_line if file.endswith("jsonl") else mutated
    errors = refusals(folder, file, read, 20, change)
    named = [error for error in errors if Path(file).name in error]
    assert len(named) >= len(errors) - 2  # an error of another file may follow from the damage


def mutated_line(data: bytes, chance: random.Random) -> bytes:
    """Damage one line of a file that has an object on each."""
    lines = data.splitlines()
    number = chance.randrange(len(lines))
    lines[number] = mutated(lines[number], chance)
    return b"\n".join(lines) + b"\n"


@pytest.mark.parametrize("file", ["packed.json", "dev/manifest.json"])
def test_a_damaged_file_of_a_packed_corpus_is_refused(packed, tmp_path, file):
    folder = shutil.copytree(packed, tmp_path / "packed")
    assert refusals(folder, file, read_packed, 20)


@pytest.mark.parametrize("file", ["packed.json", "dev/00001.json"])
def test_packing_does_not_continue_from_damaged_files(packed, tiny_corpus, tmp_path, file):
    folder = shutil.copytree(packed, tmp_path / "packed")
    assert refusals(folder, file, pack_again(tiny_corpus()), 15)


def test_a_damaged_header_of_weights_is_refused(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "run")
    errors = refusals(folder, "weights.safetensors", load_detector, 30, mutated_header)
    assert len(errors) > 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "read"),
    [
        *FILES,
        ("elsewhere/calls.dev/corpus.json", calibrate_elsewhere),
        ("report/metrics.dev.json", write_report),
    ],
)
def test_two_hundred_damages_of_each_file_of_a_run(run, tmp_path, file, read):
    folder = shutil.copytree(run, tmp_path / "run")
    change = mutated_line if file.endswith("jsonl") else mutated
    refusals(folder, file, read, 20 if read is write_report else 200, change)


@pytest.mark.slow
def test_two_hundred_damages_of_each_file_of_a_packed_corpus(packed, tiny_corpus, tmp_path):
    folder = shutil.copytree(packed, tmp_path / "packed")
    for file in ("packed.json", "dev/manifest.json"):
        refusals(folder, file, read_packed, 200)
    for file in ("packed.json", "dev/00001.json"):
        refusals(folder, file, pack_again(tiny_corpus()), 200)


@pytest.mark.slow
def test_two_hundred_damages_of_a_header_of_weights(run, tmp_path):
    folder = shutil.copytree(run, tmp_path / "run")
    refusals(folder, "weights.safetensors", load_detector, 200, mutated_header)
