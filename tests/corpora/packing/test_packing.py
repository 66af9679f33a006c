"""Packing gives the same bytes whatever interrupts it, and never mixes corpora silently."""

import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from spoofjax.audio.reading import read_int16
from spoofjax.cli import main
from spoofjax.corpora.packing.formats import open_packed
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack, verify
from spoofjax.corpora.packing.stored_manifest import read_manifest_json
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import ConfigError, CorpusError


def manifests(folder: Path, *splits: str):
    corpus = ASVspoof5(root=str(folder))
    return {split: corpus.manifest(split) for split in splits or corpus.splits()}


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("format", ["npy", "arrayrecord"])
def test_a_packed_corpus_has_the_samples_and_the_columns_of_its_original(
    tiny_corpus, tmp_path, format
):
    original = manifests(tiny_corpus())
    outcome = pack(original, tmp_path / "packed", Packing(format=format, shard_rows=16))
    assert outcome.finished == ("train", "dev", "eval")
    assert outcome.packed_now == 88

    corpus = Packed(str(tmp_path / "packed"))
    assert corpus.name == "asvspoof5"
    assert corpus.splits() == ("train", "dev", "eval")
    for split, before in original.items():
        after = corpus.manifest(split)
        assert after.ids.tolist() == before.ids.tolist()
        assert after.label.tolist() == before.label.tolist()
        for name, column in before.columns.items():
            assert after.column(name).values() == column.values()
        audio = open_packed(tmp_path / "packed" / split)
        for row in range(len(before)):
            samples, _ = read_int16(before.path(row))
            assert after.samples[row] == len(samples) == audio.length(row)
            assert np.array_equal(audio.read(row, 0, len(samples)), samples)
            assert np.array_equal(audio.read(row, 100, 50), samples[100:150])


def test_an_npy_shard_is_an_ordinary_numpy_file(tiny_corpus, tmp_path):
    original = manifests(tiny_corpus(), "dev")
    pack(original, tmp_path / "packed", Packing())
    samples = np.load(tmp_path / "packed" / "dev" / "00000.npy")
    utterances = [read_int16(path)[0] for path in original["dev"].files.paths()]
    assert samples.dtype == np.int16
    assert np.array_equal(samples, np.concatenate(utterances))


@pytest.mark.parametrize("format", ["npy", pytest.param("arrayrecord", marks=pytest.mark.slow)])
def test_packing_killed_five_times_gives_the_bytes_of_an_undisturbed_run(
    tiny_corpus, tmp_path, format
):
    command = [
        sys.executable, "-m", "spoofjax.cli", "pack", str(tiny_corpus()),
        "--format", format, "--shard-rows", "2", "--threads", "2", "--out",
    ]  # fmt: skip
    assert subprocess.run([*command, str(tmp_path / "whole")], check=False).returncode == 0

    chance = random.Random(5)
    for _ in range(5):
        process = subprocess.Popen([*command, str(tmp_path / "torn")])
        receipts = len(list((tmp_path / "torn").rglob("*.json")))
        while process.poll() is None:
            if len(list((tmp_path / "torn").rglob("*.json"))) > receipts + chance.randrange(6):
                time.sleep(chance.random() * 0.004)
                break
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "the corpus was packed before the kill"
    assert contents(tmp_path / "torn") != contents(tmp_path / "whole")
    assert subprocess.run([*command, str(tmp_path / "torn")], check=False).returncode == 0
    assert contents(tmp_path / "torn") == contents(tmp_path / "whole")


def test_jobs_of_an_array_together_write_what_one_job_writes(tiny_corpus, tmp_path, capsys):
    one, many = tmp_path / "one", tmp_path / "many"
    common = ["pack", str(tiny_corpus()), "--shard-rows", "8", "--out"]
    assert main([*common, str(one)]) == 0
    for job in (2, 0, 1):
        assert not (many / "train" / "manifest.json").exists()
        assert main([*common, str(many), "--shard-index", str(job), "--shard-count", "3"]) == 0
    assert "left to other jobs" in capsys.readouterr().out
    assert contents(one) == contents(many)


