"""Mixtures of corpora, and tables of other toolkits, written and read back."""

import numpy as np
import pytest
import soundfile

from spoofjax.config_files import from_json, to_json
from spoofjax.corpora.export import read_headers, write_kaldi, write_unified
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.readers.folder import Folder
from spoofjax.corpora.readers.kaldi import Kaldi
from spoofjax.corpora.readers.mixture import Mixture
from spoofjax.corpora.readers.unified import Unified
from spoofjax.errors import AudioError, CorpusError


def tone(path, samples=1600, rate=16000, **more):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.sin(np.arange(samples) / 7), rate, **more)


@pytest.fixture
def corpus(tmp_path):
    """A tiny corpus in ASVspoof 5 layout, with sound in its files."""
    root = tmp_path / "corpus"
    rows = {
        "train": ("flac_T", "T_01 T_0000000001 F - - - - bonafide bonafide -\n"
                  "T_02 T_0000000002 M C05 2 - AC1 A01 spoof -\n"),
        "dev.track_1": ("flac_D", "D_01 D_0000000001 F - - - - bonafide bonafide -\n"
                        "D_02 D_0000000002 M - - - AC1 A09 spoof -\n"),
    }  # fmt: skip
    for stem, (folder, text) in rows.items():
        for line in text.splitlines():
            tone(root / folder / f"{line.split()[1]}.flac")
        (root / f"ASVspoof5.{stem}.tsv").write_text(text)
    return ASVspoof5(root=str(root))


def same(back, manifest, *columns):
    order = np.argsort(back.ids)
    start = np.argsort(manifest.ids)
    assert back.ids[order].tolist() == manifest.ids[start].tolist()
    assert back.label[order].tolist() == manifest.label[start].tolist()
    for column in columns:
        assert back.take(order).column(column).values() == (
            manifest.take(start).column(column).values()
        )
    assert [back.path(i) for i in order] == [manifest.path(i) for i in start]


def test_a_corpus_goes_to_the_unified_table_and_back(corpus, tmp_path):
    manifests = {split: corpus.manifest(split) for split in corpus.splits()}
    assert write_unified(tmp_path / "all.csv", manifests, tmp_path) == 4
    text = (tmp_path / "all.csv").read_text().splitlines()
    assert text[0] == (
        "ID,Label,Duration,SampleRate,Path,Attack,Speaker,Proportion,AudioChannel,"
        "AudioEncoding,AudioBitSample,Language"
    )
    assert text[1] == (
        "T_0000000001,real,0.1,16000,$ROOT/corpus/flac_T/T_0000000001.flac,-,T_01,train,1,"
        "FLAC,16,EN"
    )
    back = Unified(root=str(tmp_path))
    assert back.splits() == ("train", "dev")
    for split, manifest in manifests.items():
        same(back.manifest(split), manifest, "attack", "speaker", "language")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("real", "bonafide"), r"unknown key 'bonafide'.*real or fake"),
        (("train", "training"), r"unknown proportion 'training'"),
        (("$ROOT/corpus", "$ROOT/elsewhere"), r"line 2: no file .*elsewhere"),
        (("FLAC,16", "FLAC"), r"line 2: 11 fields where the header names 12"),
        (("Proportion", "Subset"), r"line 1: no column named Proportion"),
    ],
)
def test_a_broken_unified_table_is_one_error(corpus, tmp_path, change, words):
    write_unified(tmp_path / "t.csv", {"train": corpus.manifest("train")}, tmp_path)
    text = (tmp_path / "t.csv").read_text()
    (tmp_path / "t.csv").write_text(text.replace(*change))
    with pytest.raises(CorpusError, match=words):
        Unified(root=str(tmp_path), table="t.csv").manifest("train")


