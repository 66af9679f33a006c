"""The page plays the utterances that the runs get most wrong."""

import base64
import io
import json

import numpy as np
import soundfile as sf
from drawn_runs import Elements, page_of
from untrained_runs import write_run

from spoofjax.audio.reading import read
from spoofjax.cli import main
from spoofjax.errors import ScoreError
from spoofjax.models import MLP
from spoofjax.report.corpus import CorpusAtHand
from spoofjax.report.page import write_html
from spoofjax.runs.record import RunRecord


def test_players_hold_the_very_samples_of_the_corpus(make_run, experiment):
    elements = Elements(page_of(make_run("ours"), examples=4))
    assert len(elements.attributes("audio")) == len(elements.attributes("img")) == 4
    clips = [
        read(manifest.path(row))[: experiment.clip.evaluate]
        for manifest in [experiment.data.manifest("eval")]
        for row in range(len(manifest))
    ]
    for audio in elements.attributes("audio"):
        content = base64.b64decode(audio["src"].removeprefix("data:audio/flac;base64,"))
        samples, rate = sf.read(io.BytesIO(content), dtype="float32")
        assert rate == 16_000
        assert any(np.array_equal(samples, clip) for clip in clips)
    for picture in elements.attributes("img"):
        assert base64.b64decode(picture["src"].partition(",")[2])[:4] == b"\x89PNG"


def test_a_corpus_that_is_gone_leaves_the_page_without_sound_and_says_why(make_run, tmp_path):
    folder = make_run("ours")
    text = (folder / "config.json").read_text()
    root = json.loads(text)["data"]["root"]
    (folder / "config.json").write_text(text.replace(root, str(tmp_path / "gone")))
    page = page_of(folder)
    assert "<audio" not in page
    assert "The corpus of this run is not available" in page
    assert "E_0000000" in page  # the hardest utterances are still named
    out = tmp_path / "again.html"
    again = ["report", str(folder), "--out", str(out), "--data.root", root]
    assert main(again) == 0
    assert "<audio" in out.read_text()


def test_a_file_that_cannot_be_read_is_named_in_its_place(make_run, tmp_path):
    def listen(split, key):
        raise ScoreError(f"{key} of {split} is damaged.")

    run = RunRecord.read(make_run("ours"))
    corpus = CorpusAtHand(listen=listen)
    page = write_html(tmp_path / "p.html", [run], [corpus], [{}], resamples=0).read_text()
    assert page.count("of eval is damaged.") == 12


def test_the_hardest_utterance_of_each_class_is_explained(make_run, experiment):
    run = make_run("ours")
    write_run(run, experiment.replace(model=MLP(hidden=())))
    images = Elements(page_of(run, examples=4, explain=1)).attributes("img")
    explained = [image["alt"] for image in images if image.get("class") == "explanation"]
    assert len(images) == 6
    assert [alt.startswith("Times and frequencies of E_") for alt in explained] == [True, True]
