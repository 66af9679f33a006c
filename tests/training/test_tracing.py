"""Runs that trace attacks: a second head, its results, and what `score` says."""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import tiny

from spoofjax.cli import main
from spoofjax.config import Evaluation
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import ConfigError
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.starting import resolved
from spoofjax.tracing import Tracing
from spoofjax.training import known_attacks
from spoofjax.training.ensembles import ensemble_of, joined_weights
from spoofjax.training.loop import train


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """The tiny corpus, in whose eval split attack A02 is named A09, which training lacks."""
    folder = tiny.make_corpus(tmp_path_factory.mktemp("traced") / "corpus")
    protocol = folder / "ASVspoof5.eval.track_1.tsv"
    protocol.write_text(protocol.read_text().replace("A02", "A09"))
    tiny.write_config(folder / "tiny.py", folder)
    return folder


@pytest.fixture(scope="module")
def experiment(corpus):
    """A small experiment that traces attacks."""
    short = load_config(corpus / "tiny.py").replace(steps=24, evaluation=Evaluation(every=24))
    return short.replace(tracing=Tracing(weight=1.0))


@pytest.fixture(scope="module")
def run(corpus, experiment, tmp_path_factory) -> Path:
    """A finished run of the experiment."""
    out = tmp_path_factory.mktemp("runs") / "run"
    train(experiment, training_splits(experiment.data), out, quiet=True)
    return out


def test_attacks_are_told_apart_and_their_names_kept(run):
    assert RunFolder(run).experiment().tracing.attacks == ("A01", "A02")
    tracing = RunFolder(run).read_metrics("dev")["tracing"]
    assert tracing["accuracy"] > 0.9
    assert tracing["macro_f1"] > 0.9
    assert next(row["likeliest"]["A01"] for row in tracing["rows"]) >= 5
    rejection = RunFolder(run).read_decision()["tracing"]
    assert rejection["score"] == "distance"
    assert rejection["threshold"] is not None


def test_an_attack_that_training_lacks_is_unknown(run):
    tracing = RunFolder(run).read_metrics("eval")["tracing"]
    assert (tracing["known"], tracing["unknown"]) == (6, 6)
    assert tracing["rejection_auroc"] is not None
    [_, unknown] = tracing["rows"]
    assert unknown["attack"] == "A09"
    assert unknown["f1"] is None


def test_the_report_shows_confusion_and_embeddings(run):
    text = (run / "report" / "report.md").read_text()
    assert "## Attacks" in text
    assert "| A09 (new) |" in text
    assert (run / "report" / "attribution.1.png").is_file()
    assert (run / "report" / "embeddings.0.png").is_file()
    assert main(["report", str(run), "--resamples", "0"]) == 0
    assert "Which attack it was" in (run / "report" / "report.html").read_text()


def test_score_names_the_attack_of_a_spoof(run, corpus, tmp_path):
    rows = []
    for line in (corpus / "ASVspoof5.dev.track_1.tsv").read_text().splitlines():
        rows.append((line.split()[1], line.split()[7]))
    files = [str(corpus / "flac_D" / f"{name}.flac") for name, _ in rows]
    out = tmp_path / "rows.csv"
    main(["score", str(run), *files, "--out", str(out), "--quiet"])
    scored = list(csv.DictReader(out.open()))
    for row, (_, attack) in zip(scored, rows, strict=True):
        if row["verdict"] == "bonafide":
            assert row["attack"] == ""
            assert row["likeliest_attack"] == ""
        elif attack != "bonafide":
            assert row["attack"] in (attack, "unknown")
            assert row["likeliest_attack"] == attack
    assert sum(row["attack"] != "" for row in scored) >= 10


def test_a_run_of_an_earlier_version_gets_distances_from_its_training_split(
    run, corpus, tmp_path, capsys
):
    copy = RunFolder(shutil.copytree(run, tmp_path / "copy"))
    copy.known_attacks.unlink()
    decision = copy.read_decision()
    del decision["tracing"]["score"]
    write_json(copy.decision, decision)
    assert main(["evaluate", str(copy.path), "--split", "eval"]) == 0
    assert "rejection by logit" in capsys.readouterr().out
    assert "is the largest logit, as in runs of earlier versions" in copy.markdown.read_text()
    assert main(["evaluate", str(copy.path), "--split", "dev"]) == 0
    assert "rejection by distance" in capsys.readouterr().out
    assert copy.read_decision()["tracing"] == RunFolder(run).read_decision()["tracing"]
    assert copy.read_metrics("dev")["tracing"] == RunFolder(run).read_metrics("dev")["tracing"]


def test_a_run_without_its_training_split_keeps_what_it_has_learned(run, corpus, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(corpus, moved, ignore=shutil.ignore_patterns("*train*", "flac_T"))
    copy = RunFolder(shutil.copytree(run, tmp_path / "copy"))
    before, config = copy.known_attacks.read_bytes(), copy.config.read_text()
    copy.config.write_text(config.replace(str(corpus), str(moved)))
    assert main(["evaluate", str(copy.path), "--split", "dev"]) == 0
    assert copy.known_attacks.read_bytes() == before
    assert copy.read_decision()["tracing"] == RunFolder(run).read_decision()["tracing"]


def test_attacks_are_learned_from_a_limited_number_of_utterances(monkeypatch):
    monkeypatch.setattr(known_attacks, "HEARD", 3)
    classes = np.array([0, -1, 1, 0, 0, 0, -1, 1, -1, 0])
    labels = np.array([0, 1, 0, 0, 0, 0, 0, 0, 1, 0])
    chosen = known_attacks.chosen_utterances(classes, labels)
    # Bona fide at 1 and 8; the spoof at 6 is of an attack that is not traced.
    np.testing.assert_array_equal(chosen, [0, 1, 2, 4, 7, 8, 9])


def test_an_ensemble_of_traced_runs_has_one_score_and_no_attacks(run):
    traced = RunFolder(run).experiment()
    assert ensemble_of({Path("a"): traced, Path("b"): traced}).tracing == Tracing()
    assert not any("attack_head" in name for name in joined_weights([run, run])[0])


def test_a_run_without_tracing_is_what_it_was(corpus, tmp_path):
    plain = load_config(corpus / "tiny.py")
    assert plain.tracing == Tracing()
    assert resolved(plain, plain.data.manifest("train")) == plain


def test_a_traced_run_continues_as_itself(run, experiment):
    manifests = training_splits(experiment.data)
    RunFolder(run).check(resolved(experiment, manifests["train"]), manifests, resume=True)


def test_attacks_that_training_lacks_are_refused(corpus):
    manifest = load_config(corpus / "tiny.py").data.manifest("train")
    with pytest.raises(ConfigError, match="A77, of which the training split has no utterance"):
        Tracing(weight=0.3, attacks=("A01", "A77")).resolved(manifest)
    with pytest.raises(ConfigError, match="needs two of them"):
        Tracing(weight=0.3, attacks=("A01",)).resolved(manifest)
    classes = Tracing(weight=0.3).resolved(manifest).classes_of(manifest)
    np.testing.assert_array_equal(classes >= 0, manifest.label == 0)
