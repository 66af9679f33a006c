"""The CORPUS of `pack` and `validate` may be the folder of any corpus that can be recognised."""

import numpy as np
import pytest
import soundfile
import tiny

from spoofjax.commands.corpus_argument import RATE, load_corpus
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.readers.folder import Folder
from spoofjax.errors import ConfigError, CorpusError


def test_a_folder_in_asvspoof_5_layout_is_recognised(tmp_path):
    corpus = tiny.make_corpus(tmp_path / "corpus")
    assert load_corpus(corpus, []) == (ASVspoof5(root=str(corpus)), RATE)


def test_a_folder_of_bona_fide_and_spoof_files_is_recognised(tmp_path):
    for name in ("bonafide", "spoof"):
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "a.wav", np.zeros(100), RATE)
    corpus, rate = load_corpus(tmp_path, [])
    assert isinstance(corpus, Folder)
    assert rate == RATE


def test_a_folder_of_no_corpus_is_refused_with_the_remedy(tmp_path):
    with pytest.raises(CorpusError, match="Say which it is in a Python file"):
        load_corpus(tmp_path, [])


def test_a_folder_takes_no_overrides(tmp_path):
    with pytest.raises(ConfigError, match=r"takes no overrides: --data\.root x"):
        load_corpus(tmp_path, ["--data.root", "x"])
