"""Embeddings of any encoder, in the layouts that docs/embeddings.md describes."""

import numpy as np
import pytest
from embedded_corpora import write_tables
from safetensors.numpy import save_file

from spoofjax.corpora import Embedded
from spoofjax.corpora.embedded.arrays import Arrays
from spoofjax.errors import AudioError, CorpusError


@pytest.fixture
def tables(tmp_path):
    return tmp_path, write_tables(tmp_path)


def read_all(corpus, split="train"):
    manifest, arrays = corpus.manifest(split), Arrays()
    return np.stack([arrays.read(manifest.path(row))[0] for row in range(len(manifest))])


def test_one_array_for_all_utterances(tables):
    folder, written = tables
    corpus = Embedded(str(folder))
    assert corpus.splits() == ("train", "dev", "eval")
    manifest = corpus.manifest("train")
    assert manifest.label[:4].tolist() == [0, 1, 0, 1]
    assert manifest.names("attack") == ("A01", "A02")
    np.testing.assert_array_equal(read_all(corpus), written["train"])


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_one_file_of_arrays_named_by_the_ids(tables, suffix):
    folder, written = tables
    arrays = {f"train_{row:03d}": array for row, array in enumerate(written["train"])}
    (folder / "train.npy").unlink()
    if suffix == ".npz":
        np.savez(folder / "train.npz", **arrays)
    else:
        save_file(arrays, folder / "train.safetensors")
    np.testing.assert_array_equal(read_all(Embedded(str(folder))), written["train"])


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".safetensors"])
def test_a_file_for_each_utterance(tables, suffix):
    folder, written = tables
    lines = (folder / "train.tsv").read_text().splitlines()
    (folder / "vectors").mkdir()
    for row, array in enumerate(written["train"]):
        name = folder / "vectors" / f"{row}{suffix}"
        if suffix == ".npy":
            np.save(name, array)
        elif suffix == ".npz":
            np.savez(name, array)
        else:
            save_file({"hidden": array}, name)
        lines[row + 1] += f"\tvectors/{row}{suffix}"
    (folder / "train.tsv").write_text("\n".join([lines[0] + "\tfile", *lines[1:]]) + "\n")
    np.testing.assert_array_equal(read_all(Embedded(str(folder))), written["train"])


def test_damage_is_told_by_the_name_of_the_file(tables):
    folder, written = tables
    np.save(folder / "train.npy", written["train"][:-1])
    with pytest.raises(CorpusError, match=r"train\.npy has 39 rows, but .*train\.tsv has 40"):
        Embedded(str(folder)).manifest("train")
    (folder / "train.npy").unlink()
    with pytest.raises(CorpusError, match=r"none of train\.npy, train\.npz, train\.safetensors"):
        Embedded(str(folder)).manifest("train")
    (folder / "broken.npz").write_bytes(b"PK\x03\x04 no archive")
    for path, problem in (
        ("gone.npy#3", "gone.npy is missing"),
        ("broken.npz#a", "broken.npz cannot be read"),
        ("dev.npy#24", "has no row 24: it holds 24 utterances"),
    ):
        with pytest.raises(AudioError, match=problem):
            Arrays().read(f"{folder}/{path}")
