"""Spoofed copies of bona fide draws, made while training."""

import json

import numpy as np
import pytest

from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation, Clip, Copying, Loading
from spoofjax.config_files import dumps, load_config, loads
from spoofjax.corpora import ASVspoof5
from spoofjax.errors import ConfigError
from spoofjax.features import Embeddings, Waveform
from spoofjax.loading.embedding_source import check_embeddings
from spoofjax.loading.sampling import Balanced
from spoofjax.loading.training_batches import TrainingBatches
from spoofjax.synthesis import CopySynthesis, LinearPrediction, PhaseRandomisation

HALF = CopySynthesis(share=0.5, attacks=(PhaseRandomisation(), LinearPrediction()))


@pytest.fixture(scope="module")
def manifest(uneven_corpus):
    return ASVspoof5(root=str(uneven_corpus)).manifest("train")


def batch_of(manifest, synthesis, step=3, **changes):
    options = {
        "front_end": Waveform(),
        "clip": Clip(train=4_000),
        "loading": Loading(threads=2),
        "sampling": Balanced(),
        "augment": Augmentation(),
        "batch": 32,
        "seed": 3,
    }
    batches = TrainingBatches(manifest, **(options | changes), synthesis=synthesis)
    batch = batches.batch(step)
    copied = batch._replace(features=batch.features.copy())
    batches.close()
    return copied


@pytest.mark.parametrize(
    "clip", [Clip(train=4_000), Clip(train_buckets=(4_000, 12_000), short="pad")]
)
def test_some_bona_fide_draws_are_spoofed_copies_and_all_others_stay(manifest, clip):
    plain = batch_of(manifest, None, clip=clip)
    batch = batch_of(manifest, HALF, clip=clip)
    assert (batch.indices == plain.indices).all()
    is_copy = batch.labels != plain.labels
    assert (plain.labels[is_copy] == 1).all()
    assert 0 < is_copy.sum() < plain.labels.sum()
    assert (batch.features[~is_copy] == plain.features[~is_copy]).all()
    for slot in np.flatnonzero(is_copy):
        parent = plain.features[slot, : plain.lengths[slot], 0]
        copy = batch.features[slot, : batch.lengths[slot], 0]
        assert copy.std() == pytest.approx(parent.std(), rel=1e-3)
        assert np.abs(copy - parent).max() > 0.01 * np.abs(parent).max()


def test_a_batch_is_a_function_of_seed_and_step(manifest):
    first, again = (batch_of(manifest, HALF) for _ in range(2))
    one_thread = batch_of(manifest, HALF, loading=Loading(threads=1))
    for other in (again, one_thread):
        assert (other.features == first.features).all()
        assert (other.labels == first.labels).all()


def test_the_share_and_the_attacks_are_drawn_as_stated():
    seeds = draw_seeds(1, np.arange(2_000))
    assert CopySynthesis(share=0.3).are_copied(seeds).mean() == pytest.approx(0.3, abs=0.03)
    assert not Copying().are_copied(seeds).any()
    samples = np.random.default_rng(0).normal(size=600).astype(np.float32)
    copies = {HALF.copy(samples, int(seed)).tobytes() for seed in seeds[:10]}
    assert len(copies) == 10


def test_a_configuration_names_the_synthesis_and_the_prior_follows(manifest):
    options = ["--synthesis", "CopySynthesis", "--synthesis.share", "0.5"]
    experiment = load_config("cnn2d", options)
    assert experiment.synthesis == CopySynthesis(share=0.5)
    assert experiment.bonafide_share(manifest) == 0.25
    assert loads(dumps(experiment)) == experiment
    assert load_config("cnn2d").bonafide_share(manifest) == 0.5
    older = json.loads(dumps(load_config("cnn2d")))
    del older["synthesis"]  # as runs of earlier versions have none
    assert loads(json.dumps(older)).synthesis == Copying()


def test_what_cannot_be_copied_is_told(manifest):
    with pytest.raises(ConfigError, match="16000 samples per second"):
        batch_of(manifest, HALF, front_end=Waveform(rate=8_000))
    with pytest.raises(ConfigError, match="No copies can be made of embeddings"):
        check_embeddings(Embeddings(width=4), Clip(train=1, evaluate=1), False, copies=True)
    with pytest.raises(ConfigError, match="at least one"):
        CopySynthesis(attacks=())
    with pytest.raises(ConfigError, match="share=2"):
        CopySynthesis(share=2)
