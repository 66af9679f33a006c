"""A score may be the mean over a clip and lightly changed copies of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.config import Clip
from spoofjax.deployment.changed_copies import changed_copies
from spoofjax.deployment.detector import Detector

RATE = 16_000


@pytest.fixture(scope="module")
def run(make_run):
    return make_run(Clip(train=6_400, evaluate=8_000, short="pad"))


def test_a_copy_follows_from_its_clip_alone_and_leaves_padding_silent():
    clips = 0.1 * np.random.default_rng(0).standard_normal((3, 4000)).astype(np.float32)
    lengths = np.array([4000, 2500, 4000])
    clips[1, 2500:] = 0
    first, second = changed_copies(clips, lengths, 2, RATE)
    assert not first[1, 2500:].any()
    assert np.abs(first - second).max() > 1e-3
    level = np.std(first - clips, axis=1) / np.std(clips, axis=1)
    assert (level < 0.7).all()  # light: the clip is still most of what is heard
    [alone] = changed_copies(clips[1:2, :2500], lengths[1:2], 1, RATE)
    np.testing.assert_array_equal(alone[0], first[1, :2500])


def test_the_average_is_that_of_the_scores_of_clip_and_copies(run, files, capsys):
    detector = Detector.load(run)
    clips = 0.1 * np.random.default_rng(1).standard_normal((2, 8000)).astype(np.float32)
    lengths = np.full(2, 8000)
    [copies] = changed_copies(clips, lengths, 1, RATE)
    expected = (detector.score(clips, lengths) + detector.score(copies, lengths)) / 2
    averaged = replace(detector, views=2).score(clips, lengths)
    np.testing.assert_allclose(averaged, expected, atol=1e-6)

    scores = []
    for average in ("1", "3", "3"):
        assert main(["score", str(run), str(files[-1]), "--average", average, "--json"]) == 0
        scores.append(json.loads(capsys.readouterr().out)["score"])
    assert scores[0] != scores[1] == scores[2]


def test_options_that_contradict_an_average_are_refused(run, files, tmp_path, capsys):
    assert main(["score", str(run), str(files[0]), "--average", "0"]) == 1
    assert "--average must be 1 or more" in capsys.readouterr().err
    options = ["--average", "2", "--explain", str(tmp_path)]
    assert main(["score", str(run), str(files[0]), *options]) == 1
    assert "leave out --average" in capsys.readouterr().err
