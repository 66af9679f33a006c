"""A file is missing because its name is spelled differently: the error says how."""

import pytest

from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.readers.table import Table
from spoofjax.corpora.validation.validation import validate
from spoofjax.errors import CorpusError


def protocol(root, id_="T_1", file="T_1.flac"):
    """A protocol of one utterance, and one file."""
    (root / "flac_T").mkdir()
    (root / "flac_T" / file).touch()
    (root / "ASVspoof5.train.tsv").write_text(f"T_0 {id_} F - - - - bonafide bonafide -\n")
    return ASVspoof5(root=str(root))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"file": "T_1.wav"}, r"There is T_1\.wav, while this corpus expects \.flac: convert"),
        ({"file": "T_1.FLAC"}, r"There is T_1\.FLAC, with other capital letters"),
        ({"id_": "T_1.flac"}, r"The id T_1\.flac has the extension \.flac already.* delete \.flac"),
        ({"id_": "T_1.wav"}, r"The id T_1\.wav has the extension \.wav already"),
        ({"file": "T_2.flac"}, r"no file .*T_1\.flac of 1\. Unpack all archives"),
        ({"file": "T_1.txt"}, r"Unpack all archives"),
    ],
)
def test_a_protocol_and_files_that_differ_in_the_extension(tmp_path, names, words):
    corpus = protocol(tmp_path, **names)
    with pytest.raises(CorpusError, match=words):
        corpus.manifest("train")
    [missing] = [p for p in validate(corpus, audio=False).problems if p.kind == "missing"]
    assert str(missing).startswith(f"{tmp_path}/ASVspoof5.train.tsv, line 1: no file")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (r"wav\a.wav", "backslashes, as Windows writes paths"),
        ("wav/a.flac", r"There is a\.wav, with another extension: correct the names in the table"),
        ("wav/a", r"There is a\.wav: the names have no extension; --data\.suffix \.wav appends"),
        ("wav/A.wav", r"There is a\.wav, with other capital letters"),
    ],
)
def test_a_table_and_files_that_differ(tmp_path, written, words):
    (tmp_path / "wav").mkdir()
    (tmp_path / "wav" / "a.wav").touch()
    (tmp_path / "eval.csv").write_text(f"file,label\n{written},spoof\n")
    with pytest.raises(CorpusError, match=words):
        Table(root=str(tmp_path), eval="eval.csv").manifest("eval")


def test_the_remedy_for_names_without_an_extension_works(tmp_path):
    (tmp_path / "a.wav").touch()
    (tmp_path / "eval.csv").write_text("file,label\na,spoof\n")
    table = Table(root=str(tmp_path), eval="eval.csv", suffix=".wav")
    assert table.manifest("eval").path(0) == f"{tmp_path}/a.wav"
