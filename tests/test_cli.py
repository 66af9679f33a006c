"""The commands as a user meets them: real processes, real files, exit statuses."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

CONFIG = """
from spoofjax.config import Clip, Evaluation, Experiment
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.features import LogLinear
from spoofjax.loading.sampling import Balanced, Natural
from spoofjax.models import CNN
from spoofjax.training.losses import BinaryCrossEntropy
from spoofjax.training.optimizers import Adam

config = Experiment(
    data=ASVspoof5(root={root!r}),
    front_end=LogLinear(filters=24),
    model=CNN(channels=(8, 8)),
    sampling={sampling},
    loss=BinaryCrossEntropy(),
    optimizer=Adam(learning_rate={rate}, warm_up=5),
    clip=Clip(train=6_400, evaluate=8_000, short="pad"),
    batch=16,
    steps={steps},
    evaluation=Evaluation(every=20, batch=16),
)
"""


def spoofjax(*arguments, **environment) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "spoofjax.cli", *map(str, arguments)]
    settings = {**os.environ, **environment}
    return subprocess.run(command, capture_output=True, text=True, env=settings, timeout=240)


def write_config(path: Path, corpus: Path, sampling="Balanced()", rate=1e-2, steps=60) -> Path:
    path.write_text(CONFIG.format(root=str(corpus), sampling=sampling, rate=rate, steps=steps))
    return path


@pytest.fixture(scope="module")
def corpus(tiny_corpus) -> Path:
    return tiny_corpus()


@pytest.fixture(scope="module")
def run(corpus, tmp_path_factory) -> Path:
    """A finished run on the tiny corpus."""
    folder = tmp_path_factory.mktemp("runs")
    done = spoofjax("train", write_config(folder / "c.py", corpus), "--out", folder / "run")
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith(f"run folder: {folder / 'run'}")
    return folder / "run"


def test_a_run_leaves_what_people_and_programs_read(run):
    metrics = json.loads((run / "report" / "metrics.dev.json").read_text())
    for key in ("eer", "min_dcf", "act_dcf", "cllr", "auc", "balanced_accuracy", "confusion"):
        assert key in metrics
    assert metrics["bonafide"] + metrics["spoof"] == 24
    assert metrics["eer"] < 0.2
    assert not metrics["collapse"]["fired"]
    assert [row["attack"] for row in metrics["by"]["attack"]] == ["A01", "A02"]
    assert json.loads((run / "decision.json").read_text())["threshold"] == metrics["threshold"]
    assert json.loads((run / "environment.json").read_text())["packages"]["jax"]
    assert json.loads((run / "training_audio.json").read_text())["clips"] == 128
    header, first, *_ = (run / "scores" / "asvspoof5.dev.tsv").read_text().splitlines()
    assert header == "filename\tcm-score"
    assert first.split("\t")[0] == "D_0000000000"
    float(first.split("\t")[1])
    report = (run / "report" / "report.md").read_text()
    assert "dev by attack" in report
    for picture in ("training.png", "det.png"):
        assert (run / "report" / picture).read_bytes().startswith(b"\x89PNG")


def test_metrics_lines_say_what_was_measured_and_drawn(run):
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if "loss" in line]
    assert [line["step"] for line in steps] == [10, 20, 30, 40, 50, 60]
    assert steps[-1]["drawn_bonafide"] == steps[-1]["drawn_spoof"] == 60 * 16 // 2
    assert all(line["utterances_per_second"] > 0 for line in steps)
    assert [line["step"] for line in lines if "dev.eer" in line] == [20, 40, 60]


def test_evaluating_again_gives_the_same_numbers(run):
    before = (run / "report" / "metrics.eval.json").read_text()
    done = spoofjax("evaluate", run, "--split", "eval")
    assert done.returncode == 0, done.stderr
    assert (run / "report" / "metrics.eval.json").read_text() == before
    assert done.stderr == ""


@pytest.mark.slow
def test_results_are_broken_down_by_any_column(run, tmp_path):
    copy = shutil.copytree(run, tmp_path / "run")
    done = spoofjax("evaluate", copy, "--split", "eval", "--by", "gender")
    assert done.returncode == 0, done.stderr
    assert "EER by gender" in done.stdout
    metrics = json.loads((copy / "report" / "metrics.eval.json").read_text())
    [row] = metrics["by"]["gender"]  # the tiny corpus has one
    assert (row["gender"], row["bonafide"], row["spoof"]) == ("F", 12, 12)
    assert row["eer"] == metrics["eer"]
    scores, key = (copy / "scores" / f"asvspoof5.eval.{end}" for end in ("tsv", "key.tsv"))
    arguments = ("--scores", scores, "--keys", key, "--resamples", "0", "--by", "attack x gender")
    done = spoofjax("metrics", *arguments, "--json")
    [first, second] = json.loads(done.stdout)["by"]["attack x gender"]
    assert (first["attack"], first["gender"], second["attack"]) == ("A01", "F", "A02")


def test_a_mistyped_column_is_told_before_anything_is_evaluated(run):
    done = spoofjax("evaluate", run, "--by", "gendre")
    assert done.returncode == 1
    assert "Did you mean gender?" in done.stderr


def test_score_prints_one_json_object_per_file_and_nothing_else(run, corpus, tmp_path):
    broken = tmp_path / "broken.flac"
    broken.write_bytes(b"fLaC" + bytes(100))
    good = [corpus / "flac_D" / f"D_{n:010d}.flac" for n in (0, 1)]
    done = spoofjax("score", run, good[0], broken, good[1], "--json", "--prior", "0.9")
    assert done.returncode == 3
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["file"] for row in rows] == [str(good[0]), str(broken), str(good[1])]
    assert str(broken) in rows[1]["error"]
    assert rows[1]["verdict"] == "unknown"
    written = dict(
        line.split("\t") for line in (run / "scores" / "asvspoof5.dev.tsv").read_text().splitlines()
    )
    for row, name in ((rows[0], "D_0000000000"), (rows[2], "D_0000000001")):
        assert row["score"] == pytest.approx(float(written[name]), abs=1e-4)
        odds = row["llr"] + np.log(0.9 / 0.1)
        assert row["p_spoof"] == pytest.approx(1 / (1 + np.exp(odds)))
        assert row["calibrated"] is False
        assert row["seconds"] == 0.5
    assert rows[0]["verdict"] == "bonafide"
    assert rows[2]["verdict"] == "spoof"


def test_an_export_scores_like_the_run_without_its_code(run, corpus, tmp_path):
    from jax import export

    from spoofjax.audio.reading import read
    from spoofjax.config_files import loads

    out = tmp_path / "detector"
    done = spoofjax("export", run, "--out", out)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "export.json").read_text())["checked_utterances"] == 8
    program = export.deserialize(bytearray((out / "model.stablehlo").read_bytes()))
    assert program.platforms == ("cpu", "cuda", "tpu")
    front_end = loads((out / "config.json").read_text()).front_end
    waveform = read(corpus / "flac_D" / "D_0000000000.flac")
    features = front_end(waveform[None, :8000])
    score = program.call(features, np.array([features.shape[1]], np.int32))
    first = (run / "scores" / "asvspoof5.dev.tsv").read_text().splitlines()[1]
    assert float(score[0]) == pytest.approx(float(first.split("\t")[1]), abs=1e-4)
    again = spoofjax("score", out, corpus / "flac_D" / "D_0000000000.flac", "--json")
    assert json.loads(again.stdout)["score"] == pytest.approx(float(score[0]), abs=1e-4)


def test_a_run_is_not_overwritten(run, corpus, tmp_path):
    done = spoofjax("train", write_config(tmp_path / "c.py", corpus), "--out", run)
    assert done.returncode == 1
    assert "already holds a run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_finished_run_can_be_requeued_without_harm(run, corpus, tmp_path):
    before = (run / "weights.safetensors").read_bytes()
    config = write_config(tmp_path / "c.py", corpus)
    done = spoofjax("train", config, "--out", run, "--resume", "--quiet")
    assert done.returncode == 0, done.stderr
    assert (run / "weights.safetensors").read_bytes() == before


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("folder", "flac_D"),
        ("protocol", "ASVspoof5.train.tsv"),
        ("delimiter", "line 1"),
        ("key", "line 3"),
        ("missing", "T_0000000007"),
    ],
)
def test_a_wrong_corpus_is_told_before_anything_is_compiled(
    tiny_corpus, tmp_path, damage, expected
):
    corpus = tiny_corpus(tmp_path / "corpus")
    protocol = corpus / "ASVspoof5.train.tsv"
    lines = protocol.read_text().splitlines(keepends=True)
    if damage == "folder":
        (corpus / "flac_D").rename(corpus / "flac_d")
    elif damage == "protocol":
        protocol.unlink()
    elif damage == "delimiter":
        protocol.write_text("".join(lines).replace(" ", "\t"))
    elif damage == "key":
        protocol.write_text(
            "".join([*lines[:2], lines[2].replace("bonafide -", "real -"), *lines[3:]])
        )
    else:
        (corpus / "flac_T" / "T_0000000007.flac").unlink()
    config = write_config(tmp_path / "c.py", corpus)
    code = (
        "import sys; from spoofjax.cli import main; "
        f"status = main(['train', {str(config)!r}, '--out', {str(tmp_path / 'run')!r}]); "
        "print(status, 'jax' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "False"]
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_the_fields_classic_failure_raises_the_alarm(tiny_corpus, tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus")
    # 8.7 spoofs for each bona fide utterance, natural sampling, unweighted loss, too few steps.
    for name, kept in (("ASVspoof5.train.tsv", 2), ("ASVspoof5.dev.track_1.tsv", 2)):
        lines = (corpus / name).read_text().splitlines(keepends=True)
        bonafide = [line for line in lines if "bonafide" in line][:kept]
        (corpus / name).write_text(
            "".join(bonafide + [line for line in lines if " spoof " in line])
        )
    config = write_config(tmp_path / "c.py", corpus, sampling="Natural()", rate=3e-3, steps=12)
    done = spoofjax("train", config, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    assert "ALARM" in done.stdout
    assert "calling everything spoof would give" in done.stdout
    report = (tmp_path / "run" / "report" / "report.md").read_text()
    assert report.index("Alarm") < report.index("EER")
    verdict = json.loads((tmp_path / "run" / "report" / "metrics.dev.json").read_text())
    assert verdict["collapse"]["fired"]


def test_a_calibrated_run_gives_ratios_and_may_abstain(run, corpus, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    done = spoofjax("calibrate", copy, "--abstain-cost", "1e-9", "--recordings", "0")
    assert done.returncode == 0, done.stderr
    assert "llr = " in done.stdout
    assert "warning: Small: fitted on 12 bona fide and 12 spoof trials" in done.stdout
    assert "no verdict from" in done.stdout
    file = corpus / "flac_D" / "D_0000000000.flac"
    row = json.loads(spoofjax("score", copy, file, "--json").stdout)
    fitted = json.loads((copy / "decision.json").read_text())["calibration"]
    assert row["calibrated"] is True
    assert row["llr"] == pytest.approx(fitted["scale"][0] * row["score"] + fitted["offset"])
    # Abstaining costs almost nothing here, so every file is left without a verdict.
    assert row["verdict"] == "unknown"


def test_balancing_twice_is_told_at_the_start(corpus, tmp_path):
    config = write_config(tmp_path / "c.py", corpus, steps=1)
    done = spoofjax("train", config, "--out", tmp_path / "run", "--loss.bonafide-weight", "9")
    assert done.returncode == 0, done.stderr
    assert "over-correct" in done.stderr


def test_a_dry_run_shows_the_figures_and_leaves_nothing(corpus, tmp_path):
    config = write_config(tmp_path / "c.py", corpus)
    done = spoofjax("train", config, "--out", tmp_path / "run", "--dry-run")
    assert done.returncode == 0, done.stderr
    for word in ("8 bona fide, 8 spoof", "parameters", "temporary memory", "time per epoch"):
        assert word in done.stdout
    assert not (tmp_path / "run").exists()


def test_features_of_a_file_become_an_array_and_a_picture(corpus, tmp_path):
    file = corpus / "flac_D" / "D_0000000000.flac"
    out, picture = tmp_path / "x.npy", tmp_path / "x.png"
    done = spoofjax("features", file, "--out", out, "--plot", picture)
    assert done.returncode == 0, done.stderr
    matrix = np.load(out)
    assert matrix.shape == (49, 80)
    assert matrix.dtype == np.float32
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_packed_folder_can_be_validated_but_not_packed_again(corpus, tmp_path):
    packed, again = tmp_path / "packed", tmp_path / "again"
    assert spoofjax("pack", corpus, "--out", packed, "--quiet").returncode == 0
    done = spoofjax("validate", packed)
    assert done.returncode == 0, done.stdout
    assert "nothing wrong with asvspoof5" in done.stdout
    done = spoofjax("pack", packed, "--out", again)
    assert done.returncode == 1
    assert done.stderr == (
        f"error: {packed} is packed already: copy the folder, or name the original corpus.\n"
    )
    assert not again.exists()


def test_a_tilde_is_the_home_folder_where_no_shell_replaces_it(corpus, tmp_path):
    shutil.copy(corpus / "tiny.py", tmp_path / "home.py")
    (tmp_path / "corpus").symlink_to(corpus)
    arguments = ("validate", "~/home.py", "--data.root=~/corpus", "--no-audio")
    done = spoofjax(*arguments, HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "corpus").unlink()
    done = spoofjax(*arguments, HOME=str(tmp_path))
    assert done.returncode == 1
    assert f"there is no folder {tmp_path}/corpus." in done.stdout


def test_info_names_versions_devices_and_the_simd_level():
    facts = json.loads(spoofjax("info", "--json").stdout)
    assert facts["simd"] in facts["simd_available"]
    assert facts["packages"]["jax"]
    assert facts["devices"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["score", "nowhere", "x.wav"], 1, "holds no run"),
        (["evaluate", "nowhere"], 1, "holds no run"),
        (["train", "nowhere.py"], 1, "No configuration file"),
        (["train"], 2, "CONFIG"),
        (["info", "--loud"], 2, "--loud"),
        (["dance"], 2, "dance"),
    ],
)
def test_mistakes_have_one_line_and_a_status(arguments, status, words):
    done = spoofjax(*arguments)
    assert done.returncode == status
    assert words.lower() in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from spoofjax.cli import build_parser; build_parser().format_help(); "
        "print([m for m in ('numpy', 'jax', 'tyro', 'soundfile') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
