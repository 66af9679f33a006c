"""`spoofjax evaluate` on other corpora: their results never replace those of the run's own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import started_runs
import tiny

from spoofjax import config_files
from spoofjax.cli import main
from spoofjax.corpora import ASVspoof5, Folder, Mixture
from spoofjax.runs.folder import RunFolder


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a run but those about other corpora."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "elsewhere" not in path.parts
    }


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A folder with a corpus and a finished run on it."""
    folder = tmp_path_factory.mktemp("trained")
    config = tiny.write_config(folder / "tiny.py", tiny.make_corpus(folder / "corpus"))
    started_runs.train(config, "--out", folder / "run", "--quiet")
    return folder


@pytest.fixture
def run(trained, tmp_path) -> Path:
    """A copy of the finished run, which a test may change."""
    return shutil.copytree(trained / "run", tmp_path / "run")


@pytest.fixture(scope="module")
def calls(tmp_path_factory) -> Path:
    """Another corpus: a folder of 6 bona fide and 6 spoofed calls."""
    folder, random = tmp_path_factory.mktemp("other") / "calls", np.random.default_rng(9)
    for name, attack in (("bonafide", None), ("spoof/A01", "A01")):
        (folder / name).mkdir(parents=True)
        for n in range(6):
            sf.write(folder / name / f"{n}.wav", tiny.utterance(attack, random, 8_000), tiny.RATE)
    return folder


def test_another_corpus_leaves_the_results_of_the_run_alone(run, calls):
    before = contents(run)
    command = [sys.executable, "-m", "spoofjax.cli", "evaluate", str(run), "--corpus", str(calls)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "eval of calls: EER" in done.stdout
    assert contents(run) == before
    folder = run / "elsewhere" / "calls.eval"
    assert {path.name for path in folder.iterdir()} == {
        "corpus.json", "scores.tsv", "key.tsv", "metrics.json",
    }  # fmt: skip
    origin = json.loads((folder / "corpus.json").read_text())
    assert (origin["root"], origin["utterances"]) == ([str(calls)], 12)
    assert len(origin["digest"]) == 16
    assert len((folder / "scores.tsv").read_text().splitlines()) == 13
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["corpus"], metrics["bonafide"], metrics["spoof"]) == ("calls", 6, 6)
    assert metrics["threshold"] == json.loads((run / "decision.json").read_text())["threshold"]


def test_a_copy_with_other_sound_is_another_corpus(run, tmp_path):
    noisy = tiny.make_corpus(tmp_path / "noisy", lengths=(7_000,))
    before = contents(run)
    assert main(["evaluate", str(run), "--data.root", str(noisy), "--split", "eval"]) == 0
    assert contents(run) == before
    assert (run / "elsewhere" / "asvspoof5.eval" / "metrics.json").is_file()


def test_two_corpora_of_one_name_have_their_own_folders(run, calls, tmp_path):
    other = shutil.copytree(calls, tmp_path / "elsewhere" / "calls")
    (other / "spoof" / "A01" / "5.wav").unlink()
    for corpus in (calls, other, other):
        assert main(["evaluate", str(run), "--corpus", str(corpus)]) == 0
    folders = sorted((run / "elsewhere").iterdir())
    assert [path.name for path in folders] == ["calls.eval", "calls.eval.2"]
    origins = [json.loads((path / "corpus.json").read_text()) for path in folders]
    assert [origin["utterances"] for origin in origins] == [12, 11]


def test_a_corpus_that_has_moved_is_named_and_found_again(trained, run, tmp_path, capsys):
    before = contents(run)
    moved = (trained / "corpus").rename(trained / "moved")
    try:
        assert main(["evaluate", str(run)]) == 1
        message = f"no folder {trained / 'corpus'} (the run was trained on it; give --data.root DIR"
        assert message in capsys.readouterr().err
        assert main(["evaluate", str(run), "--data.root", str(moved)]) == 0
    finally:
        moved.rename(trained / "corpus")
    # It is the run's own corpus, so that its results are written where they were.
    assert contents(run).keys() == before.keys()
    assert not (run / "elsewhere").exists()


