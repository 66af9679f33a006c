"""A threshold for calls through one codec, from the run's own dev split through that codec."""

import json
import re

import numpy as np
import pytest
import started_runs
import tiny

from spoofjax.cli import main


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run on a small corpus, which lies beside it."""
    folder = tmp_path_factory.mktemp("known_codec")
    config = tiny.write_config(folder / "tiny.py", tiny.make_corpus(folder / "corpus"))
    started_runs.train(config, "--out", folder / "run", "--quiet")
    return folder / "run"


def test_the_same_share_of_bona_fide_calls_is_rejected_through_a_codec(run, tmp_path, capsys):
    coded = tmp_path / "vorbis"
    command = ["synthesize", str(run.parent / "corpus"), "--codecs", "vorbis", "--split", "dev"]
    assert main([*command, "--out", str(coded), "--quiet", "--no-cues"]) == 0
    assert main(["evaluate", str(run), "--corpus", str(coded), "--split", "dev"]) == 0
    name = re.search(r"written to \S*/elsewhere/(\S+), apart", capsys.readouterr().out)[1]

    calibrate = ["calibrate", str(run), "--on", name, "--rejected", "0.25"]
    assert main([*calibrate, "--set-decision"]) == 0
    assert "% of bona fide are rejected" in capsys.readouterr().out
    decision = json.loads((run / "decision.json").read_text())
    assert decision["chosen_on"] == f"dev of {name.removesuffix('.dev')}"
    scores = np.loadtxt(run / "elsewhere" / name / "scores.tsv", str, skiprows=1)
    keys = np.loadtxt(run / "elsewhere" / name / "key.tsv", str, skiprows=1)
    assert scores[:, 0].tolist() == keys[:, 0].tolist()
    bonafide = scores[(keys == "bonafide").any(1), 1].astype(float)
    assert (bonafide < decision["threshold"]).sum() == len(bonafide) // 4

    with pytest.raises(SystemExit):
        main([*calibrate, "--miss", "2"])
    assert "not allowed with" in capsys.readouterr().err
