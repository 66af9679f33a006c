"""`spoofjax calibrate RUN --on DIR` adapts a run's calibration to the clips of a folder."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny
import untrained_runs

from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.corpora.own_data.clips import clips_in
from spoofjax.errors import CorpusError
from spoofjax.evaluation.collapse import collapse
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.metrics import summary
from spoofjax.evaluation.scores import Scores, write_scores
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.scores import write_key


@pytest.fixture(scope="module")
def finished(tiny_corpus, tmp_path_factory) -> Path:
    """A run whose dev scores are drawn, and so are its weights."""
    experiment = load_config(tiny_corpus() / "tiny.py")
    run = RunFolder(untrained_runs.write_run(tmp_path_factory.mktemp("clips") / "run", experiment))
    manifest = experiment.data.manifest("dev")
    scores = manifest.label + np.random.default_rng(5).normal(0, 1, len(manifest))
    write_scores(run.scores("asvspoof5", "dev"), Scores(manifest.ids, scores))
    write_key(run.key("asvspoof5", "dev"), Keys.of(manifest))
    metrics = {"corpus": "asvspoof5", **summary(scores, manifest.label), "alarms": []}
    metrics["collapse"] = collapse(scores, manifest.label).to_json()
    write_json(run.split_metrics("dev"), metrics)
    return run.path


@pytest.fixture
def run(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "run"))


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    """A folder `calls` with eight clips of each class."""
    folder, random = tmp_path_factory.mktemp("channel") / "calls", np.random.default_rng(2)
    for name, attack in (("bonafide", None), ("spoof", "A01")):
        (folder / name).mkdir(parents=True)
        for number in range(8):
            wave = tiny.utterance(attack, random, tiny.SAMPLES)
            soundfile.write(folder / name / f"{number}.wav", wave, tiny.RATE)
    return folder


def decision(run: Path) -> dict:
    return json.loads((run / "decision.json").read_text())


def test_labelled_clips_change_the_decision_where_that_is_asked_for(run, clips, capsys):
    before = decision(run)
    assert main(["calibrate", str(run), "--on", str(clips)]) == 0
    output = capsys.readouterr().out
    assert "16 clips: 8 bona fide, 8 spoof" in output
    assert "each judged without itself: Cllr" in output
    assert decision(run) == before

    assert main(["calibrate", str(run), "--on", str(clips), "--set-decision"]) == 0
    assert "calibrated on 16 clips of calls" in capsys.readouterr().out
    after = decision(run)
    assert after["calibration"]["trials"] == [8, 8]
    assert after["corpus"] == "calls"
    assert main(["score", str(run), str(clips / "spoof" / "1.wav"), "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    [scale], offset = after["calibration"]["scale"], after["calibration"]["offset"]
    assert row["llr"] == pytest.approx(scale * row["score"] + offset)


def test_a_share_of_the_bona_fide_clips_is_rejected_where_that_is_asked_for(run, clips, capsys):
    calibrate = ["calibrate", str(run), "--on", str(clips), "--rejected", "0.25", "--set-decision"]
    assert main(calibrate) == 0
    capsys.readouterr()
    files = [str(path) for path in sorted((clips / "bonafide").iterdir())]
    assert main(["score", str(run), *files, "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["verdict"] for row in rows].count("spoof") == 2
    assert main(["calibrate", str(run), "--on", str(clips / "spoof"), "--rejected", "0.1"]) == 1
    assert "--rejected needs clips with labels" in capsys.readouterr().err


def test_unlabelled_clips_need_a_certain_number_and_an_assumption(run, clips, tmp_path, capsys):
    assert main(["calibrate", str(run), "--on", str(clips / "spoof")]) == 1
    assert "8 clips without labels do not show a shift" in capsys.readouterr().err
    folder = tmp_path / "unknown"
    folder.mkdir()
    for number, path in enumerate(sorted(clips.rglob("*.wav")) * 2):
        shutil.copy(path, folder / f"{number}.wav")
    (folder / "broken.wav").write_bytes(b"no sound")
    assert main(["calibrate", str(run), "--on", str(folder), "--bonafide-share", "0.4"]) == 3
    output = capsys.readouterr()
    assert "32 clips without labels, of which 40% are taken to be bona fide" in output.out
    assert "Only labels tell" in output.out
    assert "broken.wav" in output.err


def test_a_folder_tells_labels_by_its_folders_or_by_a_table(clips, tmp_path):
    manifest = clips_in(clips)
    assert manifest.label.tolist() == [1] * 8 + [0] * 8
    table = tmp_path / "labels.csv"
    table.write_text("file,label\nspoof/3.wav,spoof\nbonafide/2.wav,bonafide\n")
    assert clips_in(clips, table).label.tolist() == [0, 1]
    (tmp_path / "half" / "real").mkdir(parents=True)
    shutil.copy(clips / "bonafide" / "1.wav", tmp_path / "half" / "real")
    with pytest.raises(CorpusError, match="bona fide clips only"):
        clips_in(tmp_path / "half")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match="no audio file"):
        clips_in(tmp_path / "empty")


def test_options_of_clips_without_clips_are_refused(run, clips, capsys):
    assert main(["calibrate", str(run), "--labels", "labels.csv"]) == 1
    assert "go with --on DIR" in capsys.readouterr().err
    assert main(["calibrate", str(run), "--on", str(clips), "--bonafide-share", "0.4"]) == 1
    assert "for clips without labels" in capsys.readouterr().err
    assert main(["calibrate", str(run), "--on", "nothing"]) == 1
    assert "Nor is there a folder" in capsys.readouterr().err
