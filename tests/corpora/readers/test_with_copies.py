"""Copies made elsewhere join the corpus of their parents."""

import json

import numpy as np
import pytest
import soundfile

from spoofjax.corpora import Folder, Mixture, WithCopies
from spoofjax.errors import CorpusError


def write(path, samples=800):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.full(samples, 0.1), 16_000)


@pytest.fixture
def speech(tmp_path):
    """A corpus of three bona fide utterances and a spoof for training, and as much for dev."""
    for split in ("train", "dev"):
        for name in ("p1_a", "p1_a_b", "p2_c"):
            write(tmp_path / "speech" / split / "bonafide" / f"{split}_{name}.wav")
        write(tmp_path / "speech" / split / "spoof" / "tts" / f"{split}_s.wav")
    return Folder(str(tmp_path / "speech"))


def parents_of(manifest):
    """The parent of each copy by the id of the copy."""
    parents = zip(manifest.ids.tolist(), manifest.column("parent").values(), strict=True)
    return {id_: parent for id_, parent in parents if parent != "-"}


def test_names_tell_the_parents_and_folders_the_attacks(speech, tmp_path):
    copies = tmp_path / "copies"
    for name in ("hifigan/train_p1_a_generated", "hifigan/train_p1_a_b", "train_p2_c.vits"):
        write(copies / f"{name}.wav")
    write(copies / "hifigan/dev_p2_c.wav")  # its parent is not in train
    corpus = WithCopies(speech, str(copies))
    manifest = corpus.manifest("train")
    assert parents_of(manifest) == {
        "copies/hifigan/train_p1_a_generated": "bonafide/train_p1_a.wav",
        "copies/hifigan/train_p1_a_b": "bonafide/train_p1_a_b.wav",
        "copies/train_p2_c.vits": "bonafide/train_p2_c.wav",
    }
    assert len(manifest) == 4 + 3
    assert manifest.label[4:].tolist() == [0, 0, 0]
    assert manifest.column("attack").values()[4:] == ["hifigan", "hifigan", "copy"]
    assert manifest.path(4) == str(copies / "hifigan/train_p1_a_b.wav")
    assert corpus.splits() == ("train", "dev")
    assert len(corpus.manifest("dev")) == 4


def test_a_table_maps_files_to_parents(speech, tmp_path):
    write(tmp_path / "copies" / "0001.wav")
    write(tmp_path / "copies" / "left_out.wav")
    table = tmp_path / "copies" / "map.tsv"
    table.write_text("file\tparent\tattack\n0001.wav\tbonafide/train_p2_c.wav\tvocos\n")
    manifest = WithCopies(speech, str(tmp_path / "copies"), table="map.tsv").manifest("train")
    assert parents_of(manifest) == {"copies/0001": "bonafide/train_p2_c.wav"}
    assert manifest.column("attack").at(4) == "vocos"
    table.write_text("file\tparent\n0002.wav\tbonafide/train_p2_c.wav\n")
    with pytest.raises(CorpusError, match=r"lists 1 file\(s\) that .* lacks, such as 0002\.wav"):
        WithCopies(speech, str(tmp_path / "copies"), table="map.tsv").manifest("train")


def test_what_synthesize_wrote_is_read_by_its_provenance(speech, tmp_path):
    copies = tmp_path / "copies"
    rows = []
    for stem, attack in (("x%2F1~griffin_lim", "griffin_lim"), ("x%2F1", "-")):
        write(copies / "flac_T" / f"{stem}.flac")
        row = {"id": stem, "split": "train", "parent": "bonafide/train_p1_a.wav", "attack": attack}
        rows.append(json.dumps(row | {"seed": 1, "version": "0.2"}))
    (copies / "provenance.jsonl").write_text("\n".join(rows) + "\n")
    manifest = WithCopies(speech, str(copies)).manifest("train")
    parents = {"copies/flac_T/x%2F1~griffin_lim": "bonafide/train_p1_a.wav"}
    assert parents_of(manifest) == parents
    assert manifest.column("attack").at(4) == "griffin_lim"
    write(copies / "flac_T" / "stray.flac")
    with pytest.raises(CorpusError, match=r"has no row for flac_T/stray\.flac"):
        WithCopies(speech, str(copies)).manifest("train")


