"""A corpus is the run's own by its utterances and their sound, wherever it lies."""

import shutil
from pathlib import Path

import pytest
import soundfile as sf
import tiny

from spoofjax.config_files import load_config
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.asvspoof5 import ASVspoof5
from spoofjax.corpora.splits import training_splits
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.own_corpus import is_own
from spoofjax.runs.training_data import read_training_data, write_training_data


@pytest.fixture
def corpus(tmp_path):
    """A small corpus of its own, which a test may change."""
    return tiny.make_corpus(tmp_path / "corpus", lengths=(800,))


@pytest.fixture
def run(tmp_path, corpus) -> RunFolder:
    """A run that was started on that corpus."""
    experiment = load_config(tiny.write_config(tmp_path / "tiny.py", corpus))
    run = RunFolder(tmp_path / "run")
    run.start(experiment, training_splits(experiment.data), resume=False)
    return run


def owns(run: RunFolder, root, split="eval") -> bool:
    corpus = ASVspoof5(str(root))
    return is_own(run, corpus, split, corpus.manifest(split))


def test_the_corpus_of_the_configuration_is_the_own(run, corpus):
    assert all(owns(run, corpus, split) for split in ("train", "dev", "eval"))


def test_an_exact_copy_is_the_own_and_a_copy_with_other_sound_is_not(run, corpus, tmp_path):
    assert owns(run, shutil.copytree(corpus, tmp_path / "copy"))
    assert not owns(run, tiny.make_corpus(tmp_path / "noisy", lengths=(900,)))


def test_a_packed_copy_is_the_own_unless_its_sound_differs(run, corpus, tmp_path):
    def owns_packed(root: Path) -> bool:
        out = root.with_suffix(".packed")
        pack({"eval": ASVspoof5(str(root)).manifest("eval")}, out, Packing())
        return is_own(run, Packed(str(out)), "eval", Packed(str(out)).manifest("eval"))

    assert owns_packed(corpus)
    quiet = shutil.copytree(corpus, tmp_path / "quiet")
    for path in quiet.rglob("*.flac"):
        samples, rate = sf.read(path, dtype="int16")
        sf.write(path, samples // 2, rate)
    assert not owns_packed(quiet)


def test_a_corpus_that_has_moved_is_the_own(run, corpus, tmp_path):
    assert owns(run, corpus.rename(tmp_path / "moved"))


def test_a_corpus_whose_labels_have_changed_is_another(run, corpus):
    protocol = corpus / "ASVspoof5.eval.track_1.tsv"
    protocol.write_text(protocol.read_text().replace("A02", "A09"))
    assert not owns(run, corpus)
    assert owns(run, corpus, "dev")


def test_a_run_without_fingerprints_of_eval_owns_only_its_own_configuration(run, corpus, tmp_path):
    splits = training_splits(ASVspoof5(str(corpus)))
    del splits["eval"]
    write_training_data(run.training_data, splits)
    assert "eval" not in read_training_data(run.training_data)
    assert owns(run, corpus)
    assert not owns(run, shutil.copytree(corpus, tmp_path / "copy"))
