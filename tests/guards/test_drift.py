"""Files that are unlike what a run was trained on are recognised, and what differs is said."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import untrained_runs

from spoofjax.audio.augmentation import G711
from spoofjax.audio.traits import TRAITS
from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.guards.distance import Distance
from spoofjax.guards.drift import drift_of
from spoofjax.guards.heard import Measured
from spoofjax.runs.heard import Heard

RATE = 16_000


@pytest.fixture
def heard() -> Heard:
    random = np.random.default_rng(0)
    return Heard("weights", *(random.standard_normal((120, n)) for n in (len(TRAITS), 8) * 2))


def files(traits: np.ndarray) -> Measured:
    embeddings = np.random.default_rng(9).standard_normal((len(traits), 8))
    return Measured(np.arange(len(traits)), traits, embeddings)


def test_files_like_those_of_training_are_called_like_them(heard):
    drift = drift_of(
        heard, files(np.random.default_rng(1).standard_normal((60, len(TRAITS)))), RATE
    )
    assert not drift.is_unlike
    assert drift.sound.auroc == pytest.approx(0.5, abs=0.1)
    assert drift.sound.beyond < 0.15
    assert drift.differences == ()


def test_a_trait_that_differs_is_put_into_words(heard):
    traits = np.random.default_rng(1).standard_normal((60, len(TRAITS)))
    traits[:, TRAITS.index("level_db")] += 6
    drift = drift_of(heard, files(traits), RATE)
    assert drift.is_unlike
    assert drift.probe_auroc is not None
    assert drift.probe_auroc > 0.95
    [text] = drift.differences
    assert text.startswith("these files are 6.")


def test_a_single_file_has_distances_but_no_probe(heard):
    drift = drift_of(heard, files(np.full((1, len(TRAITS)), 8.0)), RATE)
    assert drift.is_unlike
    assert drift.sound.beyond == 1.0
    assert drift.probe_auroc is None


def test_distances_follow_the_covariance():
    random = np.random.default_rng(0)
    first = random.standard_normal(5000)
    usual = np.column_stack([first, first + 0.1 * random.standard_normal(5000), np.ones(5000)])
    along, across = Distance(usual)(np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0]]))
    assert along < 1
    assert across > 5


@pytest.fixture(scope="module")
def run(tiny_corpus, tmp_path_factory) -> Path:
    experiment = load_config(tiny_corpus() / "tiny.py")
    return untrained_runs.write_run(tmp_path_factory.mktemp("drift") / "run", experiment)


def test_telephone_copies_are_told_from_the_corpus_of_a_run(run, tiny_corpus, tmp_path, capsys):
    originals = sorted((tiny_corpus() / "flac_E_eval").glob("*.flac"))
    waves = np.stack([soundfile.read(path, dtype="float32")[0] for path in originals])
    seeds = np.arange(len(waves), dtype=np.uint64)
    for path, wave in zip(originals, G711()(waves, seeds, RATE), strict=True):
        soundfile.write(tmp_path / f"{path.stem}.wav", wave, RATE)

    assert main(["drift", str(run), "--corpus", str(tiny_corpus()), "--json"]) == 0
    own = json.loads(capsys.readouterr().out)
    assert own["files"] == len(originals)
    assert own["sound"]["auroc"] < 0.75

    table = tmp_path / "distances.tsv"
    assert main(["drift", str(run), str(tmp_path), "--out", str(table)]) == 0
    text = capsys.readouterr().out
    assert "unlike what the run was trained on" in text
    assert "the spectrum of these files ends at" in text
    rows = [line.split("\t") for line in table.read_text().splitlines()]
    assert rows[0] == ["id", "sound", "embedding", "beyond"]
    assert len(rows) == 1 + len(originals)


def test_a_damaged_record_says_what_to_do(run, tmp_path, capsys):
    copy = shutil.copytree(run, tmp_path / "run")
    (copy / "heard.npz").write_bytes(b"PK")
    assert main(["drift", str(copy)]) == 1
    assert "Delete it" in capsys.readouterr().err
