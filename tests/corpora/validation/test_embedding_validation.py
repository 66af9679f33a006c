"""`spoofjax validate` reads a folder of embeddings and says what is wrong with it."""

import json

import numpy as np
from embedded_corpora import LAYERS, WIDTH, write_shards, write_tables

from spoofjax.cli import main
from spoofjax.corpora import Embedded, Mixture
from spoofjax.corpora.embedded.plan import PLAN
from spoofjax.corpora.validation.validation import validate


def kinds(folder):
    return validate(Embedded(str(folder)), splits=("train",)).kinds()


def edit(path, change):
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_sound_embeddings_pass(tmp_path, capsys):
    write_shards(tmp_path / "frames", (3, 9, 5))
    write_shards(tmp_path / "pooled")
    write_tables(tmp_path / "tables")
    for name in ("frames", "pooled", "tables"):
        assert main(["validate", str(tmp_path / name)]) == 0
        assert "nothing wrong" in capsys.readouterr().out


def test_another_encoder_than_the_named_one_is_told(tmp_path):
    folder = write_shards(tmp_path / "one")
    edit(folder / "train" / "00001.json", lambda receipt: receipt.update(weights="6" * 64))
    report = validate(Embedded(str(folder)))
    assert report.kinds() == ["encoder"]
    [problem] = [p for p in report.problems if p.kind == "encoder"]
    assert problem.examples == (f"{folder}/train/00001.npy",)


def test_two_folders_by_two_encoders_are_told(tmp_path):
    folders = [write_shards(tmp_path / name) for name in ("one", "other")]
    edit(folders[1] / PLAN, lambda plan: plan["provenance"].update(weights="6" * 64))
    both = Mixture(tuple(Embedded(str(folder), name=folder.name) for folder in folders))
    assert "encoder" in validate(both).kinds()


def test_a_shard_that_was_exchanged_is_told_with_its_shape_and_numbers(tmp_path):
    folder = write_shards(tmp_path / "one")
    values = np.load(folder / "train" / "00000.npy")
    values[1, 0, 0], values[2] = np.nan, 0
    np.save(folder / "train" / "00000.npy", values)
    assert kinds(folder) == ["nan", "shard", "zero"]
    np.save(folder / "train" / "00000.npy", np.ones((5, LAYERS, WIDTH + 1)))
    assert kinds(folder) == ["shape", "shard"]
    (folder / "train" / "00000.npy").unlink()
    assert kinds(folder) == ["missing", "shard"]


def test_an_unfinished_split_and_utterances_without_audio_are_told(tmp_path):
    folder = write_shards(tmp_path / "one")
    edit(folder / PLAN, lambda plan: plan["splits"]["train"].update(rows=14))
    assert "missing" in kinds(folder)
    (folder / "train" / "manifest.json").unlink()
    [problem] = validate(Embedded(str(folder))).problems
    assert "not finished" in problem.message


def test_arrays_of_another_encoder_are_compared_with_each_other(tmp_path):
    written = write_tables(tmp_path)["train"]
    (tmp_path / "train.npy").unlink()
    arrays = {f"train_{row:03d}": array for row, array in enumerate(written)}
    arrays["train_003"] = arrays["train_003"][:, :4]
    del arrays["train_005"]
    np.savez(tmp_path / "train.npz", **arrays)
    assert kinds(tmp_path) == ["missing", "shape"]
