"""A cue that tells the classes apart without synthesis is named; a fair corpus is silent."""

import json

import numpy as np
import pytest
import scipy.signal

from spoofjax.cli import main
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.validation.report import Report
from spoofjax.guards.checking import check_cues

RATE = 16_000


def unchanged(wave):
    return wave


def louder(wave):
    return 2 * wave


def with_offset(wave):
    return wave + 0.002


def with_treble(wave):
    return wave + 0.5 * np.diff(wave, prepend=0)


def trimmed(wave):
    loud = np.flatnonzero(np.abs(wave) > 0.02)
    return wave[loud[0] : loud[-1]]


def telephone(wave):
    """Half the sample rate, as a codec for telephones has it."""
    return scipy.signal.resample_poly(scipy.signal.resample_poly(wave, 1, 2), 2, 1)


def check(manifest) -> Report:
    report = Report("synthetic")
    check_cues({"train": manifest}, RATE, report)
    return report


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        (louder, "cue-level", "dB louder"),
        (with_offset, "cue-offset", "DC offset"),
        (with_treble, "cue-spectrum", "in the average spectrum"),
        (trimmed, "cue-silence", "0.00 s before speech"),
        (telephone, "cue-bandwidth", "spoofs ends at"),
    ],
)
def test_a_cue_of_the_spoofs_is_named_with_its_remedy(manifest_of, change, kind, words):
    report = check(manifest_of(change))
    [problem] = [p for p in report.problems if p.kind == kind]
    assert problem.severity == "warning"
    assert words in problem.message
    assert problem.remedy
    assert report.status == 1


@pytest.mark.parametrize(
    ("change", "kind"), [(with_offset, "cue-offset"), (with_treble, "cue-spectrum")]
)
def test_copies_are_compared_with_their_parents(manifest_of, change, kind):
    report = check(manifest_of(change, are_copies=True))
    assert kind in report.kinds()
    [cues] = report.splits["train"]["cues"]
    assert cues["folds_over"] == "parents"
    # A copy is as long as its parent, which tells nothing.
    assert cues["eer"]["length"]["value"] == 0.5


def test_classes_that_differ_by_nothing_have_no_cue(manifest_of):
    report = check(manifest_of(unchanged))
    assert report.kinds() == []
    [cues] = report.splits["train"]["cues"]
    assert cues["folds_over"] == "speakers"
    assert all(eer["high"] > 0.25 for eer in cues["eer"].values())


def test_a_handful_of_utterances_is_not_probed(manifest_of):
    report = check(manifest_of(louder).take(np.arange(40, 60)))
    assert report.status == 0
    assert "fewer than 20" in report.summary()


def test_validate_reports_the_whistle_of_the_tiny_corpus(tiny_corpus, capsys):
    arguments = ["validate", str(tiny_corpus()), "--no-audio", "--cues", "--json"]
    assert main(arguments) == 1
    report = json.loads(capsys.readouterr().out)
    assert "cue-spectrum" in {problem["kind"] for problem in report["findings"]}
    assert report["splits"]["train"]["cues"][0]["eer"]["spectrum"]["high"] < 0.25


@pytest.mark.slow
def test_the_shared_corpus_has_no_cue(shared):
    corpus, report = ASVspoof5(root=str(shared / "mini5")), Report("mini5")
    check_cues({split: corpus.manifest(split) for split in corpus.splits()}, RATE, report)
    assert report.kinds() == []
    assert all(
        eer["low"] > 0.3
        for split in report.splits.values()
        for eer in split["cues"][0]["eer"].values()
    )
