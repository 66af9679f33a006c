"""Copies through small neural codecs and vocoders with random weights."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soxr
from small_codecs import Reference

from spoofjax.cli import main
from spoofjax.corpora import ASVspoof5
from spoofjax.errors import ConfigError, CorpusError
from spoofjax.files import sha256_of
from spoofjax.synthesis import NeuralCodec, NeuralVocoder, Sinusoidal
from spoofjax.synthesis.choosing import chosen_attacks
from spoofjax.synthesis.parents import Synthesis
from spoofjax.synthesis.plan import claim
from spoofjax.vocoders.codec import open_codec


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of weights, by the names of the models."""
    root = tmp_path_factory.mktemp("weights")
    return {name: Reference(name).write_folder(root / name) for name in ("encodec", "hifi_gan")}


def test_a_folder_of_weights_is_an_attack_and_its_name_the_tag(folders):
    codec, vocoder = str(folders["encodec"]), str(folders["hifi_gan"])
    assert chosen_attacks([codec, f"{codec}:2", vocoder]) == {
        "encodec": NeuralCodec(codec),
        "encodec_2": NeuralCodec(codec, 2),
        "hifi_gan": NeuralVocoder(vocoder),
    }
    with pytest.raises(ConfigError, match="quantizers=9: this EnCodec can use 1 to 3"):
        chosen_attacks([f"{codec}:9"])
    with pytest.raises(ConfigError, match="only a codec takes a number"):
        chosen_attacks([f"{vocoder}:2"])


def test_a_copy_is_what_the_codec_makes_of_its_parent_at_the_level_of_the_parent(folders, vowel):
    parent = vowel[:7_700]
    copy = NeuralCodec(str(folders["encodec"]), 2)(parent, np.random.default_rng(1))
    assert copy.shape == parent.shape
    assert copy.std() == pytest.approx(parent.std(), rel=1e-3)
    codec = open_codec(folders["encodec"])
    low = soxr.resample(parent - parent.mean(), 16_000, codec.rate)
    expected = soxr.resample(codec.round_trip(low[None], 2)[0], codec.rate, 16_000)[: len(copy)]
    assert np.corrcoef(copy[: len(expected)], expected)[0, 1] > 0.9999


def test_a_vocoder_gives_a_copy_of_the_length_and_level_of_its_parent(folders, vowel):
    parent = vowel[2_000:6_000]
    attack = NeuralVocoder(str(folders["hifi_gan"]))
    copy = attack(parent, np.random.default_rng(1))
    assert copy.shape == parent.shape
    assert copy.std() == pytest.approx(parent.std(), rel=1e-3)
    assert np.abs(np.corrcoef(copy, parent)[0, 1]) < 0.9


def test_a_folder_of_copies_is_not_continued_with_other_weights(folders, tmp_path):
    weights = Path(shutil.copytree(folders["encodec"], tmp_path / "encodec"))
    synthesis = Synthesis({"encodec": NeuralCodec(str(weights)), "sinusoidal": Sinusoidal()})
    claim(tmp_path / "copies", {}, synthesis)
    claim(tmp_path / "copies", {}, synthesis)
    plan = json.loads((tmp_path / "copies" / "synthesis.json").read_text())
    config = weights / "config.json"
    assert plan["weights"].keys() == {"encodec"}
    assert plan["weights"]["encodec"]["config.json"] == sha256_of(config)
    assert len(plan["weights"]["encodec"]) == 2
    config.write_text(config.read_text() + " ")
    with pytest.raises(CorpusError, match="begun with other weights"):
        claim(tmp_path / "copies", {}, synthesis)


@pytest.mark.slow
@pytest.mark.parametrize(("option", "spoofs"), [("--attacks", 20), ("--codecs", 20)])
def test_copies_by_a_codec_are_the_same_bytes_after_a_break(
    option, spoofs, folders, tiny_corpus, tmp_path
):
    command = ["synthesize", str(tiny_corpus()), option, str(folders["encodec"]), "--quiet"]
    command += ["--processes", "1", "--out", str(tmp_path / "copies")]
    assert main(command) == 0
    paths = sorted((tmp_path / "copies").rglob("*.flac"))
    contents = [path.read_bytes() for path in paths]
    for path in paths[::2]:  # as if the command had been killed before it came to them
        path.unlink()
    assert main(command) == 0
    assert [path.read_bytes() for path in paths] == contents
    manifest = ASVspoof5(root=str(tmp_path / "copies")).manifest("train")
    assert (manifest.label == 0).sum() == spoofs
    assert (manifest.label == 1).sum() == len(paths) - spoofs
