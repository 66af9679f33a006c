"""`spoofjax verify`: fit on dev trials, decide about others, judge one recording."""

import json
import sys
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


@pytest.fixture
def run(tiny_corpus, tmp_path) -> Path:
    """The folder of a detector that hears half a second at a time."""
    clip = Clip(train=6_400, evaluate=8_000, short="pad")
    experiment = load_config(tiny_corpus() / "tiny.py").replace(clip=clip)
    return untrained_runs.write_run(tmp_path / "run", experiment)


def test_one_recording_is_decided_about(verifier, run, tiny_corpus, capsys):
    file = sorted((tiny_corpus() / "flac_D").glob("*.flac"))[0]
    arguments = ["file", run, file, "--verifier", verifier, "--asv-score", "-9", "--json"]
    assert main(["verify", *map(str, arguments)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["decision"] in ("impostor", "spoof")
    assert answer["asv_score"] == -9
    assert answer["file"] == str(file)


@pytest.mark.slow
def test_a_speaker_encoder_compares_recordings_in_the_place_of_a_score(
    verifier, run, tiny_corpus, tmp_path, capsys
):
    pytest.importorskip("onnxruntime", reason="needs the extra `onnx`")
    pytest.importorskip("onnx", reason="needs the extra `onnx`")
    import speaker_models

    from spoofjax.deployment.speaker_encoder import SpeakerEncoder, speaker_score

    path = speaker_models.write_encoder(tmp_path / "speaker.onnx")
    encoder = SpeakerEncoder(path)
    folder = tiny_corpus() / "flac_D"
    test, *enrolments = sorted(folder.glob("*.flac"))[:3]
    models = [encoder.enrol_file(file)[0] for file in enrolments]
    expected = speaker_score(encoder.embed_file(test)[0], models)
    arguments = ["file", run, test, "--verifier", verifier, "--encoder", path]
    arguments += ["--enrol", *enrolments, "--json"]
    assert main(["verify", *map(str, arguments)]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["asv_score"] == expected
    assert answer["decision"] in ("accept", "impostor", "spoof")

    (tmp_path / "trials.tsv").write_text(f"spk\tfilename\nS\t{test.stem}\n")
    names = ",".join(file.stem for file in enrolments)
    (tmp_path / "enrolment.tsv").write_text(f"S {names}\n")
    arguments = ["score", "--trials", tmp_path / "trials.tsv", "--audio", folder, "--encoder", path]
    arguments += ["--enrolment", tmp_path / "enrolment.tsv", "--out", tmp_path / "scores.tsv"]
    assert main(["verify", *map(str, arguments)]) == 0
    line = (tmp_path / "scores.tsv").read_text().splitlines()[1]
    assert line == f"S\t{test.stem}\t{expected!r}"


@pytest.mark.parametrize(
    "options", [[], ["--encoder", "e.onnx"], ["--asv-score", "1", "--enrol", "a.wav"]]
)
def test_a_claim_needs_either_a_score_or_an_encoder_with_recordings(options, capsys):
    arguments = ["verify", "file", "run", "call.wav", "--verifier", "v.json", *options]
    assert main(arguments) == 1
    assert "--enrol" in capsys.readouterr().err


def test_without_onnxruntime_an_encoder_names_the_extra(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    options = ["--verifier", "v.json", "--encoder", "e.onnx", "--enrol", "a.wav"]
    assert main(["verify", "file", "run", "call.wav", *options]) == 1
    assert "pip install 'spoofjax[onnx]'" in capsys.readouterr().err


def test_a_verifier_that_is_missing_is_named(tmp_path, capsys):
    arguments = ["--verifier", tmp_path / "none.json", "--scores", tmp_path / "x"]
    assert main(["verify", "trials", *map(str, arguments)]) == 1
    assert "spoofjax verify fit" in capsys.readouterr().err
