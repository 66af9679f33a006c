"""Parquet files with embedded audio, written as Hugging Face's `datasets` writes them."""

import io
import json
import sys

import numpy as np
import pytest
import soundfile

from spoofjax.audio.reading import length_of, read, read_clip
from spoofjax.corpora import Parquet
from spoofjax.corpora.opening import open_corpus
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.validation.audio_facts import examine
from spoofjax.errors import AudioError, CorpusError
from spoofjax.loading.sources import source_of

RATE = 16_000
CLASSES = {"label": {"names": ["bonafide", "spoof"], "_type": "ClassLabel"}}


def test_without_pyarrow_the_remedy_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "test.parquet").write_bytes(b"PAR1")
    assert Parquet(root=str(tmp_path)).splits() == ("eval",)
    with pytest.raises(CorpusError, match=r"pip install 'spoofjax\[parquet\]'"):
        Parquet(root=str(tmp_path)).manifest("eval")


def samples_of(number):
    """Return int16 (samples,): noise of a length of its own."""
    return np.random.default_rng(number).integers(-9000, 9000, 4000 + 100 * number, np.int16)


def audio_of(number, kind="FLAC"):
    file = io.BytesIO()
    soundfile.write(file, samples_of(number), RATE, "PCM_16", format=kind)
    return {"bytes": file.getvalue(), "path": f"u{number}.{kind.lower()}"}


@pytest.fixture
def write(tmp_path):
    """Write {shard: columns} below a folder, two rows a group, and return the folder."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")

    def write(shards, features=None):
        for name, columns in shards.items():
            table = pyarrow.table(columns)
            if features:
                info = json.dumps({"info": {"features": features}})
                table = table.replace_schema_metadata({"huggingface": info})
            path = tmp_path / "mirror" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            parquet.write_table(table, path, row_group_size=2)
        return tmp_path / "mirror"

    return write


def arena(first, count):
    """Return columns as the arena's data sets have them, of some utterances by their numbers."""
    numbers = range(first, first + count)
    notes = [
        {"utterance_id": f"u{n}", "speaker_id": f"s{n}", "system": "VITS" if n % 2 else "natural"}
        for n in numbers
    ]
    return {
        "path": [f"vits/u{n}.wav" for n in numbers],
        "audio": [audio_of(n, "WAV" if n == 1 else "FLAC") for n in numbers],
        "label": [n % 2 for n in numbers],
        "notes": [json.dumps(note) for note in notes],
    }


@pytest.mark.slow
def test_an_arena_is_read_packed_and_validated_as_it_is(write, tmp_path):
    shards = {
        "data/test-00000-of-00002.parquet": arena(0, 3),
        "data/test-00001-of-00002.parquet": arena(3, 2),
        "data/labels.parquet": {"utterance_id": ["u0"]},
    }
    root = write(shards, CLASSES)
    corpus = Parquet(root=str(root), name="mirror")
    assert open_corpus(root)[0] == corpus
    assert corpus.splits() == ("eval",)
    manifest = corpus.manifest("eval")
    assert manifest.ids.tolist() == ["u0", "u1", "u2", "u3", "u4"]
    assert manifest.label.tolist() == [1, 0, 1, 0, 1]
    assert manifest.column("attack").values() == ["-", "VITS", "-", "VITS", "-"]
    assert manifest.column("speaker").values() == ["s0", "s1", "s2", "s3", "s4"]
    assert manifest.path(3).endswith("data/test-00001-of-00002.parquet#0")
    for row in (4, 0, 1):
        whole = samples_of(row) / np.float32(32768)
        np.testing.assert_array_equal(read(manifest.path(row)), whole)
        assert length_of(manifest.path(row)) == len(whole)
        np.testing.assert_array_equal(read_clip(manifest.path(row), RATE, 50).samples, whole[:50])
        assert examine(manifest.path(row)).frames == len(whole)
    pack({"eval": manifest}, tmp_path / "packed", Packing(shard_rows=2))
    packed = source_of(Packed(str(tmp_path / "packed")).manifest("eval"), RATE)
    out = np.zeros(len(samples_of(2)), np.int16)
    packed.read(2, None, out)
    np.testing.assert_array_equal(out, samples_of(2))


@pytest.mark.slow
def test_columns_are_named_and_labels_are_words(write):
    columns = {
        "audio": [audio_of(0), audio_of(1)],
        "label": ["bonafide", "spoofing"],
        "speaker_id": ["p1", "p2"],
        "codec_name": [None, "encodec"],
        "Language": ["en", "de"],
    }
    root = str(write({"train/0000.parquet": columns}))
    corpus = Parquet(root=root, attack="codec_name")
    manifest = corpus.manifest("train")
    assert manifest.ids.tolist() == ["u0.flac", "u1.flac"]
    assert manifest.column("attack").values() == ["-", "encodec"]
    assert manifest.column("language").values() == ["en", "de"]
    assert corpus.replace(serve_as="eval").splits() == ("eval",)
    assert not corpus.replace(label="").manifest("train").labelled
    with pytest.raises(CorpusError, match=r"no note 'codec' .*It has: label, .*codec_name"):
        corpus.replace(attack="codec").manifest("train")


@pytest.mark.slow
def test_what_is_wrong_with_a_data_set_is_said(write):
    root = write({"data/test-00000-of-00003.parquet": arena(0, 2)})
    corpus = Parquet(root=str(root))
    with pytest.raises(CorpusError, match=r"test-00001-of-00003\.parquet: this shard is missing"):
        corpus.manifest("eval")
    with pytest.raises(CorpusError, match="holds numbers, and the files do not say"):
        corpus.replace(missing="skip").manifest("eval")
    numbered = corpus.replace(missing="skip", bonafide=("0",), spoof=("1",))
    assert numbered.manifest("eval").label.tolist() == [1, 0]
    write({"data/dev.parquet": {"label": ["real"], "text": ["no audio"]}})
    with pytest.raises(CorpusError, match=r"dev\.parquet has no column of audio\. Expected"):
        corpus.manifest("dev")
    write({"train.parquet": {"label": ["real"], "audio": [{"bytes": None, "path": "a.wav"}]}})
    with pytest.raises(AudioError, match=r"train\.parquet#0: the row has no audio in it, only"):
        read(corpus.manifest("train").path(0))
    write({"train.parquet": {"label": ["real"], "audio": [{"bytes": b"RIFF", "path": "a.wav"}]}})
    with pytest.raises(AudioError, match=r"train\.parquet#0: not readable as audio"):
        read(corpus.manifest("train").path(0))
    (root / "train.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(CorpusError, match=r"train\.parquet cannot be read as Parquet"):
        corpus.manifest("train")
