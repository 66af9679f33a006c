"""Batches from packed shards are those from the files they were packed from, bit for bit."""

from pathlib import Path

import numpy as np
import pytest

from spoofjax.audio.augmentation import ChannelVariation
from spoofjax.config import Clip
from spoofjax.config_files import load_config
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import CorpusError
from spoofjax.features import LFCC, LogLinear
from spoofjax.features.front_end import Waveform
from spoofjax.loading.sources import FileSource, MixedSource, PackedSource, source_of


@pytest.fixture(scope="module", params=["npy", "arrayrecord"])
def both(request, tiny_corpus, tmp_path_factory) -> tuple[Path, Path]:
    """The tiny corpus as files and packed."""
    folder = tmp_path_factory.mktemp("packed") / "corpus"
    corpus = ASVspoof5(root=str(tiny_corpus()))
    manifests = {split: corpus.manifest(split) for split in corpus.splits()}
    pack(manifests, folder, Packing(format=request.param, shard_rows=7))
    return tiny_corpus(), folder


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"clip": Clip(train=20_000, evaluate=9_000)},
        {"clip": Clip(train=6_400, evaluate=9_000, short="pad", level_dbfs=-26.0)},
        {"augment": ChannelVariation()},
        {"front_end": LFCC()},
        {"front_end": Waveform()},
    ],
    ids=["cropped", "tiled", "levelled", "augmented", "cepstra", "waveform"],
)
def test_packed_and_unpacked_batches_are_equal(both, training, evaluation, changes):
    in_shards = changes | {"data": Packed(str(both[1]))}
    from_files, from_shards = training(**changes), training(**in_shards)
    for step in (0, 1, 17):
        of_files, of_shards = from_files.batch(step), from_shards.batch(step)
        assert np.array_equal(of_files.features, of_shards.features)
        assert np.array_equal(of_files.lengths, of_shards.lengths)
        assert np.array_equal(of_files.labels, of_shards.labels)
        assert np.array_equal(of_files.indices, of_shards.indices)
    from_files, from_shards = evaluation(**changes), evaluation(**in_shards)
    for cut in from_files.cuts(16):
        of_files, of_shards = from_files.batch(cut), from_shards.batch(cut)
        assert np.array_equal(of_files.features, of_shards.features)
        assert np.array_equal(of_files.lengths, of_shards.lengths)


def test_a_configuration_reads_packed_audio_by_its_root_alone(both):
    corpus, packed = both
    experiment = load_config(corpus / "tiny.py", ["--data.root", str(packed)])
    manifest = experiment.data.manifest("train")
    assert isinstance(source_of(manifest, 16_000), PackedSource)
    expected = load_config(corpus / "tiny.py").data.manifest("train")
    assert manifest.ids.tolist() == expected.ids.tolist()


def test_packed_samples_stay_int16_until_something_needs_floats(both):
    _, packed = both
    source = source_of(Packed(str(packed)).manifest("dev"), 16_000)
    assert source.sixteen_bit
    exact, scaled = np.empty(4000, np.int16), np.empty(4000, np.float32)
    source.clip(3, 99, exact, "tile")
    source.clip(3, 99, scaled, "tile")
    assert np.array_equal(exact / np.float32(32768), scaled)


def test_a_mixture_of_packed_and_unpacked_corpora_reads_each_from_its_place(both):
    corpus, packed = both
    files = ASVspoof5(root=str(corpus), name="other").manifest("dev")
    shards = Packed(str(packed)).manifest("dev")
    together = Manifest.concatenate([files, shards]).take(np.arange(47, -1, -1))
    source = source_of(together, 16_000)
    assert isinstance(source, MixedSource)
    plain = FileSource(ASVspoof5(root=str(corpus)).manifest("dev"), 16_000)
    for index in range(48):
        clip, expected = np.empty(5000, np.float32), np.empty(5000, np.float32)
        source.clip(index, 1234, clip, "tile")
        plain.clip((47 - index) % 24, 1234, expected, "tile")
        assert np.array_equal(clip, expected)
        assert source.length(index) == plain.length((47 - index) % 24)


def test_another_rate_than_the_packed_one_is_an_error(both):
    manifest = Packed(str(both[1])).manifest("dev")
    with pytest.raises(CorpusError, match=r"packed at 16000 samples per second.*wants 8000"):
        source_of(manifest, LogLinear(rate=8000).rate)


def test_a_split_that_was_not_packed_is_named(both, tmp_path):
    corpus = ASVspoof5(root=str(both[0]))
    pack({"dev": corpus.manifest("dev")}, tmp_path / "packed", Packing())
    with pytest.raises(CorpusError, match=r"no packed split 'train'.*It has: dev"):
        Packed(str(tmp_path / "packed")).manifest("train")
