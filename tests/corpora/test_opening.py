"""A path is opened as the corpus that it stands for."""

import pytest

from spoofjax.corpora import ASVspoof5, Folder, Table, Unified
from spoofjax.corpora.opening import open_corpus
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.errors import ConfigError, CorpusError


def test_a_folder_in_asvspoof5_layout(tiny_corpus):
    corpus, splits = open_corpus(tiny_corpus())
    assert corpus == ASVspoof5(str(tiny_corpus()))
    assert splits is None


def test_one_protocol_names_its_split(tiny_corpus):
    corpus, splits = open_corpus(tiny_corpus() / "ASVspoof5.dev.track_1.tsv")
    assert corpus.name == "asvspoof5"
    assert splits == ("dev",)


def test_a_packed_corpus(tiny_corpus, tmp_path):
    pack({"eval": ASVspoof5(str(tiny_corpus())).manifest("eval")}, tmp_path / "packed", Packing())
    assert open_corpus(tmp_path / "packed") == (Packed(str(tmp_path / "packed")), None)


def test_a_folder_of_both_classes_has_its_own_name(tmp_path):
    for name in ("bonafide", "spoof"):
        (tmp_path / "calls" / name).mkdir(parents=True)
    corpus, _ = open_corpus(tmp_path / "calls", split="dev")
    assert corpus == Folder(str(tmp_path / "calls"), name="calls", split="dev")


def test_a_table_serves_as_the_split_that_is_asked_for(tmp_path):
    table = tmp_path / "study.csv"
    table.write_text("file,label\na.wav,real\n")
    corpus, splits = open_corpus(table, split="dev")
    assert corpus == Table(str(tmp_path), dev="study.csv", name="study")
    assert splits == ("dev",)


def test_a_unified_table_is_told_by_its_header(tmp_path):
    table = tmp_path / "all.csv"
    table.write_text("ID,Label,Duration,Path,Attack,Speaker,Proportion,Language\n")
    assert isinstance(open_corpus(table)[0], Unified)


def test_a_python_file_defines_data_or_config(tiny_corpus, tmp_path):
    assert open_corpus(tiny_corpus() / "tiny.py")[0] == ASVspoof5(str(tiny_corpus()))
    file = tmp_path / "calls.py"
    file.write_text("from spoofjax.corpora import Folder\ndata = Folder('/data/calls')\n")
    assert open_corpus(file) == (Folder("/data/calls"), None)
    file.write_text("corpus = 1\n")
    with pytest.raises(ConfigError, match="must define a corpus"):
        open_corpus(file)


def test_what_no_corpus_explains_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(CorpusError, match="There is no file or folder"):
        open_corpus(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match=r"has the layout of no corpus.* in a Python file"):
        open_corpus(tmp_path)


def test_a_folder_of_several_meanings_is_refused(tmp_path):
    (tmp_path / "trial_metadata.txt").write_text("")
    with pytest.raises(CorpusError, match="may be each of ASVspoof2021LA, ASVspoof2021DF"):
        open_corpus(tmp_path)
