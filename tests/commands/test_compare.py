"""`spoofjax compare` on runs and score files: verdicts in words and as JSON, and its errors."""

import json
import shutil

import numpy as np
import pytest
from test_fuse import METRICS, finished_run

from spoofjax.cli import main
from spoofjax.files import write_json
from spoofjax.runs.folder import RunFolder

LABELS = np.arange(600) % 2


def write_scores(path, separation, seed, labels=LABELS):
    """Write the scores of a system that separates the classes so far; return the path as text."""
    generator = np.random.default_rng(seed)
    scores = separation * labels + generator.normal(size=len(labels))
    lines = [f"U_{row} {score}" for row, score in enumerate(scores)]
    path.write_text("\n".join(lines) + "\n")
    return str(path)


@pytest.fixture
def files(tmp_path):
    """Score files of a weak and of a strong system, and their key with ten speakers."""
    key = ["filename\tcm-label\tspk\tattack"]
    for row, label in enumerate(LABELS):
        attack = "-" if label else f"A0{1 + row // 2 % 2}"
        key.append(f"U_{row}\t{'bonafide' if label else 'spoof'}\tS{row // 2 % 10}\t{attack}")
    (tmp_path / "key.tsv").write_text("\n".join(key) + "\n")
    weak = write_scores(tmp_path / "weak.txt", 1.8, 1)
    strong = write_scores(tmp_path / "strong.txt", 2.5, 2)
    return [weak, strong, "--keys", str(tmp_path / "key.tsv"), "--resamples", "200"]


def test_score_files_get_a_verdict_in_words(files, capsys):
    assert main(["compare", *files]) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        "eval of key: 300 bona fide and 300 spoof utterances\nnote: Few speakers"
    )
    assert "\nstrong.txt beats weak.txt: " in text
    assert "EER, resampling speakers" in text
    assert "EER by attack, the largest difference first" in text
    assert "correlation of errors" in text
    assert "fusion" not in text  # there are no scores of dev to train it on


def test_json_holds_every_number_of_the_verdicts(files, capsys):
    assert main(["compare", *files, "--metric", "min_dcf", "--by", "attack", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    [pair] = result["overall"]["utterances"]["min_dcf"]["pairs"]
    assert pair["winner"] == "strong.txt"
    assert 0 < pair["low"] < pair["difference"] < pair["high"]
    assert {row["attack"] for row in result["by"]["attack"]} == {"A01", "A02"}
    assert result["members"]["weak.txt"] == files[:1]


def test_score_files_of_dev_and_eval_are_fused(files, tmp_path, capsys):
    pairs = []
    for name, separation in (("weak", 1.8), ("strong", 2.5)):
        dev = write_scores(tmp_path / f"{name}.dev.txt", separation, 7 + len(name))
        pairs.append(f"{dev}:{tmp_path / name}.txt")
    key = files[3]
    options = ["--keys", f"{key}:{key}", "--resamples", "200", "--json"]
    assert main(["compare", *pairs, *options]) == 0
    [gain] = json.loads(capsys.readouterr().out)["fusion"]
    assert gain["fused"] == ["weak.txt", "strong.txt"]
    assert gain["pair"]["second"] == "strong.txt"
    assert gain["pair"]["winner"] == "weak.txt + strong.txt"


def test_runs_bring_their_keys_and_seeds_are_not_called_better(tmp_path, capsys):
    runs = [finished_run(tmp_path / "seeds" / f"seed-{n}", "calls", n, 1) for n in (1, 2, 3)]
    for seed, run in enumerate(runs):
        write_json(RunFolder(run).config, {"model": "CNN", "seed": seed})
    names = [str(run) for run in runs]
    assert main(["compare", *names, "--resamples", "200"]) == 0
    text = capsys.readouterr().out
    assert text.count("are not distinguishable: ") == 3
    assert "seed-1 + seed-2 + seed-3: EER" in text
    # A seed that happens to be far better says nothing about the configuration.
    path = RunFolder(runs[0]).scores("calls", "eval")
    head, *lines = path.read_text().splitlines()
    label = np.arange(300) % 2
    better = [f"{line.split()[0]}\t{9 * label[row]}" for row, line in enumerate(lines)]
    path.write_text("\n".join([head, *better]) + "\n")
    assert main(["compare", *names[:2], "--resamples", "200"]) == 0
    text = capsys.readouterr().out
    assert (
        "not distinguishable as configurations, since they differ in their seed alone; as " in text
    )
    other = str(finished_run(tmp_path / "other", "calls", 9, 1))
    options = ["--resamples", "200", "--json"]
    assert main(["compare", other, "--group", *names[1:], *options]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["members"]["seeds (2 seeds)"] == names[1:]
    assert result["overall"]["utterances"]["eer"]["pairs"][0]["winner"] is None


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (
            lambda text: text.replace("U_599 ", "X_599 "),
            "1 of 600 utterances have no score (U_599)",
        ),
        (lambda text: text + "U_600 1.0\n", "1 scored utterances are not in the key (U_600)"),
        (lambda text: text.replace("U_0 ", "U_0 score "), "line 2: 2 fields where line 1 has 3"),
    ],
)
def test_other_trials_and_broken_scores_are_one_clear_line(
    files, tmp_path, damage, message, capsys
):
    path = tmp_path / "weak.txt"
    path.write_text(damage(path.read_text()))
    assert main(["compare", *files]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert message in error
    assert "weak.txt" in error


def test_a_score_that_is_no_number_names_its_utterance(files, tmp_path, capsys):
    path = tmp_path / "weak.txt"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["U_0 nan", *lines[1:]]) + "\n")
    assert main(["compare", *files]) == 1
    assert "weak.txt: The score of U_0 is nan" in capsys.readouterr().err


