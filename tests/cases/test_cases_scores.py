"""Score files that were once refused or judged without saying what is wrong with them."""

from spoofjax.cli import main


def test_scores_with_a_comma_in_the_header_are_read(shared, capsys):
    cases = shared / "cases"
    files = ["--scores", str(cases / "scores_comma_header.csv"), "--keys", str(cases / "key.txt")]
    assert main(["metrics", *files, "--resamples", "0"]) == 0
    text = capsys.readouterr().out
    assert "utterances               800" in text
    assert "ALARM" not in text


def test_scores_of_reversed_polarity_are_called_reversed_in_the_first_line(shared, capsys):
    cases = shared / "cases"
    files = ["--scores", str(cases / "scores_reversed.txt"), "--keys", str(cases / "key.txt")]
    assert main(["metrics", *files, "--resamples", "0"]) == 0
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("ALARM: Reversed polarity: the AUC is 0.000, below 0.5")
