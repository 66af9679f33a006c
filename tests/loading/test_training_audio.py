"""A run measures the levels and DC offsets of the clips that it trains on."""

import numpy as np
import pytest
import soundfile

from spoofjax.config import Clip
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.loading.training_audio import training_audio


@pytest.fixture(scope="module")
def corpus(tiny_corpus, tmp_path_factory):
    """The tiny corpus at -20 or -30 dBFS RMS, and half of that as a DC offset in one file."""
    folder = tiny_corpus(tmp_path_factory.mktemp("levels") / "corpus")
    manifest = ASVspoof5(root=str(folder)).manifest("train")
    for row in range(len(manifest)):
        samples, rate = soundfile.read(manifest.path(row))
        samples *= (0.1 if row % 3 else 10 ** (-30 / 20)) / samples.std()
        samples += 0.5 * samples.std() * (row == 0) - samples.mean()
        soundfile.write(manifest.path(row), samples, rate)
    return folder


@pytest.mark.parametrize(
    "clip",
    [
        Clip(train=8_000),
        Clip(train=12_000, level_dbfs=-26.0),
        Clip(train=8_000, short="pad", train_buckets=(8_000, 9_000)),
    ],
)
def test_levels_and_offsets_are_those_of_the_files(training, corpus, clip):
    facts = training_audio(training(root=corpus, clip=clip))
    assert facts["clips"] == 128
    assert facts["largest_dc_share"] == pytest.approx(0.5, abs=0.01)
    np.testing.assert_allclose(facts["level_dbfs"], [-30, -20], atol=0.05)


def test_silence_does_not_count(training, tiny_corpus, tmp_path):
    folder = tiny_corpus(tmp_path / "corpus")
    manifest = ASVspoof5(root=str(folder)).manifest("train")
    for row in range(len(manifest)):
        soundfile.write(manifest.path(row), np.zeros(8_000), 16_000)
    assert training_audio(training(root=folder)) is None