def test_what_cannot_be_compared_is_refused(files, tmp_path, capsys):
    for arguments, message in (
        (files[:1], "at least two systems"),
        ([files[0], files[0], *files[2:]], "named twice"),
        (files[:2], "add --keys KEY"),
        ([files[0], str(tmp_path / "gone"), *files[2:]], "neither the folder of a run nor a score"),
        ([*files, "--by", "codec"], "There is no column 'codec'"),
        ([*files, "--level", "95"], "must lie between 0 and 1"),
    ):
        assert main(["compare", *arguments]) == 1, message
        assert message in capsys.readouterr().err


def test_results_on_another_corpus_are_compared_with_a_run_of_that_corpus(tmp_path, capsys):
    own = RunFolder(finished_run(tmp_path / "own", "calls", 1, 1))
    other = RunFolder(finished_run(tmp_path / "other", "asvspoof5", 2, 1))
    place = other.results_elsewhere("calls", "eval")
    place.mkdir(parents=True)
    shutil.copy(other.scores("asvspoof5", "eval"), place / "scores.tsv")
    shutil.copy(other.key("asvspoof5", "eval"), place / "key.tsv")
    write_json(place / "metrics.json", json.loads(METRICS) | {"corpus": "calls"})
    origin = {"corpus": "calls", "split": "eval", "root": [], "digest": "", "utterances": 300}
    write_json(place / "corpus.json", origin)
    runs = [str(other.path), str(own.path)]
    assert main(["compare", *runs, "--on", "calls.eval", "--resamples", "100"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("eval of calls: 150 bona fide and 150 spoof")
    assert "other + own: EER" in text
    # The runs were trained on different corpora, so that no dev utterance is common to them.
    for path in (own.scores("calls", "dev"), own.key("calls", "dev")):
        path.write_text(path.read_text().replace("dev_", "calls_"))
    assert main(["compare", *runs, "--on", "calls.eval", "--resamples", "100"]) == 0
    text = capsys.readouterr().out
    assert "note: No fusion was trained, for want of common scores of dev. " in text
    assert "other + own" not in text
    assert main(["compare", *runs, "--on", "lectures.eval"]) == 1
    assert "has no scores of eval of lectures: `spoofjax evaluate" in capsys.readouterr().err
