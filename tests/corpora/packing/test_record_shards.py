"""ArrayRecord shards are read through the array_record package, which notices damage."""

import numpy as np
import pytest

from spoofjax.audio.reading import read_int16
from spoofjax.corpora.packing.formats import open_packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import AudioError, CorpusError


@pytest.fixture
def manifest(tiny_corpus):
    return ASVspoof5(root=str(tiny_corpus())).manifest("dev")


@pytest.fixture
def audio(manifest, tmp_path):
    pack({"dev": manifest}, tmp_path, Packing(format="arrayrecord", shard_rows=6))
    return open_packed(tmp_path / "dev")


def test_gather_leaves_every_clip_to_read(audio):
    out = np.full((2, 10), 7, np.int16)
    assert audio.gather(np.array([0, 5]), np.array([0, 0]), out, True, 1).tolist() == [-1, -1]
    assert (out == 7).all()


def test_a_damaged_record_is_an_error_and_its_neighbours_are_not(audio, manifest):
    shard = audio.paths()[0]
    data = bytearray(shard.read_bytes())
    data[data.index(audio.read(5, 4000, 20).tobytes())] ^= 1
    shard.write_bytes(data)
    audio.close()
    with pytest.raises(AudioError, match=r"00000\.arrayrecord.*Pack the corpus again"):
        audio.read(5, 0, 2)
    samples, _ = read_int16(manifest.path(4))
    assert np.array_equal(audio.read(4, 0, len(samples)), samples)


def test_a_missing_shard_is_named(audio):
    audio.paths()[0].unlink()
    with pytest.raises(CorpusError, match=r"00000\.arrayrecord is missing"):
        audio.read(0, 0, 2)
