"""Clips gathered from .npy shards: equal to the decoded samples, and none from a damaged file."""

import json
from pathlib import Path

import numpy as np
import pytest

from spoofjax.corpora.packing import _gather, packing
from spoofjax.corpora.packing.formats import open_packed
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import AudioError, CorpusError

LENGTHS = [0, 1, 2, 63, 64, 8000, 32_711, 32_756, 32_757, 70_000, 140_001, 8191, 8192, 3, 200_000]
"""In samples: empty, odd, around the 32,768 that are converted at a time, and much longer."""


@pytest.fixture
def utterances() -> list[np.ndarray]:
    """Noise of these lengths."""
    rng = np.random.default_rng(1)
    return [rng.integers(-(2**15), 2**15, length).astype(np.int16) for length in LENGTHS]


@pytest.fixture
def audio(utterances, tiny_corpus, tmp_path, monkeypatch) -> PackedAudio:
    """A packed split of 24 such utterances, 6 in each shard."""

    def noise(path, rate):
        return utterances[int(Path(path).stem.rpartition("_")[2]) % len(LENGTHS)], rate

    monkeypatch.setattr(packing, "read_int16", noise)
    manifest = ASVspoof5(root=str(tiny_corpus())).manifest("dev")
    pack({"dev": manifest}, tmp_path / "packed", Packing(format="npy", shard_rows=6))
    return open_packed(tmp_path / "packed" / "dev")


def gathered(audio, rows, starts, samples, dtype=np.int16, tile=False, threads=2):
    out = np.full((len(rows), samples), 7, dtype)
    own = audio.gather(np.array(rows), np.array(starts), out, tile, threads)
    return out, own.tolist()


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("samples", [1, 1000, 33_000, 150_000])
def test_gathered_clips_are_the_samples_that_were_packed(audio, utterances, dtype, samples):
    rows = [row for row in range(len(audio.lengths)) if audio.length(row)]
    starts = [max(audio.length(row) - samples, 0) * (row % 3) // 2 for row in rows]
    out, own = gathered(audio, rows, starts, samples, dtype)
    tiled, filled = gathered(audio, rows, starts, samples, dtype, tile=True, threads=1)
    assert filled == [samples] * len(rows)
    for slot, (row, start) in enumerate(zip(rows, starts, strict=True)):
        expected = utterances[row % len(LENGTHS)][start : start + samples]
        assert np.array_equal(audio.read(row, start, samples), expected)
        if dtype == np.float32:
            expected = expected * np.float32(1 / 32768)
        assert own[slot] == len(expected)
        assert np.array_equal(out[slot, : own[slot]], expected)
        assert (out[slot, own[slot] :] == 7).all()
        assert np.array_equal(tiled[slot], np.resize(expected, samples))


def test_rows_below_0_and_utterances_without_samples_are_left_alone(audio):
    empty = int(np.flatnonzero(audio.lengths == 0)[0])
    out, own = gathered(audio, [-1, empty, 5], [0, 0, 0], 10)
    assert own == [-1, -1, min(10, audio.length(5))]
    assert (out[:2] == 7).all()


def test_a_shard_that_shrinks_while_open_fails_its_clips_not_the_process(audio):
    last = len(audio.lengths) - 1
    rows = [last - 1, last] if audio.length(last) else [last - 2, last - 1]
    assert min(gathered(audio, rows, [0, 0], 2)[1]) > 0
    with open(audio.paths()[-1], "r+b") as file:
        file.truncate(200)
    assert gathered(audio, rows, [0, 0], 2)[1][1] == -1
    with pytest.raises(AudioError, match=r"00003\.npy: row \d+ cannot be read"):
        audio.read(rows[1], 0, 2)


def test_closing_lets_go_of_shards_and_a_missing_one_is_named(audio):
    gathered(audio, [1, 13], [0, 0], 2)
    audio.close()
    audio.paths()[0].unlink()
    with pytest.raises(CorpusError, match=r"00000.* is missing"):
        gathered(audio, [1], [0], 2)


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_a_flipped_bit_is_found_by_whatever_clip_reads_it(audio, dtype):
    rows = [row for row in range(len(audio.lengths)) if audio.length(row) > 3]
    assert min(gathered(audio, rows, [0] * len(rows), 200_000, dtype)[1]) > 0
    chance = np.random.default_rng(2)
    row = int(np.argmax(audio.lengths))
    path = audio.paths()[row // audio.rows]
    intact = path.read_bytes()
    begin = 128 + 2 * int(audio.lengths[row - row % audio.rows : row].sum())
    for _ in range(50):
        sample = int(chance.integers(audio.length(row)))
        damaged = bytearray(intact)
        damaged[begin + 2 * sample + int(chance.integers(2))] ^= 1 << int(chance.integers(8))
        path.write_bytes(damaged)
        start = max(sample - int(chance.integers(1000)), 0)
        _, own = gathered(audio, [row, 5], [start, 0], 1000, dtype)
        assert own[0] == -1
        with pytest.raises(AudioError, match=rf"{path.name}: row {row} is damaged: its checksum"):
            audio.read(row, start, 1000)
    path.write_bytes(intact)
    assert gathered(audio, [row], [0], 1000)[1] == [1000]


def test_damaged_or_missing_checksums_are_named(audio):
    file = audio.folder / "00001.checksums.npy"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(CorpusError, match=r"00001\.checksums\.npy is damaged"):
        audio.read(7, 0, 10)
    file.unlink()
    with pytest.raises(CorpusError, match=r"00001\.checksums\.npy cannot be read"):
        audio.read(7, 0, 10)


def test_shards_of_older_versions_are_read_unchecked_which_is_said(audio, caplog):
    row = int(np.argmax(audio.lengths))
    expected = audio.read(row, 0, 1000)
    table = json.loads((audio.folder / "manifest.json").read_text())
    for shard in table["shards"]:
        del shard["checksums"]
    (audio.folder / "manifest.json").write_text(json.dumps(table))
    for file in audio.folder.glob("*.checksums.npy"):
        file.unlink()
    older = open_packed(audio.folder)
    assert "without checksums" in caplog.text
    assert np.array_equal(older.read(row, 0, 1000), expected)
    caplog.clear()
    open_packed(audio.folder)
    assert caplog.text == ""  # once is enough


def test_a_checksum_depends_on_every_bit_and_on_the_length():
    data = np.random.default_rng(3).integers(0, 256, 1000).astype(np.uint8)
    (checksum,) = _gather.checksums(data)
    for bit in range(0, 8000, 7):
        changed = data.copy()
        changed[bit // 8] ^= 1 << bit % 8
        assert _gather.checksums(changed)[0] != checksum
    zeros = [int(_gather.checksums(np.zeros(size, np.uint8))[0]) for size in range(1, 200)]
    assert len(set(zeros)) == len(zeros)
