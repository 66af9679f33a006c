"""Training decodes a compressed file once, as long as the allowed memory lasts."""

import logging

import numpy as np
import pytest
import soundfile

from spoofjax.audio import opening
from spoofjax.config import Clip, Loading
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.errors import ConfigError
from spoofjax.loading.decoded import DecodedAudio


@pytest.fixture(scope="module")
def corpus(tiny_corpus, tmp_path_factory):
    """The tiny corpus, whose training files hold Vorbis or another sample rate."""
    folder = tiny_corpus(tmp_path_factory.mktemp("compressed") / "corpus")
    manifest = ASVspoof5(root=str(folder)).manifest("train")
    for row in range(len(manifest)):
        path = manifest.path(row)
        samples, rate = soundfile.read(path)
        if row % 2:
            soundfile.write(path, samples, 2 * rate, format="FLAC")
        else:
            soundfile.write(path, samples, rate, format="OGG", subtype="VORBIS")
    return folder


@pytest.fixture
def decodings(monkeypatch):
    """The paths of the compressed files that are decoded, in order."""
    paths = []
    original = opening.decoded_sound

    def decode(path, *arguments):
        paths.append(path)
        return original(path, *arguments)

    monkeypatch.setattr(opening, "decoded_sound", decode)
    return paths


@pytest.mark.parametrize(
    "clip", [Clip(train=3_000), Clip(train=8_000, short="pad", train_buckets=(4_000, 9_000))]
)
def test_kept_audio_gives_the_batches_of_files_and_each_is_decoded_once(
    training, corpus, decodings, clip
):
    without = training(root=corpus, clip=clip, loading=Loading(decoded_megabytes=0))
    expected = [without.batch(step) for step in range(9)]
    assert len(decodings) > len(set(decodings))
    decodings.clear()
    # With more threads, two that draw the same file at the same moment both decode it.
    batches = training(root=corpus, clip=clip, loading=Loading(threads=1))
    for step, batch in enumerate(expected):
        np.testing.assert_array_equal(batches.batch(step).features, batch.features)
    assert len(decodings) == len(set(decodings)) > 10


def test_memory_that_is_full_is_said_once(caplog):
    full = DecodedAudio(1)
    with caplog.at_level(logging.WARNING, "spoofjax"):
        for index in range(9):
            full.keep(index, np.zeros(40_000, np.float32))
    (line,) = caplog.messages
    assert line.startswith("6 decoded utterances of a split fill the 1 MiB")
    assert "--loading.decoded-megabytes" in line
    assert "spoofjax pack" in line
    assert full.get(5) is not None
    assert full.get(6) is None


def test_a_negative_limit_is_an_error():
    with pytest.raises(ConfigError, match="decoded_megabytes=-1: choose 0 or more"):
        Loading(decoded_megabytes=-1)