def test_a_second_call_decodes_nothing(tiny_corpus, tmp_path):
    original = manifests(tiny_corpus(), "train")
    assert pack(original, tmp_path / "packed", Packing()).packed_now == 40
    assert pack(original, tmp_path / "packed", Packing()).packed_now == 0


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rate": 8000}, "begun with rate 16000, not 8000"),
        ({"format": "arrayrecord"}, "begun with format 'npy', not 'arrayrecord'.*or --format npy"),
        ({"shard_rows": 7}, "begun with shard_rows 1024"),
    ],
)
def test_a_folder_is_not_continued_in_another_way(tiny_corpus, tmp_path, change, said):
    original = manifests(tiny_corpus(), "dev")
    pack(original, tmp_path / "packed", Packing())
    with pytest.raises(CorpusError, match=said):
        pack(original, tmp_path / "packed", Packing(**change))


def test_a_folder_in_which_nothing_was_packed_may_be_begun_again(tiny_corpus, tmp_path):
    original = manifests(tiny_corpus(), "dev")
    with pytest.raises(CorpusError, match="--resample"):
        pack(original, tmp_path / "packed", Packing(rate=8000))
    assert (tmp_path / "packed" / "packed.json").is_file()
    assert pack(original, tmp_path / "packed", Packing()).packed_now == 24


def test_another_corpus_or_a_changed_protocol_is_refused(tiny_corpus, tmp_path):
    original = manifests(tiny_corpus(), "dev")
    pack(original, tmp_path / "packed", Packing())
    fewer = {"dev": original["dev"].take(np.arange(20))}
    with pytest.raises(CorpusError, match="begun with other rows in dev"):
        pack(fewer, tmp_path / "packed", Packing())
    other = ASVspoof5(root=str(tiny_corpus()), name="another").manifest("dev")
    with pytest.raises(CorpusError, match="begun with corpus 'asvspoof5', not 'another'"):
        pack({"dev": other}, tmp_path / "packed", Packing())
    with pytest.raises(CorpusError, match=r"2 corpora \(another, asvspoof5\)"):
        pack({"dev": other, "train": original["dev"]}, tmp_path / "new", Packing())


