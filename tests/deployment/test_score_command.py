"""`score` writes rows in several forms, continues an interrupted list, and shares it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
import tiny

from spoofjax.cli import main
from spoofjax.config import Clip
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.deployment.formats import COLUMNS
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.scores import join, read_scores
from spoofjax.runs.folder import RunFolder


@pytest.fixture(scope="module")
def run(make_run) -> Path:
    return make_run(Clip(evaluate=8_000))


@pytest.fixture(scope="module")
def folder(uneven_corpus) -> Path:
    """24 files, of which some are too short to be judged."""
    return uneven_corpus / "flac_D"


@pytest.fixture(scope="module")
def expected(run, folder, tmp_path_factory) -> dict[str, float]:
    """The scores of the files, by name."""
    out = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    assert main(["score", str(run), str(folder), "--out", str(out)]) == 3
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    return {row["file"]: row["score"] for row in rows}


def names(path: Path) -> list[str]:
    return [json.loads(line)["file"] for line in path.read_text().splitlines()]


def test_a_packed_corpus_has_the_scores_of_its_files(run, uneven_corpus, expected, tmp_path):
    corpus, packed = ASVspoof5(str(uneven_corpus)), tmp_path / "packed"
    pack({"dev": corpus.manifest("dev")}, packed, Packing())
    out = tmp_path / "rows.csv"
    assert main(["score", str(run), str(packed), "--out", str(out)]) == 3
    with out.open() as file:
        rows = {row["file"]: float(row["score"]) for row in csv.DictReader(file)}
    in_files = {f"{packed}/dev/{Path(name).stem}": score for name, score in expected.items()}
    assert rows == pytest.approx(in_files, abs=1e-6)
    # `metrics` finds the ids of the key in these names.
    joined = join(read_scores(out), Keys.of(corpus.manifest("dev")))
    assert len(joined.score) == len(expected)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.csv", "rows.tsv"])
def test_metrics_reads_what_score_writes(run, folder, expected, tmp_path, name):
    out = tmp_path / name
    broken = tmp_path / 'a "b",\n.wav'
    broken.write_text("no audio")
    assert main(["score", str(run), str(folder), str(broken), "--out", str(out)]) == 3
    scores = read_scores(out)
    assert dict(zip(scores.ids.tolist(), scores.score.tolist(), strict=True)) == pytest.approx(
        expected, abs=1e-6
    )


def test_a_table_has_the_fields_of_a_row(run, folder, capsys):
    main(["score", str(run), str(folder), "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert tuple(rows[0]) == COLUMNS
    judged = next(row for row in rows if row["verdict"] == "spoof")
    start, end = judged["spans"].split()[0].split("-")
    assert float(start) < float(end) <= float(judged["seconds"])
    assert judged["error"] == ""


def test_a_timeline_is_json_or_a_strip_and_a_picture(run, folder, tmp_path, capsys):
    path = tmp_path / "long.wav"
    voice = tiny.utterance(None, np.random.default_rng(0), 24_000)
    soundfile.write(path, np.concatenate([voice, np.zeros(24_000)]), tiny.RATE)
    pictures = str(tmp_path / "pictures")
    main(["score", str(run), str(path), "--json", "--timeline", "--pictures", pictures])
    row = json.loads(capsys.readouterr().out)
    assert row["windows"] == len(row["timeline"]) == 11
    first, last = row["timeline"][0], row["timeline"][-1]
    assert (first["start"], first["end"], last["end"]) == (0, 0.5, 3)
    assert 0 < first["p_spoof"] < 1
    assert last["p_spoof"] is None
    assert "silence" in last["reason"]
    judged = [moment["score"] for moment in row["timeline"] if moment["reason"] is None]
    assert row["score"] == pytest.approx(np.mean(judged))
    assert len(judged) == row["judged_windows"]
    [picture] = (tmp_path / "pictures").glob("long-*.png")
    assert picture.stat().st_size > 5_000
    main(["score", str(run), str(path), "--timeline"])
    strip = capsys.readouterr().out.splitlines()[1]
    assert strip.startswith("  0:00 ")
    assert strip.endswith("···· 0:03")
    assert main(["score", str(run), str(path), "--timeline", "--format", "csv"]) == 1


def test_the_pooling_of_the_decision_holds_unless_another_is_stated(run, folder, tmp_path, capsys):
    copy = shutil.copytree(run, tmp_path / "run")
    decision = json.loads(RunFolder(copy).decision.read_text())
    RunFolder(copy).decision.write_text(json.dumps({**decision, "pooling": "lowest"}))
    longest = str(folder / "D_0000000016.flac")
    for options, pooling in (([], "lowest"), (["--pooling", "start"], "start")):
        main(["score", str(copy), longest, "--json", *options])
        assert json.loads(capsys.readouterr().out)["pooling"] == pooling
    main(["score", str(copy), longest])
    assert (
        "windows of 0.5 s, every 0.25 s; a file has their lowest score" in capsys.readouterr().err
    )


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_an_interrupted_list_is_continued(run, folder, expected, tmp_path, form):
    out = tmp_path / f"rows.{form}"
    command = ["score", str(run), str(folder), "--out", str(out)]
    main(command)
    complete = out.read_text()
    assert main(command) == 1  # it would be overwritten
    lines = complete.splitlines(keepends=True)
    out.write_text("".join(lines[:9]) + lines[9][:20])
    assert main([*command, "--resume"]) == 3
    scores = read_scores(out)
    assert scores.ids.tolist() == list(expected)
    assert scores.score == pytest.approx(list(expected.values()), abs=1e-6)
    assert len(out.read_text().splitlines()) == len(lines)


def test_rows_of_another_detector_or_rule_are_not_continued(
    run, folder, make_run, tmp_path, capsys
):
    out = tmp_path / "rows.jsonl"
    main(["score", str(run), str(folder), "--out", str(out)])
    command = [str(folder), "--out", str(out), "--resume"]
    assert main(["score", str(run), *command, "--threshold", "1"]) == 1
    assert "the threshold of" in capsys.readouterr().err
    other = make_run(Clip(evaluate=4_000))
    assert main(["score", str(other), *command]) == 1
    assert "another detector or with other options: the score of" in capsys.readouterr().err


@pytest.mark.slow
def test_a_killed_command_loses_and_repeats_nothing(run, folder, tmp_path):
    many = tmp_path / "many"
    many.mkdir()
    for number in range(10):
        for path in folder.iterdir():
            (many / f"{number}-{path.name}").hardlink_to(path)
    out = tmp_path / "rows.jsonl"
    command = ["score", str(run), str(many), "--out", str(out)]
    with subprocess.Popen([sys.executable, "-m", "spoofjax.cli", *command]) as process:
        while not (out.exists() and out.read_bytes().count(b"\n") > 2):
            assert process.poll() is None or out.exists()
            time.sleep(0.005)
        process.kill()
    assert out.read_bytes().count(b"\n") < 240
    assert main([*command, "--resume"]) == 3
    assert names(out) == sorted(map(str, many.iterdir()))


def test_two_shares_are_the_list(run, folder, expected, tmp_path, monkeypatch):
    out = tmp_path / "rows.jsonl"
    main(["score", str(run), str(folder), "--out", str(out), "--share", "1/2"])
    monkeypatch.setenv("SLURM_STEP_NUM_TASKS", "2")
    monkeypatch.setenv("SLURM_PROCID", "1")
    main(["score", str(run), str(folder), "--out", str(out)])
    first, second = (names(tmp_path / f"rows.{number}-of-2.jsonl") for number in (1, 2))
    assert sorted(first + second) == sorted(expected)
    assert abs(len(first) - len(second)) <= 1


@pytest.mark.parametrize("share", ["0/2", "3/2", "2", "1/0", "a/b"])
def test_an_impossible_share_is_an_error(run, folder, share, capsys):
    assert main(["score", str(run), str(folder), "--share", share]) == 1
    assert "I from 1 to N" in capsys.readouterr().err


def test_samples_on_standard_input_score_as_their_file(run, tmp_path, monkeypatch, capsys):
    voice = tiny.utterance(None, np.random.default_rng(0), 24_000)
    soundfile.write(tmp_path / "a.wav", voice, tiny.RATE)
    samples, _ = soundfile.read(tmp_path / "a.wav", dtype="int16")
    stream = io.TextIOWrapper(io.BytesIO(samples.tobytes() + b"\0"))
    monkeypatch.setattr(sys, "stdin", stream)
    file = str(tmp_path / "a.wav")
    assert main(["score", str(run), file, "-", "--rate", "16000", "--json"]) == 0
    of_file, of_stream = map(json.loads, capsys.readouterr().out.splitlines())
    assert of_stream["file"] == "standard input"
    assert of_stream["seconds"] == of_file["seconds"] == 1.5
    assert of_stream["score"] == pytest.approx(of_file["score"], abs=1e-6)
    assert main(["score", str(run), "-"]) == 1
    assert "needs their --rate" in capsys.readouterr().err
