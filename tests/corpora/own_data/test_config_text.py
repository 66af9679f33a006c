"""The text of the configuration that is written for a folder."""

from pathlib import Path

import numpy as np
import pytest

from spoofjax.config_files import load_config
from spoofjax.corpora.own_data.config_text import sizes_for, text_for_corpus, text_for_plan
from spoofjax.corpora.own_data.plan import Plan
from spoofjax.corpora.own_data.recordings import Recording
from spoofjax.corpora.own_data.speakers import People
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.validation.audio_facts import Facts


def plan_of(folder: Path) -> Plan:
    """A plan of two recordings."""
    recordings = (Recording("real/a.wav", 1, "", ()), Recording("fake/b.wav", 0, "", ()))
    facts = (Facts(frames=32_000, rate=16_000, digest="1"),) * 2
    people = People(("", ""), ("", ""), "")
    return Plan(folder, recordings, facts, ("train", "dev"), people, "by hand", ())


@pytest.mark.parametrize("name", ["calls", 'my "own" data', "back\\slash", "a'b", "{x}", "ü"])
def test_any_name_of_a_folder_gives_a_file_that_loads(tmp_path, name):
    config = tmp_path / "c.py"
    config.write_text(text_for_plan(plan_of(tmp_path / name), config, tmp_path / "c.tsv"))
    experiment = load_config(config)
    assert experiment.data.root == str(tmp_path / name)
    assert experiment.data.train == str(tmp_path / "c.tsv")
    assert experiment.data.name == name.replace("\\", "-")


@pytest.mark.parametrize("kind", [ASVspoof5, Packed])
def test_a_corpus_with_its_own_splits_is_named(tmp_path, kind):
    config = tmp_path / "c.py"
    config.write_text(text_for_corpus(kind(root=str(tmp_path)), 100, tmp_path, config))
    assert load_config(config).data == kind(root=str(tmp_path))


def test_more_recordings_are_trained_for_longer():
    assert sizes_for(100).steps == 400
    assert sizes_for(3_200).steps == 1_000
    assert (sizes_for(25_380).steps, sizes_for(25_380).batch) == (4_000, 64)
    assert sizes_for(10**7).steps == 20_000
    assert [sizes_for(count).every for count in (100, 3_200, 25_380)] == [50, 120, 500]


def test_clips_follow_the_durations():
    assert sizes_for(100, np.full(50, 0.2)).evaluate == 16_000
    assert sizes_for(100, np.full(50, 2.0)).evaluate == 32_000
    assert sizes_for(100, np.full(50, 60.0))[:2] == (32_000, 64_000)
