"""Clips gathered from packed shards: what `read` gives, and never what was not written."""

from pathlib import Path

import numpy as np
import pytest

from spoofjax.corpora.packing import packing
from spoofjax.corpora.packing.packed import PackedAudio
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import AudioError, CorpusError

LENGTHS = [0, 1, 2, 63, 64, 8000, 32_711, 32_756, 32_757, 70_000, 140_001, 8191, 8192, 3, 200_000]
"""Empty, odd, around a block of a record file, over several of them."""


@pytest.fixture(params=["arrayrecord", "npy"])
def audio(request, tiny_corpus, tmp_path, monkeypatch) -> PackedAudio:
    """A packed split of noise of these lengths, 6 in each shard."""
    rng = np.random.default_rng(1)

    def noise(path, rate):
        name = int(Path(path).stem.rpartition("_")[2])
        return rng.integers(-(2**15), 2**15, LENGTHS[name % len(LENGTHS)]).astype(np.int16), rate

    monkeypatch.setattr(packing, "read_int16", noise)
    manifest = ASVspoof5(root=str(tiny_corpus())).manifest("dev")
    pack({"dev": manifest}, tmp_path / "packed", Packing(format=request.param, shard_rows=6))
    return PackedAudio(tmp_path / "packed" / "dev")


def gathered(audio, rows, starts, samples, dtype=np.int16, tile=False, threads=2):
    out = np.full((len(rows), samples), 7, dtype)
    own = audio.gather(np.array(rows), np.array(starts), out, tile, threads)
    return out, own.tolist()


@pytest.mark.parametrize("dtype", [np.int16, np.float32])
@pytest.mark.parametrize("samples", [1, 1000, 33_000, 150_000])
def test_gathered_clips_are_those_that_are_read_one_by_one(audio, dtype, samples):
    rows = [row for row in range(len(audio.lengths)) if audio.length(row)]
    starts = [max(audio.length(row) - samples, 0) * (row % 3) // 2 for row in rows]
    out, own = gathered(audio, rows, starts, samples, dtype)
    tiled, whole = gathered(audio, rows, starts, samples, dtype, tile=True, threads=1)
    assert whole == [samples] * len(rows)
    for slot, (row, start) in enumerate(zip(rows, starts, strict=True)):
        expected = audio.read(row, start, samples)
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


def test_a_damaged_record_is_not_gathered_and_reading_it_says_why(audio):
    if audio.paths()[0].suffix == ".npy":
        pytest.skip("an npy shard has one checksum for all of it")
    shard = audio.paths()[0]
    data = bytearray(shard.read_bytes())
    data[data.index(audio.read(5, 4000, 20).tobytes())] ^= 1
    shard.write_bytes(data)
    _, own = gathered(audio, [2, 3, 4, 5], [0] * 4, 2)
    damaged = [row for row, found in zip([2, 3, 4, 5], own, strict=True) if found < 0]
    assert damaged == [5]
    with pytest.raises(AudioError, match=r"00000\.arrayrecord.*Pack the corpus again"):
        audio.read(5, 0, 2)


def test_a_shard_that_shrinks_while_open_fails_its_clips_not_the_process(audio):
    last = len(audio.lengths) - 1
    rows = [last - 1, last] if audio.length(last) else [last - 2, last - 1]
    assert min(gathered(audio, rows, [0, 0], 2)[1]) > 0
    shard = audio.paths()[-1]
    with open(shard, "r+b") as file:
        file.truncate(200)
    assert gathered(audio, rows, [0, 0], 2)[1][1] == -1


def test_closing_forgets_shards_and_a_missing_one_is_named(audio):
    gathered(audio, [1, 13], [0, 0], 2)
    audio.close()
    audio.paths()[0].unlink()
    with pytest.raises(CorpusError, match=r"00000.* is not there"):
        gathered(audio, [1], [0], 2)