def test_the_threshold_changes_only_when_asked_for(run, calls, capsys):
    decision = json.loads((run / "decision.json").read_text())
    arguments = ["evaluate", str(run), "--corpus", str(calls)]
    assert main([*arguments, "--split", "dev"]) == 0
    assert json.loads((run / "decision.json").read_text()) == decision
    assert main([*arguments, "--set-decision"]) == 1
    assert "needs a dev split" in capsys.readouterr().err
    assert main([*arguments, "--split", "dev", "--set-decision"]) == 0
    changed = json.loads((run / "decision.json").read_text())
    assert changed["threshold"] != decision["threshold"]
    assert changed["threshold_from"].endswith("dev of calls")


def test_a_run_on_a_mixture_is_evaluated_elsewhere(trained, run, calls, tmp_path):
    experiment = RunFolder(run).experiment()
    mixture = Mixture((ASVspoof5(str(trained / "corpus")), Folder(str(calls), split="train")))
    (run / "config.json").write_text(config_files.dumps(experiment.replace(data=mixture)))
    file = tmp_path / "calls.py"
    file.write_text(f"from spoofjax.corpora import Folder\ndata = Folder({str(calls)!r})\n")
    assert main(["evaluate", str(run), "--corpus", str(file)]) == 0
    assert (run / "elsewhere" / "folder.eval" / "metrics.json").is_file()


def test_a_corpus_whose_name_leads_out_of_the_run_is_refused(run, calls, tmp_path, capsys):
    file = tmp_path / "calls.py"
    corpus = f"Folder({str(calls)!r}, name='../../calls')"
    file.write_text(f"from spoofjax.corpora import Folder\ndata = {corpus}\n")
    assert main(["evaluate", str(run), "--corpus", str(file)]) == 1
    assert "../../calls" in capsys.readouterr().err
    assert not (run / "elsewhere").exists()


def test_a_part_of_a_mixture_that_has_moved_is_named(trained, run, calls, tmp_path, capsys):
    gone = str(tmp_path / "gone")
    experiment = RunFolder(run).experiment()
    mixture = Mixture((ASVspoof5(str(trained / "corpus")), Folder(gone)))
    (run / "config.json").write_text(config_files.dumps(experiment.replace(data=mixture)))
    assert main(["evaluate", str(run)]) == 1
    error = capsys.readouterr().err
    assert f"no folder {gone} (the run was trained on it; give --data.corpora.1.root" in error


def test_spoofs_alone_are_scored_without_an_error_rate(run, calls, tmp_path, capsys):
    spoofs = shutil.copytree(calls / "spoof", tmp_path / "spoofs" / "spoof").parent
    table = spoofs / "spoofs.csv"
    rows = [f"spoof/A01/{n}.wav,spoof" for n in range(6)]
    table.write_text("\n".join(["file,label", *rows]) + "\n")
    assert main(["evaluate", str(run), "--corpus", str(table)]) == 0
    assert "eval has no bona fide utterance" in capsys.readouterr().err
    folder = run / "elsewhere" / "spoofs.eval"
    assert len((folder / "scores.tsv").read_text().splitlines()) == 7
    assert not (folder / "metrics.json").exists()


@pytest.mark.slow
def test_an_eval_split_of_one_class_is_told_before_training_which_ends_well(tmp_path):
    corpus = tiny.make_corpus(tmp_path / "corpus", lengths=(4_000,))
    protocol = corpus / "ASVspoof5.eval.track_1.tsv"
    lines = protocol.read_text().splitlines(keepends=True)
    protocol.write_text("".join(line for line in lines if " spoof " in line))
    config = tiny.write_config(tmp_path / "tiny.py", corpus)
    output = started_runs.train(config, "--out", tmp_path / "run", "--steps", "4")
    assert "ALARM: eval has no bona fide utterance" in output
    assert output.index("ALARM: eval") < output.index("step 1")
    run = RunFolder(tmp_path / "run")
    assert "eval has no bona fide utterance" in run.markdown.read_text()
    assert run.split_metrics("dev").is_file()
    assert not run.split_metrics("eval").exists()
    assert len(run.scores("asvspoof5", "eval").read_text().splitlines()) == 13