def write_coded(folder, parents, codec="encodec"):
    """Write what `spoofjax synthesize --codecs` writes of the audio and its provenance."""
    rows = []
    for number, (parent, attack) in enumerate(parents.items()):
        write(folder / "flac_T" / f"{number}~{codec}.flac")
        row = {"id": f"{number}~{codec}", "parent": parent, "attack": attack, "codec": codec}
        rows.append(json.dumps(row))
    (folder / "provenance.jsonl").write_text("\n".join(rows) + "\n")


def test_coded_speech_keeps_label_and_attack(speech, tmp_path):
    coded = tmp_path / "coded"
    parents = {"bonafide/train_p1_a.wav": "-", "spoof/tts/train_s.wav": "tts"}
    write_coded(coded, parents)
    manifest = WithCopies(speech, str(coded)).manifest("train")
    assert parents_of(manifest) == {
        "coded/flac_T/0~encodec": "bonafide/train_p1_a.wav",
        "coded/flac_T/1~encodec": "spoof/tts/train_s.wav",
    }
    assert manifest.label[4:].tolist() == [1, 0]
    assert manifest.column("attack").values()[4:] == ["-", "tts"]
    assert manifest.column("codec").values() == ["-"] * 4 + ["encodec"] * 2
    write_coded(coded, parents | {"spoof/tts/nobody.wav": "tts"})
    with pytest.raises(CorpusError, match=r"have no parent.*among the utterances of .*nobody"):
        WithCopies(speech, str(coded)).manifest("train")


def test_copies_by_an_attack_can_be_transmitted_in_turn(speech, tmp_path):
    write(tmp_path / "copies" / "encodec" / "train_p2_c.wav")
    attacked = WithCopies(speech, str(tmp_path / "copies"))
    parent = "copies/encodec/train_p2_c"
    write_coded(tmp_path / "coded", {parent: "encodec", "bonafide/train_p2_c.wav": "-"})
    manifest = WithCopies(attacked, str(tmp_path / "coded")).manifest("train")
    assert manifest.label[4:].tolist() == [0, 0, 1]
    assert manifest.column("attack").values()[4:] == ["encodec", "encodec", "-"]
    assert manifest.column("codec").values()[4:] == ["-", "encodec", "encodec"]
    assert parents_of(manifest)["coded/flac_T/0~encodec"] == parent


def test_copies_without_a_parent_are_named(speech, tmp_path):
    for name in ("train_p1_a", "nobody_1", "train_s"):
        write(tmp_path / "copies" / f"{name}.wav")
    with pytest.raises(CorpusError, match=r"2 of the copies .* have no parent.*nobody_1.*train_s"):
        WithCopies(speech, str(tmp_path / "copies")).manifest("train")


def test_a_split_without_copies_and_a_missing_folder_are_named(speech, tmp_path):
    write(tmp_path / "copies" / "train_p1_a.wav")
    with pytest.raises(CorpusError, match="no copy of a bona fide utterance of the dev split"):
        WithCopies(speech, str(tmp_path / "copies"), into=("train", "dev")).manifest("dev")
    with pytest.raises(CorpusError, match="no folder of copies"):
        WithCopies(speech, str(tmp_path / "nowhere")).manifest("train")


def test_copies_have_the_corpus_and_the_shares_of_their_parents(speech, tmp_path):
    write(tmp_path / "copies" / "train_p1_a.wav")
    both = Mixture((speech, speech.replace(root=speech.root, name="other")), weights=(3, 1))
    with pytest.raises(CorpusError, match="or not one alone"):
        WithCopies(both, str(tmp_path / "copies")).manifest("train")
    weighted = Mixture((speech,), weights=(2,))
    manifest = WithCopies(weighted, str(tmp_path / "copies")).manifest("train")
    assert manifest.shares == {"folder": 1.0}
    assert manifest.column("corpus").at(4) == "folder"


def test_without_a_folder_there_are_no_copies_yet(speech):
    corpus = WithCopies(speech, "")
    assert corpus.manifest("train").ids.tolist() == speech.manifest("train").ids.tolist()
    with pytest.raises(CorpusError, match=r"map\.tsv needs the folder"):
        WithCopies(speech, "", table="map.tsv")
