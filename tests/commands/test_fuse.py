"""`spoofjax fuse` joins runs by the ids of their utterances."""

import json

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.evaluation.keys import Keys, read_keys
from spoofjax.evaluation.scores import Scores, read_scores, write_scores
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.scores import write_key


def finished_run(folder, corpus, seed, order):
    """Write what `fuse` reads of a run: scores, keys and the name of the corpus."""
    run, random = RunFolder(folder), np.random.default_rng(seed)
    for split, count in (("dev", 200), ("eval", 300)):
        ids = np.array([f"{split}_{n:03d}" for n in range(count)])[::order]
        label = np.arange(count)[::order] % 2
        scores = Scores(ids, 1.5 * label + random.normal(size=count))
        write_scores(run.scores(corpus, split), scores)
        write_key(run.key(corpus, split), Keys(ids, label, {}))
        metrics = json.loads(METRICS) | {"corpus": corpus}
        write_json(run.split_metrics(split), metrics)
    write_json(run.config, {})
    return folder


METRICS = json.dumps(
    {
        **dict.fromkeys(("eer", "auc", "accuracy", "accuracy_always_spoof"), 0.5),
        **dict.fromkeys(("min_dcf", "act_dcf", "cllr", "threshold"), 0.5),
        **{
            f"{name}_{label}": 0.5
            for name in ("precision", "recall", "f1")
            for label in ("bonafide", "spoof")
        },
        "balanced_accuracy": 0.5,
        "bonafide": 1,
        "spoof": 1,
        "confusion": dict.fromkeys(
            ("bonafide_accepted", "bonafide_rejected", "spoof_accepted", "spoof_rejected"), 1
        ),
        "collapse": {"fired": False, "reasons": []},
    }
)


@pytest.fixture
def runs(tmp_path):
    return [
        str(finished_run(tmp_path / "audio", "asvspoof5", 1, 1)),
        str(finished_run(tmp_path / "head", "embeddings", 2, -1)),
    ]


@pytest.mark.parametrize("method", ["equal", "logistic"])
def test_the_fusion_of_two_runs_is_written_and_better(runs, tmp_path, capsys, method):
    out = tmp_path / "fused"
    options = ["--out", str(out), "--method", method, "--scores-only", "--json"]
    assert main(["fuse", *runs, *options]) == 0
    results = json.loads(capsys.readouterr().out)["results"]
    for split in ("dev", "eval"):
        rates = [results[split][name]["eer"] for name in (*runs, "fusion")]
        assert rates[2] < min(rates[:2])
    place = RunFolder(out)
    scores = read_scores(place.scores("asvspoof5", "eval"))
    assert scores.ids.tolist() == read_keys(place.key("asvspoof5", "eval")).ids.tolist()
    assert json.loads(place.fusion.read_text())["runs"] == runs


def test_runs_and_score_files_of_other_systems_are_fused(runs, tmp_path, capsys):
    run = RunFolder(runs[1])
    files = [str(run.scores("embeddings", split)) for split in ("dev", "eval")]
    out = tmp_path / "fused"
    assert main(["fuse", runs[0], ":".join(files), "--out", str(out)]) == 0
    assert f"the scores written to {out}" in capsys.readouterr().out
    assert RunFolder(out).scores("asvspoof5", "eval").is_file()
    keys = [str(run.key("embeddings", split)) for split in ("dev", "eval")]
    other = RunFolder(runs[0])
    others = [str(other.scores("asvspoof5", split)) for split in ("dev", "eval")]
    out = tmp_path / "files"
    options = ["--keys", ":".join(keys), "--out", str(out), "--json"]
    assert main(["fuse", ":".join(others), ":".join(files), *options]) == 0
    assert set(json.loads(capsys.readouterr().out)["results"]) == {"dev", "eval"}


def test_other_utterances_are_refused(runs, tmp_path, capsys):
    path = RunFolder(runs[1]).scores("embeddings", "dev")
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    assert main(["fuse", *runs, "--out", str(tmp_path / "fused")]) == 1
    assert "dev_000" in capsys.readouterr().err
