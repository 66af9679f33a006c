"""`score` decides by the stated rule in text, JSON, report and exit status."""

from __future__ import annotations

import json
import math

import pytest

from spoofjax.cli import main
from spoofjax.config import Clip


@pytest.fixture(scope="module")
def run(make_run):
    return make_run(Clip(evaluate=8_000, short="pad"))


@pytest.fixture
def score(run, files, capsys):
    """Scores the files and returns status, rows of JSON and, without --json, lines of text."""

    def call(*options: str):
        names = [str(file) for file in files]
        status = main(["score", str(run), *names, "--json", *options])
        rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert main(["score", str(run), *names, *options]) == status
        captured = capsys.readouterr()
        return status, rows, captured.out.splitlines(), captured.err

    return call


@pytest.mark.parametrize(
    ("options", "threshold"),
    [
        ((), 0.0),
        (("--prior", "0.9"), math.log(1 / 9)),
        (("--cost-false-alarm", "10"), math.log(10)),
        (("--prior", "0.95", "--cost-miss", "2", "--cost-false-alarm", "10"), math.log(5 / 19)),
        (("--threshold", "-0.25", "--prior", "0.7"), -0.25),
    ],
)
def test_verdicts_follow_from_the_stated_numbers(score, options, threshold):
    status, rows, lines, rule = score(*options)
    assert status == 3  # two of the five files are too short to be judged
    assert sum(row["p_spoof"] is None for row in rows) == 2
    for row, line in zip(rows, lines, strict=True):
        assert row["threshold"] == pytest.approx(threshold)
        assert f"{row['file']}: {row['verdict']}" in line
        if row["p_spoof"] is not None:
            odds = row["llr"] + math.log(row["prior"] / (1 - row["prior"]))
            assert row["p_spoof"] == pytest.approx(1 / (1 + math.exp(odds)))
            assert (row["verdict"] == "spoof") == (row["p_spoof"] > row["spoof_above"])
            assert (row["verdict"] == "spoof") == (row["llr"] < row["threshold"])
            assert f"P(spoof) {row['p_spoof']:.3f} (limit {row['spoof_above']:.3f}" in line
    assert f"P(spoof) exceeds {rows[0]['spoof_above']:.4g}" in rule
    assert f"prior P(bona fide) {rows[0]['prior']:g}" in rule


@pytest.mark.parametrize(
    "options",
    [("--prior", "1"), ("--cost-miss", "-1"), ("--threshold", "nan"),
     ("--threshold", "1", "--cost-miss", "2")],
)  # fmt: skip
def test_an_impossible_rule_is_one_line(run, files, options, capsys):
    assert main(["score", str(run), str(files[0]), *options]) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: ")
    assert output.err.count("\n") == 1


def test_metrics_reads_what_score_prints(run, uneven_corpus, tmp_path, capsys):
    main(["score", str(run), str(uneven_corpus / "flac_D"), "--json"])
    scores = tmp_path / "scores.jsonl"
    scores.write_text(capsys.readouterr().out)
    key = uneven_corpus / "ASVspoof5.dev.track_1.tsv"
    options = ["--scores", str(scores), "--keys", str(key), "--resamples", "0", "--json"]
    assert main(["metrics", *options]) == 0
    results = json.loads(capsys.readouterr().out)
    # Files that are too short for a verdict count as well, as in evaluation.
    assert (results["bonafide"], results["spoof"]) == (12, 12)