def test_a_corpus_goes_to_kaldi_folders_and_back(corpus, tmp_path):
    manifests = {split: corpus.manifest(split) for split in corpus.splits()}
    write_kaldi(tmp_path / "data", manifests)
    train = tmp_path / "data" / "train"
    assert (train / "utt2lab").read_text() == "T_0000000001 bonafide\nT_0000000002 spoof\n"
    assert (train / "lab2utt").read_text() == "bonafide T_0000000001\nspoof T_0000000002\n"
    assert (train / "utt2dur").read_text().splitlines()[0] == "T_0000000001 0.1000"
    assert (train / "spk2gender").read_text() == "T_01 f\nT_02 m\n"
    back = Kaldi(root=str(tmp_path / "data"))
    assert back.splits() == ("train", "dev")
    for split, manifest in manifests.items():
        columns = ("attack", "codec", "speaker", "gender", "language")
        same(back.manifest(split), manifest, *columns)


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("wav.scp", ("T_0000000001 ", "T_0000000001 sox "), r"no file sox .*flac"),
        ("wav.scp", (".flac\n", ".flac |\n"), r"line 1: a command instead of a file"),
        ("utt2lab", ("T_0000000002 spoof\n", ""), r"utt2lab: no entry for T_0000000002"),
        ("utt2lab", ("spoof", "A01"), r"line 2: unknown key 'A01'"),
        ("utt2lab", (" spoof", ""), r"line 2: 'T_0000000002' has a key and no value"),
        ("utt2lab", ("T_0000000002", "T_0000000001"), r"line 2: T_0000000001 occurs twice"),
    ],
)
def test_a_broken_kaldi_folder_is_one_error(corpus, tmp_path, name, change, words):
    write_kaldi(tmp_path / "data", {"train": corpus.manifest("train")})
    path = tmp_path / "data" / "train" / name
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(CorpusError, match=words):
        Kaldi(root=str(tmp_path / "data")).manifest("train")


def test_ids_with_blanks_cannot_go_to_kaldi_and_it_says_so(tmp_path):
    tone(tmp_path / "bonafide" / "a b.wav")
    tone(tmp_path / "spoof" / "c.wav")
    manifest = Folder(root=str(tmp_path)).manifest("eval")
    with pytest.raises(CorpusError, match=r"'bonafide/a b\.wav' cannot be an id"):
        write_kaldi(tmp_path / "data", {"eval": manifest})


def test_headers_tell_length_rate_and_encoding(tmp_path):
    tone(tmp_path / "a.wav", 800, 8000, subtype="ULAW")
    tone(tmp_path / "b.wav", 480, 48000, subtype="FLOAT")
    first, second = read_headers([str(tmp_path / "a.wav"), str(tmp_path / "b.wav")])
    assert tuple(first) == (0.1, 8000, 1, "ULAW", 8)
    assert tuple(second) == (0.01, 48000, 1, "PCM_F", 32)
    (tmp_path / "bad.wav").write_text("no audio")
    with pytest.raises(AudioError, match=r"bad\.wav: not readable as audio"):
        read_headers([str(tmp_path / "bad.wav")])


def test_a_mixture_joins_the_splits_of_its_corpora_with_their_shares(corpus, tmp_path):
    tone(tmp_path / "own" / "bonafide" / "a.wav")
    tone(tmp_path / "own" / "spoof" / "vits" / "b.wav")
    own = Folder(root=str(tmp_path / "own"), split="train", name="own")
    mixture = Mixture((corpus, own), weights=(3.0, 1.0))
    assert mixture.name == "asvspoof5+own"
    assert mixture.splits() == ("train", "dev")
    train = mixture.manifest("train")
    assert train.column("corpus").tally() == {"asvspoof5": 2, "own": 2}
    assert train.shares == {"asvspoof5": 0.75, "own": 0.25}
    assert mixture.manifest("dev").shares == {"asvspoof5": 1.0}
    assert train.names("attack") == ("A01", "vits")
    assert from_json(to_json(mixture)) == mixture


def test_a_mixture_refuses_wrong_weights_and_names_used_twice(corpus):
    with pytest.raises(CorpusError, match=r"called 'asvspoof5'.*different names"):
        Mixture((corpus, corpus))
    with pytest.raises(CorpusError, match=r"2 corpora .* need as many positive weights"):
        Mixture((corpus, Folder(root="x")), weights=(1.0,))
    with pytest.raises(CorpusError, match="expected the protocol"):
        Mixture((corpus,)).manifest("eval")
