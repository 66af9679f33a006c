"""`spoofjax metrics` on score files of any system: what it says before the numbers."""

import json

import numpy as np
import pytest

from spoofjax.cli import main


@pytest.fixture
def score_files(tmp_path):
    """Writes a score file and its ASVspoof 2019 key; returns the options that name them.

    `speakers` are the numbers of bona fide and of spoof speakers.
    """

    def write(scores, labels, speakers=(20, 20)):
        keys, lines = [], []
        for row, (score, label) in enumerate(zip(scores, labels, strict=True)):
            speaker = f"{'B' if label else 'S'}{row // 2 % speakers[0 if label else 1]}"
            word = "bonafide" if label else "spoof"
            keys.append(f"{speaker} U_{row} - {'-' if label else 'A01'} {word}\n")
            lines.append(f"U_{row} {score}\n")
        (tmp_path / "key.txt").write_text("".join(keys))
        (tmp_path / "scores.txt").write_text("".join(lines))
        return ["--scores", str(tmp_path / "scores.txt"), "--keys", str(tmp_path / "key.txt")]

    return write


LABELS = np.arange(600) % 2
LOGITS = 9 * (LABELS - 0.5) + 3 * np.random.default_rng(0).normal(size=600)


def test_good_scores_start_with_numbers(score_files, capsys):
    assert main(["metrics", *score_files(LOGITS, LABELS), "--resamples", "100"]) == 0
    assert capsys.readouterr().out.startswith("utterances ")


def test_good_probabilities_raise_no_alarm_though_all_are_above_0(score_files, capsys):
    probabilities = 1 / (1 + np.exp(-LOGITS))
    assert main(["metrics", *score_files(probabilities, LABELS), "--resamples", "0"]) == 0
    assert "ALARM" not in capsys.readouterr().out


def test_reversed_scores_are_called_reversed_first(score_files, capsys):
    assert main(["metrics", *score_files(-LOGITS, LABELS), "--resamples", "0"]) == 0
    assert capsys.readouterr().out.startswith("ALARM: Reversed polarity: the AUC is 0.0")


def test_one_bona_fide_speaker_gives_no_interval_and_says_so(score_files, capsys):
    options = [*score_files(LOGITS, LABELS, speakers=(1, 20)), "--by-speaker"]
    assert main(["metrics", *options]) == 0
    text = capsys.readouterr().out
    assert "note: No interval over speakers can be had: all bona fide utterances are by one" in text
    assert "95 % in" not in text
    assert main(["metrics", *options, "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert "intervals" not in results
    assert "by one speaker" in results["findings"]["notes"][0]


def test_several_speakers_of_each_class_give_an_interval(score_files, capsys):
    options = score_files(LOGITS, LABELS, speakers=(20, 20))
    assert main(["metrics", *options, "--by-speaker", "--resamples", "100"]) == 0
    text = capsys.readouterr().out
    assert "95 % in [" in text
    assert "Few speakers" not in text


def test_few_speakers_give_an_interval_that_is_called_unreliable(score_files, capsys):
    options = score_files(LOGITS, LABELS, speakers=(20, 5))
    assert main(["metrics", *options, "--by-speaker", "--resamples", "100"]) == 0
    text = capsys.readouterr().out
    assert "note: Few speakers: the spoof utterances are by 5 speakers. Intervals over " in text
    assert "95 % in [" in text


def test_names_with_line_breaks_and_commands_to_the_terminal_are_escaped(tmp_path, capsys):
    lines = ["filename\tcm-label\tattack"]
    for row, label in enumerate(LABELS[:80]):
        attack = "-" if label else ("A\x1b[2J", "A02")[row // 2 % 2]
        lines.append(f"U_{row}\t{'bonafide' if label else 'spoof'}\t{attack}")
    (tmp_path / "key.tsv").write_text("\n".join(lines) + "\n")
    scores = [f"U_{row}\t{-3 * label}\n" for row, label in enumerate(LABELS[:80])]
    (tmp_path / "scores.tsv").write_text("filename\tcm-score\n" + "".join(scores))
    options = ["--scores", str(tmp_path / "scores.tsv"), "--keys", str(tmp_path / "key.tsv")]
    assert main(["metrics", *options, "--resamples", "0"]) == 0
    text = capsys.readouterr().out
    assert r"A\x1b[2J" in text
    assert "\x1b" not in text
