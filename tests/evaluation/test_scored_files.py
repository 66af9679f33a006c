"""`metrics` reads what `score --json` prints."""

import json

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.errors import ScoreError
from spoofjax.evaluation.keys import read_keys
from spoofjax.evaluation.scored_files import ids_of_files
from spoofjax.evaluation.scores import join, read_scores

KEY = "filename\tcm-label\tattack\n" + "".join(
    f"E_{n}\t{'spoof' if n % 2 else 'bonafide'}\t{'A01' if n % 2 else '-'}\n" for n in range(40)
)


def row(n: int, score: float | None) -> str:
    error = None if score is not None else "truncated"
    return json.dumps({"file": f"/corpus/flac_E/E_{n}.flac", "score": score, "error": error})


@pytest.fixture
def files(tmp_path):
    """A key and scores of its 40 utterances in another order."""
    key, scores = tmp_path / "key.tsv", tmp_path / "scores.jsonl"
    key.write_text(KEY)
    scores.write_text("".join(row(n, -float(n)) + "\n" for n in reversed(range(40))))
    return scores, key


def test_scores_of_files_are_joined_with_the_ids_of_a_key(files):
    scores, key = files
    joined = join(read_scores(scores), read_keys(key))
    np.testing.assert_array_equal(joined.score, -np.arange(40.0))
    assert joined.label.tolist() == [1, 0] * 20


def test_metrics_takes_them_from_the_command_line(files, capsys):
    scores, key = files
    arguments = ["--scores", str(scores), "--keys", str(key), "--resamples", "0", "--json"]
    assert main(["metrics", *arguments]) == 0
    results = json.loads(capsys.readouterr().out)
    assert (results["bonafide"], results["spoof"]) == (20, 20)


def test_a_file_without_a_score_is_missed(files):
    scores, key = files
    scores.write_text(scores.read_text() + row(99, None))
    assert len(join(read_scores(scores), read_keys(key))) == 40
    lines = scores.read_text().splitlines()
    scores.write_text("\n".join([*lines[1:40], row(39, None)]))
    with pytest.raises(ScoreError, match=r"1 of 40 utterances have no score \(E_39\)"):
        join(read_scores(scores), read_keys(key))


def test_the_longest_end_of_a_path_is_its_id():
    files = ["/c/a/x.flac", "/c/b/x.flac", "c/y.wav", "z.wav"]
    assert ids_of_files(files, ["a/x", "b/x.flac", "x", "y"]) == ["a/x", "b/x.flac", "y", "z.wav"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"file": "a.wav", "sco', "Unterminated string"),
        ('{"file": "a.wav", "score": "high"}', "score must be a finite number"),
        ('{"score": 1.0}', "file is missing"),
        ('{"file": "a.wav", "score": true}', "score must be a finite number"),
        ('{"file": "a.wav", "score": 1' + 400 * "0" + "}", "score must be a finite number"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_line_that_is_no_row_is_named(files, line, words):
    scores, _ = files
    scores.write_text(scores.read_text() + line)
    with pytest.raises(ScoreError, match=rf"scores\.jsonl, line 41 is no row .*{words}"):
        read_scores(scores)
