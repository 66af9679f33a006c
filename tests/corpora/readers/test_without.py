"""A corpus can be trained on without some of its attacks."""

import pytest

from spoofjax.config_files import experiment_from_json, load_config, to_json
from spoofjax.corpora.readers.without import Without
from spoofjax.errors import CorpusError


@pytest.fixture(scope="module")
def experiment(tiny_corpus):
    return load_config(tiny_corpus() / "tiny.py")


def test_train_and_dev_lack_what_is_left_out_and_eval_does_not(experiment):
    without = Without(experiment.data, "attack", ("A01",))
    for split, attacks in (("train", {"A02"}), ("dev", {"A02"}), ("eval", {"A01", "A02"})):
        manifest = without.manifest(split)
        assert set(manifest.column("attack").tally()) == attacks
        bonafide = experiment.data.manifest(split).label == 1
        assert (manifest.label == 1).sum() == bonafide.sum()


def test_a_value_that_neither_train_nor_dev_has_is_an_error_with_the_nearest_one(experiment):
    with pytest.raises(CorpusError, match="Did you mean A01"):
        Without(experiment.data, "attack", ("A1",)).manifest("train")


def test_a_value_that_dev_alone_has_is_left_out_of_dev(tiny_corpus, tmp_path):
    folder = tiny_corpus(tmp_path / "corpus")
    dev = folder / "ASVspoof5.dev.track_1.tsv"
    dev.write_text(dev.read_text().replace("A02", "A09"))
    without = Without(load_config(folder / "tiny.py").data, "attack", ("A09",))
    assert set(without.manifest("train").column("attack").tally()) == {"A01", "A02"}
    assert set(without.manifest("dev").column("attack").tally()) == {"A01"}


def test_it_is_part_of_the_configuration_of_a_run(experiment):
    changed = experiment.replace(data=Without(experiment.data, "attack", ("A01",)))
    assert experiment_from_json(to_json(changed)) == changed
