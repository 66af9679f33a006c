"""A run resumes on the corpus that it was started on, wherever that lies, and on no other."""

from dataclasses import replace

import numpy as np
import pytest
import tiny

from spoofjax.config import Experiment
from spoofjax.config_files import load_config
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed import Packed
from spoofjax.corpora.packing.packing import Packing, pack
from spoofjax.corpora.readers.mixture import Mixture
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import RunError
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.training_data import FACTOR, fingerprints, read_training_data


@pytest.fixture
def experiment(tmp_path) -> Experiment:
    """An experiment on a corpus of its own, which a test may change."""
    corpus = tiny.make_corpus(tmp_path / "corpus", lengths=(800,))
    return load_config(tiny.write_config(tmp_path / "tiny.py", corpus))


@pytest.fixture
def run(tmp_path, experiment) -> RunFolder:
    """A run that was started on that corpus."""
    run = RunFolder(tmp_path / "run")
    run.start(experiment, training_splits(experiment.data), resume=False)
    return run


def resume(run: RunFolder, experiment: Experiment) -> None:
    run.start(experiment, training_splits(experiment.data), resume=True)


def at(experiment: Experiment, root) -> Experiment:
    return experiment.replace(data=experiment.data.replace(root=str(root)))


def test_the_same_corpus_resumes_at_another_path(tmp_path, experiment, run):
    moved = at(experiment, (tmp_path / "corpus").rename(tmp_path / "moved"))
    resume(run, moved)
    assert run.experiment() == moved


def test_a_mixture_resumes_at_other_paths(tmp_path, experiment):
    run = RunFolder(tmp_path / "mixed")
    other = replace(experiment.data, name="other")
    mixture = experiment.replace(data=Mixture((experiment.data, other)))
    run.start(mixture, training_splits(mixture.data), resume=False)
    moved = str((tmp_path / "corpus").rename(tmp_path / "moved"))
    parts = tuple(part.replace(root=moved) for part in mixture.data.corpora)
    resume(run, mixture.replace(data=Mixture(parts)))


def test_a_corpus_whose_languages_were_not_read_before_resumes(tmp_path, experiment, run):
    manifest = experiment.data.manifest("train")
    rows = "".join(f"{id_}\t{'de' if n else 'fr'}\n" for n, id_ in enumerate(manifest.ids))
    (tmp_path / "corpus" / "provenance.tsv").write_text(f"file\tlanguage\n{rows}")
    assert set(experiment.data.manifest("train").names("language")) >= {"de", "fr"}
    resume(run, experiment)


@pytest.fixture
def packed(tmp_path, experiment) -> Packed:
    """A packed copy of that corpus."""
    splits = training_splits(experiment.data)
    pack(splits, tmp_path / "packed", Packing(shard_rows=16))
    return Packed(str(tmp_path / "packed"))


def test_a_packed_copy_of_the_corpus_resumes(experiment, run, packed):
    resume(run, experiment.replace(data=packed))
    assert run.experiment().data == packed
    resume(run, experiment)
    assert run.experiment() == experiment


def test_a_packed_copy_of_another_corpus_is_refused(tmp_path, experiment, run, packed):
    labels = np.load(tmp_path / "packed" / "dev" / "label.npy")
    np.save(tmp_path / "packed" / "dev" / "label.npy", 1 - labels)
    with pytest.raises(RunError, match="dev has 24 utterances as before, but 24 of them differ"):
        resume(run, experiment.replace(data=packed))


def test_a_part_of_a_mixture_may_be_packed_too(tmp_path, experiment, packed):
    run = RunFolder(tmp_path / "mixed")
    other = replace(experiment.data, name="other")
    mixture = experiment.replace(data=Mixture((experiment.data, other)))
    run.start(mixture, training_splits(mixture.data), resume=False)
    resume(run, mixture.replace(data=Mixture((packed, other))))
    with pytest.raises(RunError, match="different: data"):
        resume(run, mixture.replace(data=Mixture((packed, replace(other, release="another")))))


def test_a_run_of_an_older_version_on_a_packed_corpus_resumes(experiment, run, packed):
    # Older versions put the lengths of packed audio into the fingerprints.
    splits = training_splits(packed)
    recorded = {split: fingerprints_with_lengths(manifest) for split, manifest in splits.items()}
    np.savez(run.training_data, **recorded)
    resume(run, experiment.replace(data=packed))
    assert (read_training_data(run.training_data)["train"] != recorded["train"]).all()


def fingerprints_with_lengths(manifest: Manifest) -> np.ndarray:
    """What older versions recorded of packed audio: the length is one more field."""
    totals = fingerprints(manifest) ^ manifest.samples.astype(np.uint64)
    totals *= FACTOR
    return totals ^ totals >> np.uint64(32)


def test_settings_of_the_corpus_other_than_its_path_stay(experiment, run):
    other = experiment.replace(data=experiment.data.replace(release="another"))
    with pytest.raises(RunError, match="different: data"):
        resume(run, other)


def test_a_corpus_that_lost_an_utterance_is_refused(tmp_path, experiment, run):
    protocol = tmp_path / "corpus" / "ASVspoof5.train.tsv"
    lines = protocol.read_text().splitlines(keepends=True)
    protocol.write_text("".join(lines[:17] + lines[18:]))
    with pytest.raises(
        RunError,
        match="train has 39 utterances instead of 40, the first being T_0000000018",
    ):
        resume(run, experiment)
    protocol.write_text("".join(lines[:-1]))
    with pytest.raises(RunError, match=r"all after T_0000000038 \(row 39\) are missing"):
        resume(run, experiment)


def test_a_corpus_with_another_attack_in_one_row_is_refused(tmp_path, experiment, run):
    protocol = tmp_path / "corpus" / "ASVspoof5.dev.track_1.tsv"
    lines = protocol.read_text().splitlines(keepends=True)
    lines[3] = lines[3].replace("A02", "A03")
    protocol.write_text("".join(lines))
    with pytest.raises(
        RunError,
        match=r"dev has 24 utterances as before, but 1 of them differ, .* D_0000000003 \(row 4\)",
    ):
        resume(run, experiment)


def test_a_new_utterance_is_named(experiment, run):
    manifests = training_splits(experiment.data)
    longer = experiment.data.manifest("eval")
    joined = np.concatenate([manifests["train"].ids, longer.ids])
    manifests["train"] = type(longer).concatenate([manifests["train"], longer])
    with pytest.raises(RunError, match=f"64 utterances instead of 40.* new one being {joined[40]}"):
        run.start(experiment, manifests, resume=True)


def test_only_the_eval_split_may_change(experiment, run):
    manifests = training_splits(experiment.data)
    del manifests["eval"]
    run.start(experiment, manifests, resume=True)


def test_a_run_without_fingerprints_resumes_at_its_own_path_alone(tmp_path, experiment, run):
    run.training_data.unlink()
    corpus = tmp_path / "corpus"
    (tmp_path / "moved").symlink_to(corpus)
    with pytest.raises(RunError, match="different: data"):
        resume(run, at(experiment, tmp_path / "moved"))
    assert not run.training_data.exists()
    resume(run, experiment)
    # It has them from then on.
    resume(run, at(experiment, tmp_path / "moved"))


def test_damaged_fingerprints_are_named(experiment, run):
    run.training_data.write_bytes(b"PK\x03\x04")
    with pytest.raises(RunError, match=r"training_data.npz is damaged"):
        resume(run, experiment)
