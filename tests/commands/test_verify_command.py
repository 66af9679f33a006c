"""`spoofjax verify`: fit on dev trials, decide about others, judge one recording."""

import json
from pathlib import Path

import numpy as np
import pytest
import untrained_runs

from spoofjax.cli import main
from spoofjax.config import Clip
from spoofjax.config_files import load_config

KINDS = ("target", "nontarget", "spoof")


def write_trials(folder: Path, seed: int) -> tuple[Path, Path]:
    """Write scores and keys of 900 trials; return both paths."""
    generator = np.random.default_rng(seed)
    scores, keys = ["spk\tfilename\tcm-score\tasv-score"], ["spk\tfilename\tasv-label"]
    for n in range(900):
        kind = KINDS[n % 3]
        cm = generator.normal(-2 if kind == "spoof" else 2)
        asv = generator.normal(-3 if kind == "nontarget" else 2)
        scores.append(f"S{n % 7}\tU{n}\t{cm:.4f}\t{asv:.4f}")
        keys.append(f"S{n % 7}\tU{n}\t{kind}")
    paths = folder / f"scores{seed}.tsv", folder / f"keys{seed}.tsv"
    for path, lines in zip(paths, (scores, keys), strict=True):
        path.write_text("\n".join(lines) + "\n")
    return paths


@pytest.fixture
def verifier(tmp_path, capsys) -> Path:
    scores, keys = write_trials(tmp_path, 1)
    path = tmp_path / "verifier.json"
    arguments = ["verify", "fit", "--scores", scores, "--keys", keys, "--out", path, "--json"]
    assert main([*map(str, arguments)]) == 0
    assert json.loads(capsys.readouterr().out)["act_a_dcf"] < 0.3
    return path


def test_decisions_about_other_trials_are_counted_judged_and_written(verifier, tmp_path, capsys):
    scores, keys = write_trials(tmp_path, 2)
    out = tmp_path / "decided.tsv"
    arguments = ["trials", "--verifier", verifier, "--scores", scores, "--keys", keys, "--out", out]
    assert main(["verify", *map(str, arguments), "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert sum(results["decisions"].values()) == results["trials"] == 900
    assert results["target_decisions"]["accept"] > 250
    assert results["nontarget_decisions"]["impostor"] > 250
    assert results["spoof_decisions"]["spoof"] > 200
    assert results["a_dcf"] <= results["act_a_dcf"] < 0.3
    assert 0 < results["t_eer"] < 0.1
    assert main(["metrics", "--sasv", "--scores", str(scores), "--keys", str(keys), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["t_eer"] == results["t_eer"]


def test_without_keys_the_decisions_are_counted(verifier, tmp_path, capsys):
    scores, _ = write_trials(tmp_path, 3)
    assert main(["verify", "trials", "--verifier", str(verifier), "--scores", str(scores)]) == 0
    assert "accept" in capsys.readouterr().out


def test_costs_move_the_threshold(tmp_path, capsys):
    scores, keys = write_trials(tmp_path, 1)
    thresholds = []
    for cost in ("1", "100"):
        arguments = ["--scores", scores, "--keys", keys, "--out", tmp_path / "v.json"]
        options = ["--false-alarm-spoof", cost, "--json"]
        assert main(["verify", "fit", *map(str, arguments), *options]) == 0
        thresholds.append(json.loads(capsys.readouterr().out)["threshold"])
    assert thresholds[0] < thresholds[1]


def test_one_recording_is_decided_about(verifier, tiny_corpus, tmp_path, capsys):
    clip = Clip(train=6_400, evaluate=8_000, short="pad")
    experiment = load_config(tiny_corpus() / "tiny.py").replace(clip=clip)
    run = untrained_runs.write_run(tmp_path / "run", experiment)
    file = sorted((tiny_corpus() / "flac_D").glob("*.flac"))[0]
    arguments = ["file", run, file, "--verifier", verifier, "--asv-score", "-9", "--json"]
    assert main(["verify", *map(str, arguments)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["decision"] in ("impostor", "spoof")
    assert answer["asv_score"] == -9
    assert answer["file"] == str(file)


def test_a_verifier_that_is_missing_is_named(tmp_path, capsys):
    arguments = ["--verifier", tmp_path / "none.json", "--scores", tmp_path / "x"]
    assert main(["verify", "trials", *map(str, arguments)]) == 1
    assert "spoofjax verify fit" in capsys.readouterr().err