def test_a_folder_with_other_files_is_left_alone(tiny_corpus, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(CorpusError, match="holds other files"):
        pack(manifests(tiny_corpus(), "dev"), tmp_path, Packing())


def test_a_file_of_another_rate_is_refused_unless_resampling_is_asked_for(tiny_corpus, tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus")
    path = sorted((corpus / "flac_D").iterdir())[3]
    sf.write(path, np.zeros(8000, np.int16), 8000)
    original = manifests(corpus, "dev")
    with pytest.raises(CorpusError, match=f"{path.name} has 8000 samples per second.*--resample"):
        pack(original, tmp_path / "packed", Packing())
    assert pack(original, tmp_path / "packed", Packing(resample=True)).finished == ("dev",)
    assert 16_000 in Packed(str(tmp_path / "packed")).manifest("dev").samples


def test_unreadable_files_are_listed_and_skipped_only_on_request(tiny_corpus, tmp_path, capsys):
    corpus, out = tiny_corpus(tmp_path / "corpus"), tmp_path / "packed"
    broken = sorted((corpus / "flac_D").iterdir())[3]
    good = broken.read_bytes()
    broken.write_bytes(good[: len(good) // 2])
    command = ["pack", str(corpus), "--split", "dev", "--out", str(out)]

    assert main(command) == 3
    assert f"unreadable: dev: {broken}" in capsys.readouterr().err
    with pytest.raises(CorpusError, match="packing of this split is not finished"):
        Packed(str(out)).manifest("dev")

    assert main([*command, "--on-error", "skip"]) == 3
    assert "1 unreadable files are left out" in capsys.readouterr().err
    manifest = Packed(str(out)).manifest("dev")
    assert len(manifest) == 23
    assert broken.stem not in manifest.ids
    audio = open_packed(out / "dev")
    for row in range(len(manifest)):
        where = int(manifest.path(row).partition("#")[2])
        expected = read_int16(corpus / "flac_D" / f"{manifest.ids[row]}.flac")[0]
        assert np.array_equal(audio.read(where, 0, 10**6), expected)

    broken.write_bytes(good)
    assert main(command) == 0
    assert len(Packed(str(out)).manifest("dev")) == 24


def test_verify_finds_a_changed_byte_and_packs_the_shard_again(tiny_corpus, tmp_path, capsys):
    out = tmp_path / "packed"
    command = ["pack", str(tiny_corpus()), "--shard-rows", "10", "--out", str(out)]
    assert main(command) == 0
    before = contents(out)
    shard = out / "train" / "00002.npy"
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(data)
    assert main([*command, "--verify"]) == 0
    assert "train/00002.npy: its checksum differs" in capsys.readouterr().err
    assert contents(out) == before
    assert verify(out) == []


def test_a_shard_of_the_wrong_size_is_named(tiny_corpus, tmp_path):
    pack(manifests(tiny_corpus(), "dev"), tmp_path / "packed", Packing())
    shard = tmp_path / "packed" / "dev" / "00000.npy"
    shard.write_bytes(shard.read_bytes()[:-2])
    with pytest.raises(CorpusError, match=r"00000\.npy has \d+ bytes instead of"):
        open_packed(tmp_path / "packed" / "dev").read(0, 0, 10)


def test_the_manifest_holds_the_checksums(tiny_corpus, tmp_path):
    pack(manifests(tiny_corpus(), "dev"), tmp_path / "packed", Packing(shard_rows=16))
    for shard in read_manifest_json(tmp_path / "packed" / "dev")["shards"]:
        data = (tmp_path / "packed" / "dev" / shard["file"]).read_bytes()
        assert len(data) == shard["bytes"]
        assert hashlib.sha256(data).hexdigest() == shard["sha256"]


def test_codes_without_a_name_are_refused(tiny_corpus, tmp_path):
    pack(manifests(tiny_corpus(), "dev"), tmp_path / "packed", Packing())
    path = tmp_path / "packed" / "dev" / "column.attack.npy"
    codes = np.load(path)
    codes[3] = 7
    np.save(path, codes)
    with pytest.raises(CorpusError, match=r"manifest\.json.*attack has the code 7"):
        Packed(str(tmp_path / "packed")).manifest("dev")


@pytest.mark.parametrize("column", ["ids", "label", "samples", "packed_samples", "column.codec"])
def test_a_damaged_column_is_named(tiny_corpus, tmp_path, column):
    pack(manifests(tiny_corpus(), "dev"), tmp_path / "packed", Packing())
    path = tmp_path / "packed" / "dev" / f"{column}.npy"
    for damaged in (b"", path.read_bytes()[:-8], b"\x93NUMPY" + path.read_bytes()[40:]):
        path.write_bytes(damaged)
        with pytest.raises(CorpusError, match=rf"{column}\.npy cannot be read"):
            Packed(str(tmp_path / "packed")).manifest("dev")
    np.save(path, np.zeros(24, np.complex128))
    with pytest.raises(CorpusError, match=rf"{column}\.npy holds complex128"):
        Packed(str(tmp_path / "packed")).manifest("dev")


def test_a_folder_that_is_not_packed_says_how_to_pack_one(tmp_path):
    with pytest.raises(CorpusError, match=r"is not a packed corpus.*spoofjax pack"):
        Packed(str(tmp_path)).splits()
    (tmp_path / "packed.json").write_text(json.dumps({"version": 9}))
    with pytest.raises(CorpusError, match="another version"):
        Packed(str(tmp_path)).splits()


def test_a_shard_index_outside_the_array_is_an_error():
    with pytest.raises(ConfigError, match=r"--shard-index 3 must lie in 0\.\.2"):
        Packing(shard_index=3, shard_count=3)


def test_the_folder_of_an_original_may_hold_its_packed_form(tiny_corpus, tmp_path):
    original = manifests(tiny_corpus())
    pack(original, tmp_path / "packed", Packing())
    moved = shutil.move(tmp_path / "packed", tmp_path / "elsewhere")
    corpus = ASVspoof5(root=str(moved))
    assert corpus.splits() == ("train", "dev", "eval")
    assert corpus.manifest("train").ids.tolist() == original["train"].ids.tolist()
