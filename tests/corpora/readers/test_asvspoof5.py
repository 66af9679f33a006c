"""ASVspoof 5 as released and as in its challenge; each kind of damage has its own message."""

import os
import sys
from pathlib import Path

import pytest

from spoofjax.config_files import from_json, to_json
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import CorpusError

RELEASED = """\
T_0123 T_0000004567 F - - - AC2 A05 spoof -
T_0456 T_0000001234 M - - - - bonafide bonafide -
T_0123 T_0000000007 F - - - AC1 A01 spoof -
"""
EVAL = """\
E_1234 E_0001234567 M C05 2 E_0007654321 AC1 A26 spoof -
E_0009 E_0000000001 F - 0 - - bonafide bonafide -
E_0009 E_0000000002 F C11 - E_0000000001 - bonafide bonafide -
"""


def corpus(folder, protocol=RELEASED, name="ASVspoof5.train.tsv", audio="flac_T", leave_out=()):
    """Write a protocol and an empty file for each utterance it names."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(protocol)
    (folder / audio).mkdir(parents=True, exist_ok=True)
    for line in protocol.splitlines():
        for field in line.replace("\t", " ").replace(",", " ").split()[1:2]:
            if field not in leave_out:
                (folder / audio / f"{field}.flac").touch()
    return ASVspoof5(root=str(folder))


def test_the_release_reads_ten_columns_without_a_header(tmp_path):
    manifest = corpus(tmp_path).manifest("train")
    assert manifest.ids.tolist() == ["T_0000004567", "T_0000001234", "T_0000000007"]
    assert manifest.label.tolist() == [0, 1, 0]
    assert manifest.column("attack").values() == ["A05", "-", "A01"]
    assert manifest.column("speaker").values() == ["T_0123", "T_0456", "T_0123"]
    assert manifest.column("gender").values() == ["F", "M", "F"]
    assert manifest.column("adaptation").values() == ["AC2", "-", "AC1"]
    assert manifest.path(0) == f"{tmp_path}/flac_T/T_0000004567.flac"
    assert manifest.corpus == "asvspoof5"


def test_evaluation_rows_carry_codecs_and_uncoded_ones_none(tmp_path):
    manifest = corpus(tmp_path, EVAL, "ASVspoof5.eval.track_1.tsv", "flac_E_eval").manifest("eval")
    assert manifest.column("codec").values() == ["C05", "-", "C11"]
    assert manifest.column("quality").values() == ["2", "-", "-"]


@pytest.mark.parametrize("suffix", ["metadata", "metainfor"])
def test_the_challenge_form_has_six_columns_and_other_names(tmp_path, suffix):
    text = "T_1 T_0000000001 - - A05 spoof\nT_2 T_0000000002 - - bonafide bonafide\n"
    manifest = corpus(tmp_path, text, f"ASVspoof5.train.{suffix}.txt").manifest("train")
    assert manifest.label.tolist() == [0, 1]
    assert manifest.column("attack").values() == ["A05", "-"]
    assert manifest.column("gender").values() == ["-", "-"]


def test_protocols_may_lie_in_the_folder_of_their_archive(tmp_path):
    read = corpus(tmp_path, name="ASVspoof5_protocols/ASVspoof5.train.tsv").manifest("train")
    assert len(read) == 3


def test_the_folder_that_the_baseline_expects_is_found_too(tmp_path):
    read = corpus(tmp_path, EVAL, "ASVspoof5.eval.track_1.tsv", "flac_E").manifest("eval")
    assert read.path(1).endswith("/flac_E/E_0000000001.flac")


def test_an_archive_unpacked_into_a_folder_of_its_own_name_is_found(tmp_path):
    assert "/flac_T/flac_T/" in corpus(tmp_path, audio="flac_T/flac_T").manifest("train").path(0)


def test_a_split_exists_if_its_protocol_and_its_audio_do(tmp_path):
    corpus(tmp_path)
    (tmp_path / "ASVspoof5.eval.track_1.tsv").write_text(EVAL)
    assert ASVspoof5(root=str(tmp_path)).splits() == ("train",)


BROKEN = {
    "tabs": (RELEASED.replace(" ", "\t"), r"line 1: the fields are separated by TAB.*one space"),
    "commas": (RELEASED.replace(" ", ","), "line 1: the fields are separated by a comma"),
    "header": (
        "SPEAKER_ID FLAC_FILE_NAME SPEAKER_GENDER CODEC CODEC_Q CODEC_SEED ATTACK_TAG "
        "ATTACK_LABEL KEY TMP\n" + RELEASED,
        "line 1: a header row.*delete the first line",
    ),
    "a field more": (
        RELEASED.replace("A01 spoof -", "A01 spoof - -"),
        "line 3: 11 fields instead of 10",
    ),
    "unknown key": (RELEASED.replace("A01 spoof", "A01 fake"), "line 3: unknown key 'fake'.*spoof"),
    "twice": (
        RELEASED + RELEASED[:44] + "\n",
        r"line 4: T_0000004567 occurs twice .*first on line 1",
    ),
    "reversed": (
        RELEASED.replace("A05 spoof", "A05 bonafide"),
        "line 1: the key says bona fide but the attack is 'A05'",
    ),
    "reversed bona fide": (
        RELEASED.replace("bonafide bonafide", "bonafide spoof"),
        "line 2: the key says spoof but the attack is 'bonafide'",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_protocol_is_one_error_with_file_and_line(tmp_path, what):
    text, words = BROKEN[what]
    with pytest.raises(CorpusError, match=r"ASVspoof5\.train\.tsv, " + words):
        corpus(tmp_path, text).manifest("train")


def test_a_missing_file_is_named_with_its_line_and_the_remedy(tmp_path):
    broken = corpus(tmp_path, leave_out=("T_0000001234", "T_0000000007"))
    with pytest.raises(
        CorpusError, match=r"line 2: no file .*T_0000001234\.flac, and 1 more files of 3\. Unpack"
    ):
        broken.manifest("train")


def test_missing_files_can_be_left_out_and_are_counted(tmp_path, caplog):
    partial = corpus(tmp_path, leave_out=("T_0000001234",)).replace(missing="skip")
    assert partial.manifest("train").ids.tolist() == ["T_0000004567", "T_0000000007"]
    assert "1 files that do not exist (of 3" in caplog.text


def test_a_corpus_without_any_of_its_files_is_an_error_even_so(tmp_path):
    ids = ("T_0000004567", "T_0000001234", "T_0000000007")
    with pytest.raises(CorpusError, match="2 more files of 3"):
        corpus(tmp_path, leave_out=ids).replace(missing="skip").manifest("train")


def test_a_missing_folder_of_audio_is_named(tmp_path):
    corpus(tmp_path, audio="flac_wrong")
    with pytest.raises(CorpusError, match=r"expected flac_T .*which holds ASVspoof5\.train\.tsv"):
        ASVspoof5(root=str(tmp_path)).manifest("train")


def test_a_missing_protocol_says_what_was_expected_where(tmp_path):
    (tmp_path / "else").mkdir()
    with pytest.raises(
        CorpusError, match=r"expected the protocol ASVspoof5\.train\.tsv .*which holds else"
    ):
        training_splits(ASVspoof5(root=str(tmp_path)))


def test_a_missing_root_says_what_was_expected_under_it(tmp_path):
    with pytest.raises(CorpusError, match=r"no folder .*nowhere\. Expected under it: the protocol"):
        ASVspoof5(root=str(tmp_path / "nowhere")).manifest("dev")


def test_an_unknown_split_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="No split 'test': choose from train, dev, eval"):
        corpus(tmp_path).manifest("test")


def test_the_reader_survives_its_own_json(tmp_path):
    reader = ASVspoof5(root=str(tmp_path), missing="skip")
    assert from_json(to_json(reader)) == reader


def test_reading_runs_nothing_row_by_row_and_looks_at_no_file(repository, tmp_path, monkeypatch):
    # What makes 680,774 rows a matter of a second (bench/protocol.py): the calls that Python makes
    # do not grow with the rows, and one listing of the folder stands for a look at every file.
    monkeypatch.syspath_prepend(str(repository))
    from bench.protocol import generated

    listings, calls = [], {}
    listdir = os.listdir

    def listed(path):
        listings.append(str(path))
        return listdir(path)

    monkeypatch.setattr(os, "listdir", listed)
    for rows in (5_000, 20_000):
        name = "ASVspoof5.eval.track_1.tsv"
        reader = corpus(tmp_path / str(rows), generated(rows), name, "flac_E_eval")
        reader.manifest("eval")  # what is imported or compiled at first use is not counted
        listings.clear()
        counted = []
        sys.setprofile(lambda frame, event, argument, counted=counted: counted.append(event))
        try:
            manifest = reader.manifest("eval")
        finally:
            sys.setprofile(None)
        assert len(manifest) == rows
        assert len(manifest.names("attack")) == 16
        assert [Path(path).name for path in listings] == ["flac_E_eval"]
        calls[rows] = sum(event in ("call", "c_call") for event in counted)
    assert calls[20_000] < calls[5_000] + 100


def test_mini5_reads_as_its_description_says(shared):
    counts = {
        split: ASVspoof5(root=str(shared / "mini5")).manifest(split).counts()
        for split in ("train", "dev", "eval")
    }
    assert [(c["bonafide"], c["spoof"], c["speakers"]) for c in counts.values()] == [
        (177, 1608, 154),
        (89, 356, 52),
        (198, 800, 74),
    ]
    assert list(counts["dev"]["attacks"]) == ["A01", "A05", "A09", "A10", "A11", "A12"]


def test_the_demo_corpus_states_the_language_of_each_file(repository):
    demo = ASVspoof5(root=str(repository / "demo" / "corpus"), language="-")
    languages = {split: demo.manifest(split).column("language").tally() for split in demo.splits()}
    assert set(languages["train"]) == {"en", "es", "it"}
    assert (languages["dev"], languages["eval"]) == ({"fr": 240}, {"ru": 240})
